"""Edges are round, as wide as each other, and enclose what they are made for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.data.aggregates.edges import of_numbers, of_times
from tokonoma.data.columns import Kind

INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-30, 30)
DECIMALS = st.decimals(-1000, 1000, places=2) | st.decimals(-(10**36), 10**36, places=2)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False).map(lambda each: Decimal(repr(each + 0.0)))
DAYS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
MOST = st.integers(2, 60)


def numbers(
    low: Decimal, high: Decimal, kind: Kind, least: Decimal | None, most: int
) -> list[Decimal | None]:
    edges = of_numbers(low, high, kind, least, most)
    assert edges.step.normalize().as_tuple().digits in ((1,), (2,), (5,))
    values = [None if each is None else Decimal(str(each.value)) for each in edges.values]
    assert 2 <= len(values) <= most + 1
    first, last = values[:2], values[-2:]
    assert first[0] is None or float(first[0]) <= float(low)
    assert first[1] is None or float(first[1]) >= float(low)
    assert last[1] is None or float(last[1]) >= float(high)
    assert last[0] is None or float(last[0]) <= float(high)
    return values


@given(ends=st.lists(INTEGERS, min_size=2, max_size=2), most=MOST)
def test_edges_of_integers_are_integers_one_step_apart(ends: list[int], most: int) -> None:
    low, high = map(Decimal, sorted(ends))
    edges = numbers(low, high, Kind.INTEGER, Decimal(1), most)
    whole = [int(each) for each in edges if each is not None]
    assert whole == edges
    assert whole[0] <= low < whole[1]
    assert whole[-2] <= high < whole[-1]
    assert len({behind - before for before, behind in pairwise(whole)}) == 1


@given(ends=st.lists(DECIMALS, min_size=2, max_size=2), most=MOST)
def test_edges_of_decimals_have_no_more_digits_than_their_column(ends: list[Decimal], most: int) -> None:
    low, high = sorted(ends)
    edges = numbers(low, high, Kind.DECIMAL, Decimal("0.01"), most)
    exact = [each for each in edges if each is not None]
    assert exact == edges
    assert exact[0] <= low < exact[1]
    assert exact[-2] <= high < exact[-1]
    assert all(each % Decimal("0.01") == 0 for each in exact if abs(each) < 10**20)


@given(ends=st.lists(DOUBLES, min_size=2, max_size=2), most=MOST)
def test_edges_of_doubles_end_where_doubles_end(ends: list[Decimal], most: int) -> None:
    low, high = sorted(ends)
    edges = numbers(low, high, Kind.DOUBLE, None, most)
    assert all(each is not None for each in edges[1:-1])
    assert all(each is None or abs(float(each)) < float("inf") for each in edges)


def test_the_last_edge_of_doubles_is_beyond_the_greatest_also_in_their_digits() -> None:
    low, high = Decimal("1e16"), Decimal("10000000000000002")
    edges = of_numbers(low, high, Kind.DOUBLE, None, 60).values
    assert edges[-1] is None
    assert float(str(edges[-2].value if edges[-2] else None)) <= float(high)


@given(value=DECIMALS | DOUBLES)
def test_a_single_value_has_one_bin(value: Decimal) -> None:
    assert len(of_numbers(value, value, Kind.DOUBLE, None, 20).values) == 2
    assert len(of_numbers(value, value, Kind.DECIMAL, Decimal("0.01"), 20).values) == 2


@given(ends=st.lists(DAYS, min_size=2, max_size=2), most=MOST, kind=st.sampled_from([Kind.DATE, Kind.MOMENT]))
def test_edges_of_times_enclose_them(ends: list[datetime], most: int, kind: Kind) -> None:
    length = 10 if kind is Kind.DATE else 19
    low, high = (each.isoformat(" ")[:length] for each in sorted(ends))
    edges = of_times(low, high, kind, most)
    values = [None if each is None else str(each.value) for each in edges.values]
    assert 2 <= len(values) <= most + 1
    assert None not in values[:-1]
    known = [each for each in values if each is not None]
    assert known == sorted(set(known))
    assert known[0][:length] <= low
    assert len(known) == 1 or known[1][:length] > low
    assert values[-1] is None or values[-1][:length] > high
    assert str(values[-2])[:length] <= high


@pytest.mark.parametrize(
    ("low", "high", "unit", "step", "edges"),
    [
        ("2024-02-28", "2024-03-01", "day", 1, ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]),
        ("2024-02-28", "2024-03-20", "week", 1, ["2024-02-26", "2024-03-04", "2024-03-11", "2024-03-18"]),
        ("2024-02-28", "2024-06-01", "month", 1, ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]),
        ("2023-12-31", "2024-12-01", "quarter", 1, ["2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01"]),
        ("1996-12-31", "2002-01-01", "year", 2, ["1996-01-01", "1998-01-01", "2000-01-01", "2002-01-01"]),
        ("0001-01-01", "0049-12-31", "year", 10, ["0001-01-01", "0010-01-01", "0020-01-01", "0030-01-01"]),
    ],
)
def test_days_are_divided_where_calendars_turn_a_page(
    low: str, high: str, unit: str, step: int, edges: list[str]
) -> None:
    found = of_times(low, high, Kind.DATE, 5)
    assert (found.unit, int(found.step)) == (unit, step)
    assert [each and each.value for each in found.values][:4] == edges


@pytest.mark.parametrize(
    ("high", "unit", "step"),
    [
        ("2024-05-06 07:01:59.9999999", "minute", 1),
        ("2024-05-06 07:59:59.9999999", "minute", 15),
        ("2024-05-06 11:00:00.0000000", "hour", 1),
        ("2024-05-07 05:00:00.0000000", "hour", 6),
        ("2024-05-09 05:00:00.0000000", "day", 1),
    ],
)
def test_moments_of_one_day_are_divided_by_the_clock(high: str, unit: str, step: int) -> None:
    found = of_times("2024-05-06 07:00:00.0000001", high, Kind.MOMENT, 5)
    assert (found.unit, int(found.step)) == (unit, step)


def test_a_day_at_the_end_of_all_days_has_no_upper_bound() -> None:
    assert of_times("9999-12-30", "9999-12-31", Kind.DATE, 5).values[-1] is None
    assert of_times("9999-12-31 23:59:00", "9999-12-31 23:59:59", Kind.MOMENT, 5).values[-1] is None
