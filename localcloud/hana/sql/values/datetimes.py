"""Dates, times and timestamps as text of a fixed width: parsing, and the arithmetic in ticks."""

from __future__ import annotations

import re

from localcloud.hana.dates import (
    DAY_NUMBERS,
    LAST_DAY,
    SECOND_NUMBERS,
    SECONDS_A_DAY,
    TICKS_A_SECOND,
    day_number,
    day_text,
)
from localcloud.hana.errors import INVALID_DATE, HanaError, not_supported

_DAY = (
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})-(?P<day>\d{1,2})|/(?P<month2>\d{1,2})/(?P<day2>\d{1,2})"
    r"|(?P<month3>\d\d)(?P<day3>\d\d))"
)
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{0,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_COMPACT = r"(?P<hour2>\d\d)(?P<minute2>\d\d)(?P<second2>\d\d)(?:[.,]?(?P<fraction2>\d{1,7}))?"
_DATETIME = re.compile(rf"\s*(?:{_DAY})?(?:(?:^|[ T]|(?<=\d))\s*(?:{_CLOCK}|{_COMPACT})Z?)?\s*", re.ASCII)


_EMPTY = frozenset({"", "0000-00-00", "00000000"})
"""HANA's empty date, which is neither NULL nor a day."""


class DateTimeParts:
    """A day number and ticks since midnight, either of which may be missing."""

    __slots__ = ("day", "ticks")

    def __init__(self, day: int | None, ticks: int | None) -> None:
        self.day = day
        self.ticks = ticks


def invalid(value: object) -> HanaError:
    return HanaError(INVALID_DATE, f"invalid DATE, TIME or TIMESTAMP value: '{str(value)[:40]}'")


def parse(text: str) -> DateTimeParts:
    """Parse any of HANA's default formats: days with -, / or nothing, times with a fraction or without."""
    if text.strip() in _EMPTY:
        raise not_supported("the empty date")
    match = _DATETIME.fullmatch(text)
    if match is None:
        raise invalid(text)
    part = match.groupdict()
    day = None
    if part["year"] is not None:
        month = part["month"] or part["month2"] or part["month3"]
        day = _day(part["year"], month, part["day"] or part["day2"] or part["day3"], text)
    hour = part["hour"] or part["hour2"]
    if hour is None:
        return DateTimeParts(day, None)
    fraction = part["fraction"] or part["fraction2"] or ""
    ticks = clock(
        _hour(int(hour), part["half"], text),
        int(part["minute"] or part["minute2"]),
        int(part["second"] or part["second2"] or 0),
        int(fraction[:7].ljust(7, "0")),
        text,
    )
    return DateTimeParts(day, ticks)


def _hour(hour: int, half: str | None, text: str) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise invalid(text)
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _day(year: str, month: str, day: str, text: str) -> int:
    try:
        return day_number(f"{year}-{int(month):02}-{int(day):02}")
    except ValueError:
        raise invalid(text) from None


def clock(hour: int, minute: int, second: int, fraction: int, shown: object) -> int:
    """Ticks since midnight; 24:00:00 is allowed, as in HANA."""
    ticks = ((hour * 60 + minute) * 60 + second) * TICKS_A_SECOND + fraction
    if minute > 59 or second > 59 or ticks > SECONDS_A_DAY * TICKS_A_SECOND:
        raise invalid(shown)
    return ticks


def day(number: int) -> str:
    """The text of a day number, YYYY-MM-DD; 303 outside of the years 1 to 9999."""
    if not 1 <= number <= LAST_DAY:
        raise invalid(f"day {number}")
    return day_text(number)


def time(ticks: int) -> str:
    seconds = ticks // TICKS_A_SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def stamp(total: int) -> str:
    """A LONGDATE text from ticks since the day number 0."""
    number, ticks = divmod(total, SECONDS_A_DAY * TICKS_A_SECOND)
    return f"{day(number)} {time(ticks)}.{ticks % TICKS_A_SECOND:07}"


def ticks_of(text: str) -> int:
    """Ticks since the day number 0 of a stored day or timestamp."""
    total = day_number(text[:10]) * SECONDS_A_DAY * TICKS_A_SECOND
    if len(text) > 10:
        total += seconds_of(text[11:19]) * TICKS_A_SECOND
        if len(text) > 19:
            total += int(text[20:27])
    return total


def seconds_of(text: str) -> int:
    """Seconds since midnight of a stored time."""
    return int(text[:2]) * 3600 + int(text[3:5]) * 60 + int(text[6:8])


# From any text to a stored text ----------------------------------------------------------------


def to_day(text: str) -> str:
    found = parse(text)
    if found.day is None:
        raise invalid(text)
    return day(found.day)


def to_time(text: str) -> str:
    found = parse(text)
    if found.ticks is None:
        if found.day is not None:
            return "00:00:00"
        raise invalid(text)
    return time(found.ticks)


def to_stamp(text: str) -> str:
    """A LONGDATE; a time alone is refused, a day alone is midnight."""
    if _is_stored_stamp(text):
        return text
    found = parse(text)
    if found.day is None:
        raise invalid(text)
    return stamp(found.day * SECONDS_A_DAY * TICKS_A_SECOND + (found.ticks or 0))


def _is_stored_stamp(text: str) -> bool:
    """Whether it is in the stored form already, as nearly everything from a driver is."""
    if len(text) != 27 or text[10] != " " or text[19] != "." or not (text[20:].isdigit() and text.isascii()):
        return False
    try:
        return DAY_NUMBERS[text[:10]] > 0 and SECOND_NUMBERS[text[11:19]] < SECONDS_A_DAY
    except ValueError:
        return False


def to_seconddate(text: str) -> str:
    return to_stamp(text)[:19]
