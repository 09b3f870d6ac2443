"""The way back through the pages of a result shows what the way there has shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, simple_conditions
from tests.tokonoma.data.specimens import COLUMNS, SCHEMA, TABLE, TRIES, VISIBLE, Row, definition, sent
from tests.tokonoma.data.test_paging import BY_MOMENT, KEYED, PLANNER, UNKEYED, Item, items
from tokonoma.data.columns import Table
from tokonoma.data.plan import Access, Options, Page

RELAXED = settings(
    max_examples=TRIES // 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Shown = tuple[list[int], int | None]
"""The IDs of a page, and the number of its first row."""


def read(select: Select, access: Access, options: Options, size: int, token: str = "") -> Page:
    """A page, read as `Reader.page` does."""
    plan = PLANNER.plan(access, options, page_size=size, token=token)
    rows = select(*plan.statement)
    first = plan.restarted(rows)
    if first is not None:
        plan, rows = first, select(*first.statement)
    return plan.page(rows)


def shown(page: Page) -> Shown:
    return [row[0] for row in page.rows], page.first


def there_and_back(
    select: Select, access: Access, options: Options, size: int
) -> tuple[list[Shown], list[Shown]]:
    """The pages from first to last, and those from the last one back, turned round."""
    page = read(select, access, options, size)
    there = [shown(page)]
    while page.skiptoken:
        page = read(select, access, options, size, page.skiptoken)
        there.append(shown(page))
    back = [shown(page)]
    while page.previous:
        page = read(select, access, options, size, page.previous)
        back.append(shown(page))
    return there, back[::-1]


@RELAXED
@given(items=items, size=st.integers(7, 60), kept=simple_conditions)
def test_random_orders_are_walked_back_as_they_were_walked(
    items: list[Item], size: int, kept: Made, select: Select, specimen_rows: list[Row]
) -> None:
    orderby = ",".join(f"{made.text} {'desc' if down else 'asc'}" for made, down in items) or None
    options = Options(filter=kept.text, orderby=orderby, select="ID")
    for access in (KEYED, BY_MOMENT, UNKEYED):
        there, back = there_and_back(select, access, options, size)
        assert back == there
        assert sum(len(ids) for ids, _ in there) == sum(kept.run(row) is True for row in specimen_rows)
        assert [first for ids, first in there if ids] == [
            1 + n * size for n in range(len(there)) if there[n][0]
        ]


@pytest.mark.parametrize("way", ["asc", "desc"])
@pytest.mark.parametrize("name", [each.name for each in COLUMNS if each.name != "NOTE"])
def test_every_column_is_walked_back_with_nulls_and_equal_values_at_the_edges(
    name: str, way: str, select: Select
) -> None:
    options = Options(orderby=f"{name} {way},FLAG desc", select="ID")
    there, back = there_and_back(select, KEYED, options, 7)
    assert back == there
    assert len(there) == 22


def test_the_way_turns_at_every_page(select: Select) -> None:
    options = Options(orderby="NAME desc,DAY", select="ID")
    page = read(select, KEYED, options, 20)
    assert (page.previous, page.first) == ("", 1)
    while page.skiptoken:
        before, page = page, read(select, KEYED, options, 20, page.skiptoken)
        again = read(select, KEYED, options, 20, page.previous)
        assert shown(again) == shown(before)
        assert shown(read(select, KEYED, options, 20, again.skiptoken)) == shown(page)
        assert bool(again.previous) is bool(before.previous)


@pytest.mark.parametrize("access", [KEYED, UNKEYED], ids=["keyed", "without a key"])
@pytest.mark.parametrize("size", [10, 30, 150, 1000])
@pytest.mark.parametrize(
    ("top", "skip"), [(None, 10), (0, 0), (5, 0), (30, 3), (100, 0), (55, 0), (9999, 149), (5, 150)]
)
def test_top_and_skip_are_kept_on_the_way_back(
    access: Access, size: int, top: int | None, skip: int, select: Select
) -> None:
    options = Options(orderby="ID", select="ID", top=top, skip=skip)
    there, back = there_and_back(select, access, options, size)
    assert back == there
    expected = list(range(1, 151))[skip : None if top is None else skip + top]
    assert [identity for ids, _ in there for identity in ids] == expected
    assert all(first == ids[0] for ids, first in there if ids)


@pytest.mark.parametrize(("there", "back"), [(20, 7), (20, 50), (7, 20), (30, 30)])
@pytest.mark.parametrize("skip", [0, 13])
@pytest.mark.parametrize("access", [KEYED, UNKEYED], ids=["keyed", "without a key"])
def test_a_page_before_of_another_size_has_its_rows_and_the_first_page_is_full(
    access: Access, skip: int, there: int, back: int, select: Select
) -> None:
    options = Options(orderby="ID", select="ID", skip=skip)
    page = read(select, access, options, there)
    page = read(select, access, options, there, page.skiptoken)
    page = read(select, access, options, there, page.skiptoken)
    begin = 2 * there + skip
    while page.previous:
        page = read(select, access, options, back, page.previous)
        begin = max(skip, begin - back)
        assert shown(page) == (list(range(begin + 1, begin + back + 1)), begin + 1)
    assert begin == skip


@contextmanager
def changing(connection: Any, rows: list[Row]) -> Iterator[tuple[Access, Any]]:
    """A table with some of the specimens' rows, and a cursor that may change it."""
    cursor = connection.cursor()
    cursor.execute(definition("PASSING", '"ID"'))
    places = ", ".join("?" * len(COLUMNS))
    cursor.executemany(f'INSERT INTO "PASSING" VALUES ({places})', [sent(row) for row in rows])
    try:
        yield Access(Table(SCHEMA, "PASSING", "TABLE", COLUMNS, ("ID",)), VISIBLE), cursor
    finally:
        cursor.execute('DROP TABLE "PASSING"')
        cursor.close()


