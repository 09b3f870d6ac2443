"""From a value to a place on an axis, and the round values at which an axis has its ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from tokonoma.data.aggregates.edges import of_numbers, of_times
from tokonoma.data.columns import Kind
from tokonoma.pages.language import Language

_DIGITS = 400
"""Enough for the distance of the greatest DOUBLE from the least DECIMAL."""
_LONGEST = 12
"""Characters of a number on an axis; longer ones are written with an exponent."""
_BEGIN = datetime(1, 1, 1)
"""All moments are in UTC, as HANA's are."""
_UNITS = {"minute": "hour", "hour": "hour", "day": "day", "week": "day", "month": "month", "quarter": "month"}
"""How a tick is labelled, by the width between ticks; years by themselves."""

Tick = tuple[Decimal, str]
"""A value and its label."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` at the place `begin` to `high` at `end`."""

    low: Decimal
    high: Decimal
    begin: float
    end: float

    def __call__(self, value: Decimal) -> float:
        """Where a value stands; in the middle if there is no other one."""
        with localcontext(prec=_DIGITS):
            span = self.high - self.low
            share = float((value - self.low) / span) if span else 0.5
        return self.begin + share * (self.end - self.begin)


def seconds(moment: datetime) -> Decimal:
    """A moment as a number."""
    passed = moment - _BEGIN
    return Decimal(passed.days * 86400 + passed.seconds)


def number_label(value: Decimal, language: Language) -> str:
    """A number in the reader's way, short."""
    plain = language.number(value) if abs(value.adjusted()) <= _LONGEST else ""
    return plain if 0 < len(plain) <= _LONGEST else language.floating(float(value))


def number_ticks(low: Decimal, high: Decimal, most: int, language: Language) -> list[Tick]:
    """Round numbers around `low` and `high`: the first is not above the one, the last not below the other."""
    edges = of_numbers(low, high, Kind.DECIMAL, None, most)
    values = [each.value for each in edges.values if each is not None and isinstance(each.value, Decimal)]
    if len(values) > 2 and values[-2] >= high:
        values.pop()
    return [(each, number_label(each, language)) for each in values]


def time_ticks(low: datetime, high: datetime, most: int, language: Language) -> list[Tick]:
    """Moments between `low` and `high` at which a calendar or a clock turns a page."""
    edges = of_times(low.isoformat(" "), high.isoformat(" "), Kind.MOMENT, most)
    unit = _UNITS.get(edges.unit, "year")
    moments = [datetime.fromisoformat(str(each.value)[:19]) for each in edges.values if each is not None]
    return [(seconds(each), _time_label(each, unit, language)) for each in moments if low <= each <= high]


def _time_label(moment: datetime, unit: str, language: Language) -> str:
    """The day instead of the hour where a day begins."""
    is_day = unit == "hour" and not (moment.hour or moment.minute)
    return language.short(moment, "day" if is_day else unit)


def apart(ticks: Sequence[Tick], scale: Callable[[Decimal], float], width: float) -> list[Tick]:
    """Every tick, every second, every fifth …: as many as have so much room for their labels."""
    if len(ticks) < 2:
        return list(ticks)
    room = abs(scale(ticks[1][0]) - scale(ticks[0][0]))
    step = next((each for each in (1, 2, 4, 5, 10, 20, 50) if each * room >= width), len(ticks))
    return list(ticks[::step])
