"""The reader's language: texts in English or German, numbers and dates as they are written there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from .locales import LOCALES
from .texts import TEXTS

LONGEST_HEADER = 256
"""Characters of an Accept-Language that are read; browsers send 40."""


class Language:
    """Texts, numbers and dates of one language. Safe for many threads."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        locale = self._locale = LOCALES[tag]
        self._separators = str.maketrans({",": locale.group, ".": locale.decimal, "-": "\u2212"})
        self._texts: Mapping[str, str] = TEXTS[locale.language]
        self._short_patterns = {
            "year": "%(y)s",
            "month": locale.month_of_year,
            "day": locale.day_of_month,
            "hour": locale.minute,
        }
        # The rows of a table have few different days.
        self.day = lru_cache(maxsize=1024)(self._day)

    def __repr__(self) -> str:
        return f"Language({self.tag!r})"

    def text(self, name: str, /, **values: object) -> str:
        """A text by its name, with values in it. Raises KeyError for a name that there is not."""
        found = self._texts[name]
        return found.format_map(values) if values else found

    def visible(self, text: str) -> str:
        """A text, or words for one in which there is nothing to be seen: it would be no link and no title."""
        if any(each.isprintable() and not each.isspace() for each in text):
            return text
        return self.text("blank" if text else "empty_text")

    def number(self, value: Decimal, scale: int | None = None) -> str:
        """A number with all of its digits, in groups of three; `scale` is how many stand behind the point."""
        text = f"{value:,f}" if scale is None else f"{value:,.{scale}f}"
        return text.translate(self._separators)

    def whole(self, value: int) -> str:
        return f"{value:,d}".translate(self._separators)

    def floating(self, value: float) -> str:
        """A floating-point number, rounded to six digits."""
        size = abs(value)
        if size and not 1e-4 <= size < 1e15:
            return f"{value:.5e}".translate(self._separators)
        rounded = f"{value:,.{max(0, 6 - len(str(int(size))))}f}"
        return (rounded.rstrip("0").rstrip(".") if "." in rounded else rounded).translate(self._separators)

    def _day(self, value: date) -> str:
        """A date, without a time."""
        return self._locale.day % _Parts(value, self._locale.months)

    def clock(self, value: time) -> str:
        return self._locale.clock % self._clock_parts(value)

    def moment(self, value: datetime) -> str:
        """A date with time, to the second."""
        return f"{self.day(value)}, {self.clock(value.time())}"

    def short(self, value: datetime, unit: str) -> str:
        """A moment as an axis shows it, by year, month, day or hour: 2026, Jan 2026, Jan 5, 10:00."""
        parts = _Parts(value, self._locale.months)
        parts.update(self._clock_parts(value.time()))
        return self._short_patterns[unit] % parts

    def _clock_parts(self, value: time) -> dict[str, Any]:
        return {
            "HH": f"{value.hour:02}",
            "h": value.hour % 12 or 12,
            "mm": f"{value.minute:02}",
            "ss": f"{value.second:02}",
            "a": self._locale.periods[value.hour >= 12],
        }


class _Parts(dict[str, Any]):
    """The parts of a date, by the letters of Unicode's date patterns."""

    def __init__(self, value: date, months: Sequence[str]) -> None:
        super().__init__(
            y=value.year,
            MM=f"{value.month:02}",
            MMM=months[value.month - 1],
            dd=f"{value.day:02}",
            d=value.day,
        )


LANGUAGES = {tag: Language(tag) for tag in LOCALES}
_TAGS = tuple(LANGUAGES)
_FIRST = LANGUAGES[_TAGS[0]]


@lru_cache(maxsize=256)
def choose(accept_language: str) -> Language:
    """The language that a browser asks for (RFC 9110 section 12.5.4); English if there is none that it takes.

    A language goes with each of its regions: who asks for de-LI reads German.
    """
    if not accept_language or len(accept_language) > LONGEST_HEADER:
        return _FIRST
    wanted = parse_accept_header(accept_language, LanguageAccept)
    return LANGUAGES[wanted.best_match(_TAGS, _TAGS[0])]
