"""A bucket has the figures of the rows that its filter finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from tests.tokonoma.data.aggregates.conftest import Filter
from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, conditions
from tests.tokonoma.data.specimens import TRIES, VISIBLE, Row
from tokonoma.data import filters
from tokonoma.data.aggregates.series import Line, series
from tokonoma.data.columns import Kind
from tokonoma.data.query.compiler import condition
from tokonoma.data.query.parser import parse_filter
from tokonoma.errors import QueryInvalid

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RELAXED = settings(
    max_examples=TRIES // 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
NUMBERS = ("TINY", "QTY", "BIG", "MUST", "PRICE", "EXACT", "FLOATING", "DOUBLE", "REAL")
TIMES = ("DAY", "SECONDS", "MOMENT")
WIDE = Context(prec=80)


def is_near(found: object, exact: Decimal, cells: Sequence[Decimal], kind: Kind) -> bool:
    """Whether an average is right to the digits that its kind has, of the greatest number in it."""
    digits = 12 if kind is Kind.DOUBLE else 30
    size = max(abs(cell) for cell in cells) or Decimal(1)
    return abs(WIDE.subtract(Decimal(str(found)), exact)) <= size.scaleb(-digits, WIDE)


def check(line: Line, time: str, number: str, rows: list[Row]) -> None:
    """Compare a line with the rows that it is made of."""
    kind = VISIBLE[number].kind
    seen = 0
    for bucket in line.buckets:
        start, end = str(bucket.start.value), None if bucket.end is None else str(bucket.end.value)
        cells = [row[number] for row in rows if row[time] >= start and (end is None or row[time] < end)]
        assert bucket.count == len(cells) > 0
        ends = [filters.literal(each, kind).value for each in (bucket.minimum, bucket.maximum)]
        assert ends == [min(cells), max(cells)]
        exact = WIDE.divide(sum_of(cells), Decimal(len(cells)))
        assert is_near(bucket.average, exact, cells, kind)
        seen += bucket.count
    assert seen == len(rows)
    starts = [str(bucket.start.value) for bucket in line.buckets]
    assert starts == sorted(set(starts))


def sum_of(cells: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for cell in cells:
        total = WIDE.add(total, cell)
    return total


def there(rows: list[Row], time: str, number: str) -> list[Row]:
    return [row for row in rows if row[time] is not None and row[number] is not None]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_goes_over_every_time(
    time: str, number: str, filtered: Filter, specimen_rows: list[Row]
) -> None:
    found = series(filtered(), time, number)
    assert (found.unit, found.step, found.has_more) == ("year", 100, False)
    [line] = found.lines
    check(line, time, number, there(specimen_rows, time, number))


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("by", ["NAME", "FLAG", "TINY", "RAW", "MOMENT", "SECONDS", "PRICE", "REAL", "CLOCK"])
def test_lines_are_those_of_the_most_frequent_values(
    time: str, by: str, filtered: Filter, specimen_rows: list[Row]
) -> None:
    rows = there(specimen_rows, time, "MUST")
    found = series(filtered(), time, "MUST", by)
    counts = Counter(row[by] for row in rows)
    kind = VISIBLE[by].kind
    values = [filters.literal(line.value, kind).value for line in found.lines]
    sizes = [sum(bucket.count for bucket in line.buckets) for line in found.lines]
    assert sizes == sorted(counts.values(), reverse=True)[:5]
    assert found.has_more is (len(counts) > 5)
    for value, line in zip(values, found.lines, strict=True):
        check(line, time, "MUST", [row for row in rows if row[by] == value])


@RELAXED
@given(kept=conditions)
def test_a_series_is_of_the_rows_that_the_filter_keeps(
    kept: Made, filtered: Filter, specimen_rows: list[Row]
) -> None:
    rows = [row for row in specimen_rows if kept.run(row) is True]
    for time in TIMES:
        lines = series(filtered(kept.text), time, "PRICE").lines
        fitting = there(rows, time, "PRICE")
        assert len(lines) == bool(fitting)
        for line in lines:
            check(line, time, "PRICE", fitting)


@pytest.mark.parametrize(
    ("time", "kept", "unit", "step"),
    [
        ("DAY", "DAY ge 2020-02-01 and DAY lt 2021-01-01", "day", 1),
        ("DAY", "DAY ge 1999-01-01 and DAY lt 2021-01-01", "month", 1),
        ("DAY", "DAY ge 1999-01-01", "year", 100),
        ("MOMENT", "date(MOMENT) eq 2020-02-29 and hour(MOMENT) lt 1", "minute", 1),
        ("MOMENT", "date(MOMENT) eq 2020-02-29", "minute", 10),
        ("MOMENT", "date(MOMENT) ge 2020-02-29 and date(MOMENT) le 2020-03-01", "minute", 10),
        ("SECONDS", "year(SECONDS) eq 2020 or year(SECONDS) eq 1999", "month", 1),
    ],
)
def test_buckets_are_as_wide_as_the_range_asks_for(
    time: str, kept: str, unit: str, step: int, filtered: Filter
) -> None:
    found = series(filtered(kept), time, "MUST")
    assert (found.unit, found.step) == (unit, step)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize(
    "kept", ["true", "year(DAY) eq 2020", "year(MOMENT) eq 2020", "year(SECONDS) eq 2020"]
)
def test_the_filter_of_a_bucket_finds_as_many_rows(
    time: str, kept: str, filtered: Filter, select: Select
) -> None:
    for line in series(filtered(kept), time, "QTY").lines:
        for bucket in line.buckets:
            text = f"({kept}) and QTY ne null and {bucket.filter(time)}"
            made = condition(parse_filter(text, VISIBLE))
            [(number,)] = select(f'SELECT COUNT(*) FROM "SPECIMEN" WHERE {made.text}', made.values)
            assert number == bucket.count


def test_without_rows_there_is_no_line(filtered: Filter) -> None:
    assert series(filtered("false"), "DAY", "QTY").lines == ()
    assert series(filtered("DAY eq null"), "DAY", "QTY", "NAME").lines == ()


@pytest.mark.parametrize(
    ("time", "number", "by", "said"),
    [
        ("NOTHING", "QTY", "", 'no column "NOTHING"'),
        ("DAY", "NOTHING", "", 'no column "NOTHING"'),
        ("DAY", "QTY", "NOTHING", 'no column "NOTHING"'),
        ("CLOCK", "QTY", "", "not made of a time of day"),
        ("DAY", "NAME", "", "not made of a text"),
        ("DAY", "QTY", "NOTE", "not made of a large text"),
    ],
)
def test_what_has_no_series_is_told(time: str, number: str, by: str, said: str, filtered: Filter) -> None:
    with pytest.raises(QueryInvalid, match=said):
        series(filtered(), time, number, by)
