"""Points are pairs of the rows, all of them or an even sample that stays the same."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from tests.tokonoma.data.aggregates.conftest import Filter
from tests.tokonoma.data.evaluation import Made, simple_conditions
from tests.tokonoma.data.specimens import COLUMNS, TRIES, VISIBLE, Row
from tokonoma.data import filters
from tokonoma.data.aggregates.points import Points, points
from tokonoma.data.columns import NUMBERS
from tokonoma.errors import QueryInvalid

RELAXED = settings(
    max_examples=TRIES // 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = [column.name for column in COLUMNS if column.kind in NUMBERS]
PAIRS = list(pairwise(NAMES))


def pairs(rows: list[Row], x: str, y: str) -> list[tuple[Decimal, Decimal]]:
    return sorted((row[x], row[y]) for row in rows if row[x] is not None and row[y] is not None)


def plain(found: Points, x: str, y: str) -> list[tuple[object, object]]:
    kinds = VISIBLE[x].kind, VISIBLE[y].kind
    return [
        (filters.literal(one, kinds[0]).value, filters.literal(other, kinds[1]).value)
        for one, other in found.pairs
    ]


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_few_pairs_come_all(x: str, y: str, filtered: Filter, specimen_rows: list[Row]) -> None:
    expected = pairs(specimen_rows, x, y)
    found = points(filtered(), x, y)
    assert plain(found, x, y) == expected
    assert (found.count, found.every) == (len(expected), 1)


@pytest.mark.parametrize("most", [1, 2, 7, 40, 100])
@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_many_pairs_come_as_an_even_sample(
    x: str, y: str, most: int, filtered: Filter, specimen_rows: list[Row]
) -> None:
    expected = pairs(specimen_rows, x, y)
    found = points(filtered(), x, y, most)
    assert found.count == len(expected)
    assert plain(found, x, y) == expected[:: found.every]
    assert most / 2 <= len(found.pairs) <= most
    assert points(filtered(), x, y, most) == found


@RELAXED
@given(kept=simple_conditions)
def test_points_are_of_the_rows_that_the_filter_keeps(
    kept: Made, filtered: Filter, specimen_rows: list[Row]
) -> None:
    expected = pairs([row for row in specimen_rows if kept.run(row) is True], "QTY", "PRICE")
    found = points(filtered(kept.text), "QTY", "PRICE", 30)
    assert plain(found, "QTY", "PRICE") == expected[:: found.every]


def test_two_numbers_may_be_the_same(filtered: Filter) -> None:
    assert points(filtered("ID le 2"), "ID", "ID").pairs == ((1, 1), (2, 2))


@pytest.mark.parametrize(
    ("x", "y", "most", "said"),
    [
        ("QTY", "NOTHING", 5, 'no column "NOTHING"'),
        ("NAME", "QTY", 5, "not made of a text, as NAME is"),
        ("QTY", "DAY", 5, "not made of a date, as DAY is"),
        ("QTY", "PRICE", 0, "from 1 to 5000"),
        ("QTY", "PRICE", 5001, "from 1 to 5000"),
    ],
)
def test_what_has_no_points_is_told(x: str, y: str, most: int, said: str, filtered: Filter) -> None:
    with pytest.raises(QueryInvalid, match=said):
        points(filtered(), x, y, most)
