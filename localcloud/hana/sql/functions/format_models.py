"""Format models: TO_VARCHAR formats dates and numbers by them, TO_DATE and its relatives parse dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from localcloud.hana.dates import SECONDS_A_DAY, TICKS_A_SECOND, day_number
from localcloud.hana.errors import INVALID_FORMAT, HanaError
from localcloud.hana.sql.values import datetimes
from localcloud.hana.sql.values.numbers import EXACT, exact

from .dates import DAYS, MONTHS, time_of, week, weekday

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ELEMENT = re.compile(
    r"YYYY|YY|MONTH|MON|MM|RM|DDD|DD|DAY|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?|AM|PM|Q|WW|W|\"[^\"]*\"|.",
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=1024)
def elements(form: str) -> tuple[str, ...]:
    """The elements of a format of dates, and the texts between them."""
    return tuple(_ELEMENT.findall(form))


def _hour12(clock: str) -> int:
    return (int(clock[:2]) + 11) % 12 + 1


def _half(clock: str) -> str:
    return "AM" if int(clock[:2]) < 12 else "PM"


_WRITERS: dict[str, Callable[[str, str], str]] = {
    "YYYY": lambda day, _: day[:4],
    "YY": lambda day, _: day[2:4],
    "MM": lambda day, _: day[5:7],
    "MON": lambda day, _: MONTHS[int(day[5:7]) - 1][:3],
    "MONTH": lambda day, _: MONTHS[int(day[5:7]) - 1],
    "RM": lambda day, _: ROMAN[int(day[5:7]) - 1],
    "DD": lambda day, _: day[8:10],
    "DDD": lambda day, _: f"{day_number(day) - day_number(day[:4] + '-01-01') + 1:03}",
    "D": lambda day, _: str(weekday(day) + 1),
    "DAY": lambda day, _: DAYS[weekday(day)],
    "DY": lambda day, _: DAYS[weekday(day)][:3],
    "Q": lambda day, _: str((int(day[5:7]) + 2) // 3),
    "W": lambda day, _: str((int(day[8:10]) + weekday(day[:8] + "01") - 1) // 7 + 1),
    "WW": lambda day, _: f"{week(day):02}",
    "HH24": lambda _, clock: clock[:2],
    "HH": lambda _, clock: clock[:2],
    "HH12": lambda _, clock: f"{_hour12(clock):02}",
    "MI": lambda _, clock: clock[3:5],
    "SS": lambda _, clock: clock[6:8],
    "SSSSS": lambda _, clock: f"{datetimes.seconds_of(clock):05}",
    "AM": lambda _, clock: _half(clock),
    "PM": lambda _, clock: _half(clock),
}


def format_datetime(text: str, form: str) -> str:
    """A stored day, time or timestamp in a format."""
    is_time = len(text) == 8
    day, clock = ("" if is_time else text[:10]), time_of(text)
    fraction = clock[9:].ljust(7, "0")
    written = []
    for element in elements(form):
        name = element.upper()
        if name.startswith("FF"):
            written.append(fraction[: int(name[2:] or 7)].ljust(int(name[2:] or 7), "0"))
        elif name in _WRITERS:
            if is_time and name not in _OF_CLOCK:
                raise _bad_format(form)
            written.append(_WRITERS[name](day, clock))
        else:
            written.append(element.strip('"') if len(element) > 1 else element)
    return "".join(written)


_OF_CLOCK = frozenset({"HH24", "HH", "HH12", "MI", "SS", "SSSSS", "AM", "PM"})

_READERS = {
    "YYYY": r"(?P<year>\d{1,4})",
    "YY": r"(?P<short>\d{2})",
    "MM": r"(?P<month>\d{1,2})",
    "MON": r"(?P<name>[A-Za-z]{3})\.?",
    "MONTH": r"(?P<name>[A-Za-z]+)",
    "RM": r"(?P<roman>[IVXivx]+)",
    "DD": r"(?P<day>\d{1,2})",
    "DDD": r"(?P<yearday>\d{1,3})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<hour>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})",
    "SSSSS": r"(?P<seconds>\d{1,5})",
    "AM": r"(?P<half>[AaPp]\.?[Mm]\.?)",
    "PM": r"(?P<half>[AaPp]\.?[Mm]\.?)",
}
_NOT_READ = frozenset({"D", "DAY", "DY", "Q", "W", "WW"})


@lru_cache(maxsize=1024)
def _reader(form: str) -> re.Pattern[str]:
    parts, seen = [], set()
    for element in elements(form):
        name = element.upper()
        if name in _NOT_READ:
            raise _bad_format(form)
        pattern = _READERS.get(name)
        if name.startswith("FF"):
            pattern = r"(?P<fraction>\d{1,9})"
        if pattern is None:
            parts.append(re.escape(element.strip('"') if len(element) > 1 else element))
            continue
        group = pattern[3 : pattern.index(">") + 1]
        if group in seen:
            raise _bad_format(form)
        seen.add(group)
        parts.append(pattern)
    return re.compile(r"\s*" + "".join(parts) + r"\s*", re.ASCII)


def _bad_format(form: str) -> HanaError:
    return HanaError(INVALID_FORMAT, f"invalid datetime format: {form[:60]}")


def parse_datetime(text: str, form: str) -> str:
    """A LONGDATE text from a text in a format; what the format does not name is the earliest possible."""
    match = _reader(form).fullmatch(text)
    if match is None:
        raise datetimes.invalid(text)
    part = {name: value for name, value in match.groupdict().items() if value is not None}
    ticks = _read_clock(part, text)
    return datetimes.stamp(_read_day(part, text) * SECONDS_A_DAY * TICKS_A_SECOND + ticks)


def _read_day(part: dict[str, str], text: str) -> int:
    year = part.get("year", "1").rjust(4, "0")
    if "short" in part:
        year = f"20{part['short']}"
    try:
        if "yearday" in part:
            return day_number(f"{year}-01-01") + int(part["yearday"]) - 1
        return day_number(f"{year}-{_read_month(part):02}-{int(part.get('day', '1')):02}")
    except ValueError:
        raise datetimes.invalid(text) from None


def _read_month(part: dict[str, str]) -> int:
    if "name" in part:
        name = part["name"].upper()
        return (
            next(number for number, month in _NUMBERED if name in (month, month[:3])) if name in _NAMES else 0
        )
    if "roman" in part:
        roman = part["roman"].upper()
        return ROMAN.index(roman) + 1 if roman in ROMAN else 0
    return int(part.get("month", "1"))


_NUMBERED = tuple(enumerate(MONTHS, 1))
_NAMES = frozenset(MONTHS) | {month[:3] for month in MONTHS}


def _read_clock(part: dict[str, str], text: str) -> int:
    if "seconds" in part:
        return int(part["seconds"]) * TICKS_A_SECOND
    hour = int(part.get("hour", "0"))
    if "half" in part:
        hour = hour % 12 + (12 if part["half"][0] in "Pp" else 0)
    fraction = int(part.get("fraction", "0")[:7].ljust(7, "0"))
    return datetimes.clock(hour, int(part.get("minute", "0")), int(part.get("second", "0")), fraction, text)


# Numbers ----------------------------------------------------------------------------------------

_DIGIT_PLACES = frozenset("09")


def format_number(value: int | float | str, form: str) -> str:
    """A number in a format of 0, 9, S, E, % and anything else; SAP's TO_NVARCHAR page has the examples."""
    number = exact(value)
    if "%" in form:
        number = EXACT.multiply(number, Decimal(100))
    mantissa, _, exponent_form = form.partition("E")
    exponent = ""
    if exponent_form or form.endswith("E"):
        power = number.adjusted() if number else 0
        number = EXACT.scaleb(number, -power)
        width = sum(1 for character in exponent_form if character in _DIGIT_PLACES)
        exponent = f"E{'-' if power < 0 else ''}{abs(power):0{max(width, 1)}}"
    whole_form, point, fraction_form = mantissa.partition(".")
    places = sum(1 for character in fraction_form if character in _DIGIT_PLACES)
    number = number.quantize(Decimal(1).scaleb(-places), ROUND_DOWN, EXACT)
    digits, _, fraction = f"{number.copy_abs():f}".partition(".")
    written = _whole_part(whole_form, digits) + point + _fraction_part(fraction_form, fraction)
    if "S" in mantissa:
        return written.replace("S", "-" if number < 0 else "+", 1) + exponent
    return ("-" if number < 0 else "") + written + exponent


def _whole_part(form: str, digits: str) -> str:
    """Digits fill the places from the right; more digits than places go in front of the first place."""
    places = [index for index, character in enumerate(form) if character in _DIGIT_PLACES]
    required = form.find("0")
    written: list[str] = []
    left = digits.lstrip("0")
    for index in range(len(form) - 1, -1, -1):
        character = form[index]
        if character in _DIGIT_PLACES:
            digit, left = (left[-1:], left[:-1]) if left else ("", "")
            written.append(digit or ("0" if 0 <= required <= index else ""))
            if places and index == places[0] and left:
                written.append(left)
        elif character in ",'" and not left and (required < 0 or index < required):
            continue
        else:
            written.append(character)
    return "".join(reversed(written))


def _fraction_part(form: str, fraction: str) -> str:
    written, rest = [], fraction
    significant = len(fraction.rstrip("0"))
    position = 0
    for character in form:
        if character in _DIGIT_PLACES:
            digit, rest = (rest[:1] or "0"), rest[1:]
            written.append(digit if character == "0" or position < significant else "")
            position += 1
        else:
            written.append(character)
    return "".join(written)
