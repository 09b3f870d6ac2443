"""Values and their counts are those that Python counts."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.tokonoma.data.aggregates.conftest import Filter
from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, conditions
from tests.tokonoma.data.specimens import COLUMNS, TRIES, VISIBLE, Row
from tokonoma.data import filters
from tokonoma.data.aggregates.values import values
from tokonoma.data.columns import LARGE
from tokonoma.data.query.compiler import condition
from tokonoma.data.query.parser import parse_filter
from tokonoma.errors import QueryInvalid

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RELAXED = settings(
    max_examples=TRIES // 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
COUNTABLE = [column.name for column in COLUMNS if column.kind not in LARGE]


def own(name: str, cell: Any) -> Any:
    """A cell as the specimens have it."""
    return filters.literal(cell, VISIBLE[name].kind).value


@pytest.mark.parametrize("name", COUNTABLE)
def test_every_value_is_counted_and_null_is_one(
    name: str, filtered: Filter, specimen_rows: list[Row]
) -> None:
    found = values(filtered(), name, most=1000)
    expected = Counter(row[name] for row in specimen_rows)
    assert not found.has_more
    assert {own(name, value): count for value, count in found.counts} == expected
    assert len(found.counts) == len(expected)


@RELAXED
@given(kept=conditions)
def test_only_rows_that_the_filter_keeps_are_counted(
    kept: Made, filtered: Filter, specimen_rows: list[Row]
) -> None:
    rows = [row for row in specimen_rows if kept.run(row) is True]
    for name in ("NAME", "FLAG", "TINY", "DAY", "RAW"):
        found = values(filtered(kept.text), name, most=1000)
        assert {own(name, value): count for value, count in found.counts} == Counter(
            row[name] for row in rows
        )


@pytest.mark.parametrize("most", [1, 2, 5, 9, 150])
@pytest.mark.parametrize("name", ["ID", "QTY", "PRICE", "MUST"])
def test_the_most_frequent_come_first_then_the_least_and_it_is_said_whether_there_are_more(
    name: str, most: int, filtered: Filter, specimen_rows: list[Row]
) -> None:
    found = values(filtered(), name, most)
    expected = Counter(row[name] for row in specimen_rows)
    order = sorted(expected, key=lambda value: (-expected[value], value is not None, value or 0))
    assert [own(name, value) for value, _ in found.counts] == order[:most]
    assert found.has_more is (len(expected) > most)
    assert all(expected[own(name, value)] == count for value, count in found.counts)


@pytest.mark.parametrize("name", COUNTABLE)
def test_the_filter_of_a_value_finds_as_many_rows(
    name: str, filtered: Filter, select: Select, specimen_rows: list[Row]
) -> None:
    for value, count in values(filtered(), name, most=25).counts:
        kept = condition(parse_filter(filters.equals(VISIBLE, [name], [value]), VISIBLE))
        [(number,)] = select(f'SELECT COUNT(*) FROM "SPECIMEN" WHERE {kept.text}', kept.values)
        assert number == count


def test_without_rows_there_are_no_values(filtered: Filter) -> None:
    found = values(filtered("false"), "NAME")
    assert (found.counts, found.has_more) == ((), False)


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("NOTHING", 5, 'no column "NOTHING"'),
        ('ID" FROM DUMMY --', 5, "no column"),
        ("NOTE", 5, "not made of a large text, as NOTE is"),
        ("NAME", 0, "from 1 to 1000"),
        ("NAME", 1001, "from 1 to 1000"),
    ],
)
def test_what_has_no_values_is_told(name: str, most: int, said: str, filtered: Filter) -> None:
    with pytest.raises(QueryInvalid, match=said):
        values(filtered(), name, most)


def test_a_number_is_what_decimals_say(filtered: Filter) -> None:
    [(least, _), *_] = sorted(values(filtered("EXACT ne null"), "EXACT").counts)
    assert least == Decimal("-2.5")
