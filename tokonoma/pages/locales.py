"""How numbers and dates are written where the pages' readers are: what Unicode's CLDR says, in its letters.

Babel would bring it along with 7 MiB of memory; a test compares it with Babel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GERMAN = ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.")


@dataclass(frozen=True, slots=True)
class Locale:
    """Signs, names and patterns; a pattern is filled in by `%` with the parts of a date or a time."""

    language: str
    group: str
    decimal: str
    months: tuple[str, ...]
    day: str
    clock: str
    month_of_year: str
    day_of_month: str
    minute: str
    periods: tuple[str, str] = ("AM", "PM")


def _german(group: str = ".", decimal: str = ",", months: tuple[str, ...] = _GERMAN) -> Locale:
    return Locale(
        "de",
        group,
        decimal,
        months,
        day="%(dd)s.%(MM)s.%(y)s",
        clock="%(HH)s:%(mm)s:%(ss)s",
        month_of_year="%(MMM)s %(y)s",
        day_of_month="%(d)s. %(MMM)s",
        minute="%(HH)s:%(mm)s",
    )


LOCALES: Mapping[str, Locale] = {
    "en": Locale(
        "en",
        ",",
        ".",
        _ENGLISH,
        day="%(MMM)s %(d)s, %(y)s",
        clock="%(h)s:%(mm)s:%(ss)s\u202f%(a)s",
        month_of_year="%(MMM)s %(y)s",
        day_of_month="%(MMM)s %(d)s",
        minute="%(h)s:%(mm)s\u202f%(a)s",
    ),
    "en-GB": Locale(
        "en",
        ",",
        ".",
        (*_ENGLISH[:8], "Sept", *_ENGLISH[9:]),
        day="%(d)s %(MMM)s %(y)s",
        clock="%(HH)s:%(mm)s:%(ss)s",
        month_of_year="%(MMM)s %(y)s",
        day_of_month="%(d)s %(MMM)s",
        minute="%(HH)s:%(mm)s",
        periods=("am", "pm"),
    ),
    "de": _german(),
    "de-AT": _german(months=("Jän.", *_GERMAN[1:8], "Sep.", *_GERMAN[9:])),
    "de-CH": _german(group="'", decimal="."),
}
"""Languages that there are texts for, and regions that write numbers or dates in another way."""
