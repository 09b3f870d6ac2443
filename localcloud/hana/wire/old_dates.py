"""DATE, TIME and TIMESTAMP of the oldest data format as parameters: fields that the server puts together.

The newer formats are numbers that clients calculate, and refuse to where there is no such day. Of these here
the client sends year, month, day and so on as they stand, and HANA says which of them is wrong.
"""

from __future__ import annotations

from struct import Struct

from localcloud.hana.dates import DAY_NUMBERS, day_text, second_text
from localcloud.hana.errors import INVALID_DATE, HanaError

_DATE = Struct("<HBB").unpack_from
_TIME = Struct("<BBH").unpack_from
_FIRST_SKIPPED, _LAST_SKIPPED = "1582-10-05", "1582-10-14"
_SKIPPED_DAYS = 10


def read_date(data: bytes, position: int) -> tuple[str | None, int]:
    """A DATE, as YYYY-MM-DD, and the place behind it; a day that 1582 skipped counts as a Julian one.

    HanaError 303 where there is no such day.
    """
    year, month, day = _DATE(data, position)
    if not year & 0x8000:
        return None, position + 4
    year &= 0x7FFF
    if not 1 <= year <= 9999:
        raise _wrong(f"year must be between -4713 and +9999, and not be 0: {year}")
    if month > 11:
        raise _wrong(f"not a valid month: {month + 1}")
    text = f"{year:04}-{month + 1:02}-{day:02}"
    if _FIRST_SKIPPED <= text <= _LAST_SKIPPED:
        return f"{text[:8]}{day + _SKIPPED_DAYS}", position + 4
    try:
        return day_text(DAY_NUMBERS[text]), position + 4
    except ValueError:
        raise _wrong(f"day of month must be between 1 and last day of month: {day}") from None


def read_time(data: bytes, position: int) -> tuple[str | None, int]:
    """A TIME, as HH:MM:SS, and the place behind it; HanaError 303 where there is none."""
    return _time_of_day(data, position)[0], position + 4


def read_timestamp(data: bytes, position: int) -> tuple[str | None, int]:
    """A TIMESTAMP, as a stored LONGDATE, and the place behind it; HanaError 303 where there is none."""
    day, _ = read_date(data, position)
    time, milliseconds = _time_of_day(data, position + 4)
    if day is None or time is None:
        return None, position + 8
    return f"{day} {time}.{milliseconds:03}0000", position + 8


def _time_of_day(data: bytes, position: int) -> tuple[str | None, int]:
    hour, minute, milliseconds = _TIME(data, position)
    if not hour & 0x80:
        return None, 0
    hour &= 0x7F
    if hour > 24 or (hour == 24 and (minute or milliseconds)):
        raise _wrong(f"not a valid hour: {hour}")
    if minute > 59:
        raise _wrong(f"not a valid minute: {minute}")
    second, rest = divmod(milliseconds, 1000)
    if second > 59:
        raise _wrong(f"not a valid millisecond: {milliseconds}")
    return second_text(hour * 3600 + minute * 60 + second), rest


def _wrong(what: str) -> HanaError:
    return HanaError(INVALID_DATE, f"invalid DATE, TIME or TIMESTAMP value: {what}")
