"""Where the bins of a histogram begin: at round numbers, and for times where calendars turn a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal

from tokonoma.data.columns import Kind
from tokonoma.data.query.tree import Literal

# A number has 38 digits at most, and the largest and the least may stand together.
_WIDE = Context(prec=800, Emin=-99_999, Emax=99_999)
_FEW = Context(prec=3)
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Step:
    """The width of bins in a calendar: so many of a unit."""

    unit: str
    """minute, hour, day, week, month, quarter or year."""
    count: int = 1

    def floor(self, moment: datetime) -> datetime:
        """The last edge that is not after a moment; the first moment of all if it would be before."""
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        match self.unit:
            case "minute":
                minute = moment.minute - moment.minute % self.count
                return moment.replace(minute=minute, second=0, microsecond=0)
            case "hour":
                return day.replace(hour=moment.hour - moment.hour % self.count)
            case "day":
                return day
            case "week":
                return day - timedelta(days=day.weekday())
            case "month":
                return day.replace(day=1)
            case "quarter":
                return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        return day.replace(year=max(1, day.year - day.year % self.count), month=1, day=1)

    def next(self, edge: datetime) -> datetime:
        """The edge behind an edge. Raises OverflowError or ValueError behind the year 9999."""
        match self.unit:
            case "minute":
                return edge + timedelta(minutes=self.count)
            case "hour":
                return edge + timedelta(hours=self.count)
            case "day":
                return edge + timedelta(days=1)
            case "week":
                return edge + timedelta(days=7)
            case "month" | "quarter":
                months = edge.month + (1 if self.unit == "month" else 3)
                return edge.replace(year=edge.year + (months > 12), month=(months - 1) % 12 + 1)
        # The first of some years is cut off where calendars begin.
        return edge.replace(year=edge.year - edge.year % self.count + self.count)


_DAYS = tuple(Step(unit) for unit in ("day", "week", "month", "quarter"))
_YEARS = tuple(Step("year", count) for count in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000))
_CLOCKS = tuple(Step("minute", count) for count in (1, 5, 15)) + tuple(
    Step("hour", count) for count in (1, 3, 6, 12)
)


@dataclass(frozen=True, slots=True)
class Edges:
    """All edges from the first bin to behind the last one; None for an end that no value can have."""

    values: tuple[Literal | None, ...]
    unit: str = ""
    """The unit of `step` for times; "" for numbers."""
    step: Decimal = Decimal(1)
    """The width of a bin, in that unit."""


def of_numbers(low: Decimal, high: Decimal, kind: Kind, least: Decimal | None, most: int) -> Edges:
    """Edges of at most `most` bins, 2 at least, from `low` to `high`.

    The width is 1, 2 or 5 times a power of ten, and never less than `least`: the distance between values that
    a column can hold, None if there is no such distance.
    """
    for step in _widths(low, high, least, most):
        first, bins = _floor(low, step), _WIDE.subtract(_floor(high, step), _floor(low, step)) + 1
        if bins <= most:
            break
    places = [_WIDE.multiply(_WIDE.add(first, Decimal(n)), step) for n in range(int(bins) + 1)]
    found: list[Literal | None] = [Literal(_WIDE.normalize(each) or Decimal(0), kind) for each in places]
    if kind is Kind.DOUBLE:
        # The outer edges may be beyond what a DOUBLE holds, or too close to the greatest value.
        if float(places[0]) == float("-inf"):
            found[0] = None
        if not float(high) < float(places[-1]) < float("inf"):
            found[-1] = None
    return Edges(tuple(found), step=step)


def of_times(low: str, high: str, kind: Kind, most: int) -> Edges:
    """Edges of at most `most` bins, 2 at least, from `low` to `high`: DATE or MOMENT as literals have it."""
    first, last = (datetime.fromisoformat(each[:19]) for each in (low, high))
    steps = (*_DAYS, *_YEARS) if kind is Kind.DATE else (*_CLOCKS, *_DAYS, *_YEARS)
    for step in steps:
        edges = between(step, first, last, most)
        if edges is not None:
            break
    assert edges is not None
    values = tuple(None if each is None else literal(each, kind) for each in edges)
    return Edges(values, step.unit, Decimal(step.count))


def _widths(low: Decimal, high: Decimal, least: Decimal | None, most: int) -> Iterator[Decimal]:
    """The widths of bins in ascending order, without an end; the first is small enough for every range."""
    span = _WIDE.subtract(high, low)
    # Where all values are one, its own size says how wide a bin is.
    exponent = _FEW.divide(span, Decimal(most)).adjusted() - 1 if span else high.adjusted()
    if least is not None:
        exponent = max(exponent, least.adjusted()) if span else least.adjusted()
    while True:
        yield from (Decimal(each).scaleb(exponent, _WIDE) for each in _STEPS)
        exponent += 1


def _floor(value: Decimal, step: Decimal) -> Decimal:
    return _WIDE.divide(value, step).to_integral_value(ROUND_FLOOR, _WIDE)


def between(step: Step, first: datetime, last: datetime, most: int) -> list[datetime | None] | None:
    """The edges of a width that enclose two moments; None if there would be more than `most` bins."""
    edge = step.floor(first)
    found: list[datetime | None] = [edge]
    while edge <= last:
        if len(found) > most:
            return None
        try:
            edge = step.next(edge)
        except (OverflowError, ValueError):
            return [*found, None]
        found.append(edge)
    return found


def literal(edge: datetime, kind: Kind) -> Literal:
    """An edge as a DATE or a MOMENT."""
    text = edge.date().isoformat() if kind is Kind.DATE else f"{edge.isoformat(' ', 'seconds')}.0000000"
    return Literal(text, kind)
