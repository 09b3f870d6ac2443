"""HANA's day numbers: 1 is 0001-01-01, Julian up to 1582-10-04, Gregorian from 1582-10-15."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from .errors import INVALID_DATE, HanaError

_Argument = TypeVar("_Argument")
_Result = TypeVar("_Result")

LAST_DAY = 3652061
"""The number of 9999-12-31, the last day."""
SECONDS_A_DAY = 86400
TICKS_A_SECOND = 10_000_000
"""A tick is 100 nanoseconds."""

_FIRST_GREGORIAN = 577738
_ORDINAL_SHIFT = 2
_JULIAN_SHIFT = 1721423
_MOST_CACHED = 50_000
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Cached(dict[_Argument, _Result]):
    """A cache of a function's results; a look into a dict costs less than a call."""

    def __init__(self, function: Callable[[_Argument], _Result]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, argument: _Argument) -> _Result:
        result = self._function(argument)
        if len(self) >= _MOST_CACHED:
            self.clear()
        self[argument] = result
        return result


def day_number(text: str) -> int:
    """The number of a day written YYYY-MM-DD; ValueError if there is none."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    if len(text) != 10:
        raise ValueError(text)
    if text >= "1582-10-15":
        return date(year, month, day).toordinal() + _ORDINAL_SHIFT
    leap = year % 4 == 0
    valid = 1 <= month <= 12 and 1 <= day <= _DAYS_OF_MONTH[month - 1] and (day < 29 or month != 2 or leap)
    if not valid or year < 1 or text > "1582-10-04":
        raise ValueError(text)
    shift = (14 - month) // 12
    years, months = year + 4800 - shift, month + 12 * shift - 3
    return day + (153 * months + 2) // 5 + 365 * years + years // 4 - 32083 - _JULIAN_SHIFT


def day_text(number: int) -> str:
    """The day of a number, as YYYY-MM-DD; HanaError 303 outside 0001-01-01 … 9999-12-31."""
    if not 1 <= number <= LAST_DAY:
        raise invalid(f"day {number}")
    if number >= _FIRST_GREGORIAN:
        return date.fromordinal(number - _ORDINAL_SHIFT).isoformat()
    days = number + _JULIAN_SHIFT + 32082
    years = (4 * days + 3) // 1461
    rest = days - 1461 * years // 4
    months = (5 * rest + 2) // 153
    day = rest - (153 * months + 2) // 5 + 1
    return f"{years - 4800 + months // 10:04}-{months + 3 - 12 * (months // 10):02}-{day:02}"


def second_number(text: str) -> int:
    """Seconds since midnight of a time written HH:MM:SS; 24:00:00 is the end of the day."""
    hours, minutes, seconds = int(text[:2]), int(text[3:5]), int(text[6:8])
    number = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or number > SECONDS_A_DAY or len(text) != 8:
        raise ValueError(text)
    return number


def second_text(number: int) -> str:
    """The time of so many seconds since midnight, as HH:MM:SS."""
    if not 0 <= number <= SECONDS_A_DAY:
        raise invalid(str(number))
    return f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"


DAY_NUMBERS = Cached(day_number)
DAY_TEXTS = Cached(day_text)
SECOND_NUMBERS = Cached(second_number)
SECOND_TEXTS = Cached(second_text)


def invalid(what: str) -> HanaError:
    """The error for a number that is no date or time."""
    return HanaError(INVALID_DATE, f"invalid date, time or timestamp value: {what}")
