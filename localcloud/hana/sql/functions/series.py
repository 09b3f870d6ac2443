"""SERIES_GENERATE_*: periods of one length, one behind the other."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from localcloud.hana.dates import TICKS_A_SECOND
from localcloud.hana.errors import WRONG_ARGUMENT_COUNT, HanaError
from localcloud.hana.model import Type, TypeCode, Value
from localcloud.hana.sql.values import datetimes, types
from localcloud.hana.sql.values.numbers import EXACT, RANGES, exact, floating, overflow

from .dates import DATE_FUNCTIONS

SERIES_TYPES: dict[str, Type] = {
    "TINYINT": types.TINYINT,
    "SMALLINT": types.SMALLINT,
    "INTEGER": types.INT,
    "BIGINT": types.BIGINT,
    "DECIMAL": types.DECIMAL,
    "SMALLDECIMAL": types.SMALLDECIMAL,
    "DATE": types.DAYDATE,
    "SECONDDATE": types.SECONDDATE,
    "TIMESTAMP": types.LONGDATE,
}
"""What may stand behind SERIES_GENERATE_, and the type of the periods' bounds."""

_INTERVAL = re.compile(r"\s*INTERVAL\s+(\d+)\s+(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND)\s*", re.IGNORECASE)
_MONTHS = {"YEAR": 12, "MONTH": 1}
_SECONDS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
_LONGEST = 9999 * 12
"""Months: there are no more periods of months than that."""
_ADD_MONTHS = next(each for each in DATE_FUNCTIONS if each.name == "ADD_MONTHS").implementation


def bound(kind: str, increment: str | int, low: Value, number: int) -> Value:
    """The start of the period of that number, counted from 0, which is the end of the one before."""
    code = SERIES_TYPES[kind].code
    if code not in types.DATED:
        found = EXACT.add(exact(low), EXACT.multiply(Decimal(number), exact(increment)))
        return int(found) if code in types.INTEGERS else floating(found, code)
    months, ticks = _interval(str(increment))
    if months:
        assert _ADD_MONTHS is not None
        return _ADD_MONTHS(low, months * number)
    moved = datetimes.stamp(_ticks(low) + ticks * number)
    return moved[: len(str(low))]


def periods(kind: str, increment: str | int, low: Value, high: Value) -> int:
    """How many whole periods lie between two bounds."""
    if SERIES_TYPES[kind].code not in types.DATED:
        return _whole_periods(EXACT.subtract(exact(high), exact(low)), _positive(exact(increment)))
    months, ticks = _interval(str(increment))
    if not months:
        return max(0, (_ticks(high) - _ticks(low)) // ticks)
    fewest, most = 0, _LONGEST // months + 1
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _reaches(kind, str(increment), low, middle, high):
            fewest = middle
        else:
            most = middle - 1
    return fewest


def fraction(kind: str, increment: str | int, low: Value, high: Value, number: int) -> float:
    """The part of all between the bounds that one period is."""
    start, end = bound(kind, increment, low, number), bound(kind, increment, low, number + 1)
    if SERIES_TYPES[kind].code in types.DATED:
        return (_ticks(end) - _ticks(start)) / (_ticks(high) - _ticks(low))
    period, whole = EXACT.subtract(exact(end), exact(start)), EXACT.subtract(exact(high), exact(low))
    return float(EXACT.divide(period, whole))


def _whole_periods(span: Decimal, period: Decimal) -> int:
    """How often a period fits; 314 where that is no BIGINT."""
    if span < period:
        return 0
    try:
        found = EXACT.divide_int(span, period)
    except InvalidOperation:  # more digits than there are
        raise overflow(span) from None
    if found > RANGES[TypeCode.BIGINT][1]:
        raise overflow(found)
    return int(found)


def _reaches(kind: str, increment: str, low: Value, number: int, high: Value) -> bool:
    """Whether the period before that number ends within the bounds."""
    try:
        return str(bound(kind, increment, low, number)) <= str(high)
    except HanaError:
        return False


def _interval(text: str) -> tuple[int, int]:
    """Months, and ticks: one of them is 0."""
    found = _INTERVAL.fullmatch(text)
    if found is None or not int(found[1]):
        raise _wrong(text)
    count, unit = int(found[1]), found[2].upper()
    return count * _MONTHS.get(unit, 0), count * _SECONDS.get(unit, 0) * TICKS_A_SECOND


def _ticks(text: Value) -> int:
    return datetimes.ticks_of(str(text))


def _positive(increment: Decimal) -> Decimal:
    if increment <= 0:
        raise _wrong(increment)
    return increment


def _wrong(increment: object) -> HanaError:
    return HanaError(WRONG_ARGUMENT_COUNT, f"invalid argument: increment of a series: {str(increment)[:40]}")
