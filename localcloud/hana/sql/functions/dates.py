"""Functions over days, times and timestamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from localcloud.hana.dates import SECONDS_A_DAY, TICKS_A_SECOND, day_number
from localcloud.hana.errors import INVALID_NUMBER, HanaError
from localcloud.hana.model import Type, Value
from localcloud.hana.sql.values import datetimes, types
from localcloud.hana.sql.values.numbers import EXACT, exact, plain

from .function import Function, Kind, Result, always

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MONTHS = (
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
)
_MONDAY = 3
"""The day number of a Monday is this modulo 7, plus multiples: 2024-01-01 is day 738888."""


def weekday(text: str) -> int:
    """0 is Monday."""
    return (day_number(text[:10]) - _MONDAY) % 7


def days_in_month(year: int, month: int) -> int:
    """How many days a month has; the one in which the calendar changed still ends on the 31st."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0 or year <= 1582)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _parts(text: str) -> tuple[int, int, int]:
    return int(text[:4]), int(text[5:7]), int(text[8:10])


def _on(year: int, month: int, day: int, text: str) -> str:
    """That day, with the time that `text` has; days of the gap of 1582 are moved behind it."""
    if not 1 <= year <= 9999:
        raise datetimes.invalid(f"year {year}")
    written = f"{year:04}-{month:02}-{day:02}"
    if "1582-10-05" <= written <= "1582-10-14":
        written = "1582-10-15"
    return written + text[10:]


def _add_days(text: str, days: int) -> Value:
    return datetimes.day(day_number(text[:10]) + days) + text[10:]


def _add_months(text: str, months: int) -> Value:
    year, month, day = _parts(text)
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    return _on(year, month, min(day, days_in_month(year, month)), text)


def _add_months_last(text: str, months: int) -> Value:
    year, month, day = _parts(text)
    if day < days_in_month(year, month):
        return _add_months(text, months)
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    return _on(year, month, days_in_month(year, month), text)


def _add_years(text: str, years: int) -> Value:
    return _add_months(text, years * 12)


def _add_ticks(text: str, ticks: int) -> str:
    return datetimes.stamp(datetimes.ticks_of(text) + ticks)


def _add_seconds(text: str, seconds: int | float | str) -> Value:
    return _add_ticks(text, int(EXACT.multiply(exact(seconds), Decimal(TICKS_A_SECOND))))


def _difference(first: str, second: str) -> int:
    return datetimes.ticks_of(second) - datetimes.ticks_of(first)


def _towards_zero(value: int, unit: int) -> int:
    return value // unit if value >= 0 else -(-value // unit)


def _days_between(first: str, second: str) -> Value:
    return _towards_zero(_difference(first, second), SECONDS_A_DAY * TICKS_A_SECOND)


def _seconds_between(first: str, second: str) -> Value:
    return _towards_zero(_difference(first, second), TICKS_A_SECOND)


def _months_between(first: str, second: str) -> Value:
    """Entire months: SAP's examples count 2003-10-03 to 2003-01-14 as -8, to 2003-10-15 as -9."""
    if first > second:
        return -_months(second, first)
    return _months(first, second)


def _months(early: str, late: str) -> int:
    months = (int(late[:4]) - int(early[:4])) * 12 + int(late[5:7]) - int(early[5:7])
    return months - 1 if months and late[8:] < early[8:] else months


def _years_between(first: str, second: str) -> Value:
    months = _months_between(first, second)
    assert isinstance(months, int)
    return _towards_zero(months, 12)


def _day_of_year(text: str) -> int:
    return day_number(text[:10]) - day_number(f"{text[:4]}-01-01") + 1


def week(text: str) -> int:
    """WEEK: weeks start on Monday, and the first of January lies in week 1."""
    first = weekday(f"{text[:4]}-01-01")
    return (_day_of_year(text) + first - 1) // 7 + 1


def _isoweek(text: str) -> Value:
    thursday = datetimes.day(day_number(text[:10]) - weekday(text) + 3)
    return f"{thursday[:4]}-W{(_day_of_year(thursday) - 1) // 7 + 1:02}"


def _quarter(text: str, first_month: int = 1) -> Value:
    """The quarter of a year that begins with a month; its number is that of the year's beginning."""
    if not 1 <= first_month <= 12:
        raise HanaError(INVALID_NUMBER, f"invalid number: month {first_month}")
    year, month = int(text[:4]), int(text[5:7]) - first_month
    return f"{year + (month // 12):04}-Q{month % 12 // 3 + 1}"


