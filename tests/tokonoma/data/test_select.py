"""What else a question is asked for: the rows beside one in its order and filter, and a count that ends."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, column, simple_conditions
from tests.tokonoma.data.specimens import COLUMNS, TRIES, Row
from tests.tokonoma.data.test_paging import BY_MOMENT, KEYED, PLANNER, Item, items, ordered
from tokonoma.data.plan import Access, Options

RELAXED = settings(
    max_examples=TRIES // 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW = "2024-05-06 07:08:09.1234567"


def beside(
    select: Select, access: Access, options: Options, identity: Decimal
) -> tuple[Sequence[Any] | None, Sequence[Any] | None]:
    """The keys before and behind a row."""
    plan = PLANNER.plan(access, Options(filter=f"ID eq {identity}", orderby=options.orderby, select="ID"))
    [row] = select(*plan.statement)
    found = {
        way: cells for way, *cells in select(*PLANNER.select(access, options).beside(plan.cells(row), NOW))
    }
    return found.get(0), found.get(1)


def expected(rows: Sequence[Row], items: Sequence[Item], kept: Made, identity: Decimal) -> tuple[Any, Any]:
    """The IDs before and behind a row among those that a filter keeps; it may be none of them."""
    order = ordered(rows, items)
    fitting = {row["ID"] for row in rows if kept.run(row) is True}
    place = order.index(identity)
    before = [each for each in order[:place] if each in fitting]
    behind = [each for each in order[place + 1 :] if each in fitting]
    return before[-1] if before else None, behind[0] if behind else None


@RELAXED
@given(items=items, kept=simple_conditions, identity=st.integers(1, 150))
def test_a_row_has_the_neighbours_of_its_order_and_filter(
    items: list[Item], kept: Made, identity: int, select: Select, specimen_rows: list[Row]
) -> None:
    orderby = ",".join(f"{made.text} {'desc' if down else 'asc'}" for made, down in items) or None
    found = beside(select, KEYED, Options(filter=kept.text, orderby=orderby), Decimal(identity))
    wanted = expected(specimen_rows, items, kept, Decimal(identity))
    assert tuple(each and Decimal(each[0]) for each in found) == wanted


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", [each.name for each in COLUMNS if each.name != "NOTE"])
def test_neighbours_are_found_beyond_nulls_and_equal_values(
    name: str, descending: bool, select: Select, specimen_rows: list[Row]
) -> None:
    options = Options(orderby=f"{name} {'desc' if descending else 'asc'}")
    order = ordered(specimen_rows, [(column(name), descending)])
    for place in (0, 1, 20, 29, 30, 31, 75, 119, 120, 121, 148, 149):
        found = beside(select, KEYED, options, order[place])
        wanted = order[place - 1] if place else None, order[place + 1] if place < 149 else None
        assert tuple(each and Decimal(each[0]) for each in found) == wanted


def test_a_key_of_two_columns_comes_as_it_stands_in_rows(select: Select, specimen_rows: list[Row]) -> None:
    order = ordered(specimen_rows, [(column("MOMENT"), False)])
    moments = {row["ID"]: row["MOMENT"] for row in specimen_rows}
    found = beside(select, BY_MOMENT, Options(), order[80])
    assert found == ([moments[order[79]], int(order[79])], [moments[order[81]], int(order[81])])


def test_now_is_bound(select: Select) -> None:
    options = Options(filter="MOMENT lt now()", orderby="MOMENT lt now()")
    statement = PLANNER.select(KEYED, options).beside((True, "5"), NOW)
    assert NOW in statement.values
    assert all(type(value) is not object for value in statement.values)
    assert len(select(*statement)) == 2


@pytest.mark.parametrize("most", [1, 30, 149, 150, 151])
def test_a_count_ends(most: int, select: Select) -> None:
    question = PLANNER.select(KEYED, Options(filter="MOMENT lt now() or MOMENT ge now() or MOMENT eq null"))
    assert select(*question.count(NOW, most)) == [(min(most, 150),)]
    assert select(*question.count(NOW)) == [(150,)]
