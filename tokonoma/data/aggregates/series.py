"""A number over time: its average, least and greatest value an hour, day, month or year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokonoma.data import filters, ordering
from tokonoma.data.columns import NUMBERS, Kind
from tokonoma.data.query.functions import LONG_FORMAT
from tokonoma.data.query.sql import Sql, fill, listed
from tokonoma.data.query.tree import In, Literal, Reference

from .edges import Step, between, literal
from .filtered import COUNTED, TIMES, Filtered, bounded, is_there, named
from .histogram import extent
from .values import values

MOST, MOST_LINES = 1000, 5
"""Buckets of a line, and lines."""

_CLOCKS = {Step("minute"): 16, Step("minute", 10): 15, Step("hour"): 13}
_DAYS = {Step("day"): 10, Step("month"): 7, Step("year"): 4, Step("year", 10): 3, Step("year", 100): 2}
"""Widths, and how many characters of a moment's text are the same in all of a bucket."""
_BEGIN = "0000-01-01 00:00:00"
_FIRST = "0001-01-01 00:00:00"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The rows from `start` to before `end`; None behind the last year that there is."""

    start: Literal
    end: Literal | None
    count: int
    average: Any
    """Decimal; a float for floating-point numbers."""
    minimum: Any
    maximum: Any

    def filter(self, name: str) -> str:
        """The filter of its rows, for the column of the time by its name in queries."""
        return filters.within(name, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Line:
    """Buckets in the order of time; those without rows are not there."""

    value: Any
    """What the rows have in the column by which lines are split, as a `Plan` has it; None without one."""
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or those of the most frequent values of a column. No line without rows."""

    unit: str
    """minute, hour, day, month or year: a bucket is `step` of them."""
    step: int
    lines: tuple[Line, ...]
    has_more: bool
    """Whether there are more values than lines."""


def series(filtered: Filtered, time: str, number: str, by: str = "", *, most: int = 400) -> Series:
    """How a number goes over time, in at most `most` buckets a line; two statements, and one more for `by`.

    Rows without a time or a number are left out. `by` is a column whose five most frequent values have a line
    each. Raises QueryInvalid, and what `filtered` raises.
    """
    bounded(most, 100, MOST, "most")
    when = filtered.column(time, TIMES, "a time")
    what = filtered.column(number, NUMBERS, "a number over time")
    split = filtered.column(by, COUNTED, "a line") if by else None
    filtered = filtered.narrowed(is_there(when), is_there(what))
    _, count, low, high = extent(filtered, when)
    if not count:
        return Series("", 1, (), has_more=False)
    step, size = _width(when, low, high, most)
    lines: list[Literal | None] = [None]
    has_more = False
    if split is not None:
        found = values(filtered, by, MOST_LINES)
        cells = [value for value, _ in found.counts]
        lines, has_more = [filters.literal(value, split.kind) for value in cells], found.has_more
        filtered = filtered.narrowed(In(split, tuple(each for each in lines if each)))
    else:
        cells = [None]
    buckets: defaultdict[Literal | None, list[Bucket]] = defaultdict(list)
    for start, line, *figures in _rows(filtered, when, what, split, size, most):
        place = None if split is None else filters.literal(line, split.kind)
        buckets[place].append(_bucket(start, step, when.kind, figures))
    made = tuple(Line(cell, tuple(buckets[line])) for cell, line in zip(cells, lines, strict=True))
    return Series(step.unit, step.count, made, has_more)


def _width(when: Reference, low: Any, high: Any, most: int) -> tuple[Step, int]:
    """The least width of buckets of which there are not too many."""
    first, last = (
        datetime.fromisoformat(str(filters.literal(each, when.kind).value)[:19]) for each in (low, high)
    )
    widths = _DAYS if when.kind is Kind.DATE else _CLOCKS | _DAYS
    return next((step, size) for step, size in widths.items() if between(step, first, last, most) is not None)


def _rows(
    filtered: Filtered, when: Reference, what: Reference, split: Reference | None, size: int, most: int
) -> list[tuple[Any, ...]]:
    """A row for each bucket and line: bucket's text, line's value, count, average, minimum, maximum."""
    moment = fill("TO_VARCHAR({}, 'YYYY-MM-DD')", named(when))
    if when.kind is Kind.MOMENT:
        moment = fill(f"TO_VARCHAR(TO_TIMESTAMP({{}}), '{LONG_FORMAT}')", named(when))
    cells = [
        fill(f'LEFT({{}}, {size}) AS "BUCKET"', moment),
        fill('{} AS "LINE"', Sql("0") if split is None else ordering.selected(split)),
        fill('{} AS "NUMBER"', named(what)),
    ]
    # A sum of integers overflows, and an average of them has few digits.
    exact = "TO_DOUBLE" if what.kind is Kind.DOUBLE else "TO_DECIMAL"
    return filtered.ask(
        Sql(
            f'SELECT "BUCKET", "LINE", COUNT(*), AVG({exact}("NUMBER")), MIN("NUMBER"), MAX("NUMBER") FROM ('
        ),
        Sql("SELECT "),
        listed(cells),
        filtered.rows(),
        Sql(f') GROUP BY "BUCKET", "LINE" ORDER BY "BUCKET" LIMIT {MOST_LINES * (most + 2)}'),
    )


def _bucket(text: str, step: Step, kind: Kind, figures: list[Any]) -> Bucket:
    start = datetime.fromisoformat(max(f"{text}{_BEGIN[len(text) :]}", _FIRST))
    try:
        end = literal(step.next(start), kind)
    except (OverflowError, ValueError):
        end = None
    count, average, minimum, maximum = figures
    return Bucket(literal(start, kind), end, int(count), average, minimum, maximum)