def _last_day(text: str) -> Value:
    year, month, _ = _parts(text)
    return _on(year, month, days_in_month(year, month), "")


def _next_day(text: str) -> Value:
    return datetimes.day(day_number(text[:10]) + 1)


def time_of(text: str) -> str:
    """The time in a time or timestamp; a day has midnight."""
    if len(text) == 8:
        return text
    return text[11:] or "00:00:00"


def _field(first: int, after: int) -> Callable[[str], Value]:
    return lambda text: int(text[first:after])


def _second(text: str) -> str:
    """Seconds with their fraction, as a stored decimal."""
    return plain(Decimal(time_of(text)[6:]))


def _extract(field: str, text: str) -> Value:
    slices = {"YEAR": (0, 4), "MONTH": (5, 7), "DAY": (8, 10)}
    if field in slices:
        first, after = slices[field]
        return str(int(text[first:after]))
    clock = time_of(text)
    if field == "SECOND":
        return _second(text)
    return str(int(clock[0:2] if field == "HOUR" else clock[3:5]))


def _same(given: Sequence[Type | None]) -> Type:
    return given[0] or types.LONGDATE


def _date(
    name: str,
    *kinds: Kind,
    result: Result = _same,
    by: Callable[..., Value] | None = None,
    optional: int = 0,
) -> Function:
    return Function(name, kinds, result, by, optional=optional)


_M, _S, _I, _C = Kind.DATETIME, Kind.TIMESTAMP, Kind.INTEGER, Kind.TIME
_INT, _BIG, _DAY = always(types.INT), always(types.BIGINT), always(types.DAYDATE)
_SECOND_TYPE = types.decimal(9, 7)

DATE_FUNCTIONS = (
    _date("ADD_DAYS", _M, _I, by=_add_days),
    _date("ADD_MONTHS", _M, _I, by=_add_months),
    _date("ADD_MONTHS_LAST", _M, _I, by=_add_months_last),
    _date("ADD_YEARS", _M, _I, by=_add_years),
    _date("ADD_SECONDS", _S, Kind.NUMBER, by=_add_seconds),
    _date("ADD_NANO100", _S, _I, by=_add_ticks),
    _date("DAYS_BETWEEN", _M, _M, result=_INT, by=_days_between),
    _date("SECONDS_BETWEEN", _M, _M, result=_BIG, by=_seconds_between),
    _date("NANO100_BETWEEN", _M, _M, result=_BIG, by=_difference),
    _date("MONTHS_BETWEEN", _S, _S, result=_INT, by=_months_between),
    _date("YEARS_BETWEEN", _S, _S, result=_INT, by=_years_between),
    _date("YEAR", _M, result=_INT, by=_field(0, 4)),
    _date("MONTH", _M, result=_INT, by=_field(5, 7)),
    _date("DAYOFMONTH", _M, result=_INT, by=_field(8, 10)),
    _date("DAYOFYEAR", _M, result=_INT, by=_day_of_year),
    _date("WEEKDAY", _M, result=_INT, by=weekday),
    _date("WEEK", _M, result=_INT, by=week),
    _date("ISOWEEK", _M, result=always(types.text(8)), by=_isoweek),
    _date("QUARTER", _M, _I, result=always(types.text(7)), by=_quarter, optional=1),
    _date("DAYNAME", _M, result=always(types.text(10)), by=lambda text: DAYS[weekday(text)]),
    _date("MONTHNAME", _M, result=always(types.text(10)), by=lambda text: MONTHS[int(text[5:7]) - 1]),
    _date("LAST_DAY", _M, result=_DAY, by=_last_day),
    _date("NEXT_DAY", _M, result=_DAY, by=_next_day),
    _date("HOUR", _C, result=_INT, by=lambda text: int(time_of(text)[:2])),
    _date("MINUTE", _C, result=_INT, by=lambda text: int(time_of(text)[3:5])),
    _date("SECOND", _C, result=always(_SECOND_TYPE), by=_second),
)

EXTRACT = {"hana_extract": _extract}
EXTRACT_TYPES = {
    "YEAR": types.INT,
    "MONTH": types.INT,
    "DAY": types.INT,
    "HOUR": types.INT,
    "MINUTE": types.INT,
    "SECOND": _SECOND_TYPE,
}