BY_ID = Options(orderby="ID", select="ID")


def test_after_deletions_the_first_page_is_full_and_the_numbers_are_right_again(
    connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    with changing(connection, specimen_rows) as (access, cursor):
        second = read(select, access, BY_ID, 10, read(select, access, BY_ID, 10).skiptoken)
        third = read(select, access, BY_ID, 10, second.skiptoken)
        cursor.execute('DELETE FROM "PASSING" WHERE "ID" <= 5')
        first = read(select, access, BY_ID, 10, second.previous)
        assert (shown(first), first.previous) == ((list(range(6, 16)), 1), "")
        assert shown(read(select, access, BY_ID, 10, first.skiptoken)) == (list(range(16, 26)), 11)
        # Who does not come to the beginning cannot know.
        assert shown(read(select, access, BY_ID, 10, third.previous)) == (list(range(11, 21)), 11)
        first = read(select, access, BY_ID, 10, read(select, access, BY_ID, 10, third.previous).previous)
        assert shown(first) == (list(range(6, 16)), 1)


def test_after_deletions_rows_that_skip_passes_over_are_not_shown(
    connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    options = Options(orderby="ID", select="ID", skip=5)
    with changing(connection, specimen_rows) as (access, cursor):
        page = read(select, access, options, 10)
        for _ in range(3):
            page = read(select, access, options, 10, page.skiptoken)
        # Ten rows are left before the page: those that would fill one, if five were not passed over.
        cursor.execute('DELETE FROM "PASSING" WHERE "ID" <= 25')
        page = read(select, access, options, 10, page.previous)
        assert (shown(page), page.previous) == ((list(range(31, 41)), 6), "")


def test_after_insertions_no_row_is_passed_over_and_no_wrong_number_is_told(
    connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    with changing(connection, specimen_rows[30:]) as (access, cursor):
        second = read(select, access, BY_ID, 10, read(select, access, BY_ID, 10).skiptoken)
        assert shown(second) == (list(range(41, 51)), 11)
        places = ", ".join("?" * len(COLUMNS))
        cursor.executemany(
            f'INSERT INTO "PASSING" VALUES ({places})', [sent(row) for row in specimen_rows[5:30]]
        )
        page = read(select, access, BY_ID, 10, second.previous)
        assert shown(page) == (list(range(31, 41)), None)
        assert shown(read(select, access, BY_ID, 10, page.skiptoken)) == (list(range(41, 51)), None)
        page = read(select, access, BY_ID, 10, page.previous)
        assert shown(page) == (list(range(21, 31)), None)
        page = read(select, access, BY_ID, 10, page.previous)
        assert shown(page) == (list(range(11, 21)), None)
        page = read(select, access, BY_ID, 10, page.previous)
        assert (shown(page), page.previous) == ((list(range(6, 16)), 1), "")
        assert shown(read(select, access, BY_ID, 10, page.skiptoken)) == (list(range(16, 26)), 11)


@pytest.mark.parametrize("options", [BY_ID, Options(orderby="ID", select="ID", top=60)])
def test_from_a_page_that_has_been_emptied_there_is_a_way_back(
    options: Options, connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    with changing(connection, specimen_rows[:50]) as (access, cursor):
        page = read(select, access, options, 20)
        page = read(select, access, options, 20, page.skiptoken)
        cursor.execute('DELETE FROM "PASSING" WHERE "ID" > 40')
        page = read(select, access, options, 20, page.skiptoken)
        assert (shown(page), page.skiptoken) == (([], None), "")
        assert shown(read(select, access, options, 20, page.previous)) == (list(range(21, 41)), 21)


def test_when_nothing_is_left_the_way_back_ends_at_an_empty_first_page(
    connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    with changing(connection, specimen_rows) as (access, cursor):
        page = read(select, access, BY_ID, 20, read(select, access, BY_ID, 20).skiptoken)
        cursor.execute('DELETE FROM "PASSING"')
        page = read(select, access, BY_ID, 20, page.previous)
        assert page == ([], "", "", None)


def test_now_is_the_same_on_the_way_back() -> None:
    options = Options(filter="MOMENT lt now()", orderby="ID")
    wanted = PLANNER.plan(KEYED, options, page_size=1)
    rows = [(number, *[None] * 20) for number in (1, 2)]
    second = PLANNER.plan(KEYED, options, page_size=1, token=wanted.page(rows).skiptoken)
    back = PLANNER.plan(KEYED, options, page_size=1, token=second.page(rows).previous)
    again = back.restarted([])
    assert again is not None
    assert wanted.statement == again.statement
    assert back.statement.values[0] == wanted.statement.values[0]


def test_a_way_back_holds_nothing_that_the_caller_may_not_see(select: Select) -> None:
    access = Access(TABLE, {name: VISIBLE[name] for name in ("NAME", "QTY")})
    options = Options(orderby="QTY", select="NAME")
    page = read(select, access, options, 5, read(select, access, options, 5).skiptoken)
    plan = PLANNER.plan(access, options, page_size=5, token=page.previous)
    assert '"ID"' not in plan.statement.sql
    assert [len(row) for row in page.rows] == [1] * 5


def test_a_long_text_in_the_order_makes_no_way_back_that_is_too_long(select: Select) -> None:
    name = "'" + "x" * 1500 + "'"
    options = Options(orderby=f"concat(concat(NAME,{name}),{name}) desc", select="ID")
    there, back = there_and_back(select, KEYED, options, 40)
    assert back == there
    assert [len(ids) for ids, _ in there] == [40, 40, 40, 30]
