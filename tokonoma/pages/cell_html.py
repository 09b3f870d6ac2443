"""Cells as HTML, a column at a time: a template would take ten times as long for a table.

A `title` holds the exact value where what is shown is written in the reader's way or has fewer digits; the
script copies it instead of what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from markupsafe import escape

from tokonoma.data import cells
from tokonoma.data.columns import NUMBERS, Column, Kind

from .language import Language

LONGEST_TEXT = 120
"""Characters of a text that a cell shows."""
LONGEST_SCALE = 4
"""Digits behind the point that all numbers of a column have, zeros included."""
LONGEST_BINARY = 16
"""Bytes of a binary value that a cell shows."""

Shown = tuple[str, str]
"""A value as HTML, and exactly, as HTML; the second is "" where the first is exact."""
Show = Callable[[Any], Shown]


class Shower:
    """Shows the values of a column that are not null; with `whole` nothing is cut off."""

    def __init__(self, column: Column, language: Language, *, whole: bool = False) -> None:
        self._column, self._language, self._whole = column, language, whole
        self._is_single = column.type == "REAL"
        self._is_plain = is_plain(column)
        self.show: Show = getattr(self, _METHODS[column.kind])

    def _boolean(self, value: Any) -> Shown:
        return self._language.text("yes" if value else "no"), "true" if value else "false"

    def _integer(self, value: int) -> Shown:
        if self._is_plain or -1000 < value < 1000:
            return str(value), ""
        return self._language.whole(value), str(value)

    def _decimal(self, value: Decimal) -> Shown:
        exact = cells.digits(value)
        if self._is_plain:
            return exact, exact
        # Digits stand under each other, if they are not too many.
        padded = 0 < (self._column.scale or 0) <= LONGEST_SCALE
        return self._language.number(value, self._column.scale if padded else None), exact

    def _floating(self, value: float) -> Shown:
        exact = cells.single(value) if self._is_single else value
        return self._language.floating(exact), repr(exact)

    def _text(self, value: str) -> Shown:
        value = value if value.isascii() else cells.well_formed(value)
        if self._whole or len(value) <= LONGEST_TEXT:
            return str(escape(value)), ""
        return f"{escape(value[:LONGEST_TEXT].rstrip())}…", str(escape(value))

    def _binary(self, value: Any) -> Shown:
        exact = bytes(value).hex()
        short = exact if self._whole else exact[: 2 * LONGEST_BINARY]
        return (short, "") if short == exact else (f"{short}…", exact)

    def _day(self, value: date) -> Shown:
        return self._language.day(value), value.isoformat()

    def _clock(self, value: time) -> Shown:
        return self._language.clock(value), value.isoformat()

    def _moment(self, value: Any) -> Shown:
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value[:19])
        return self._language.moment(parsed), cells.moment(value)


def is_plain(column: Column) -> bool:
    """Whether the numbers of a column are no amounts, and are written without groups of three."""
    return bool(_PLAIN.search(column.name.upper()) or _YEAR.search(column.comment))


_PLAIN = re.compile(r"(^|_)(ID|NO|NR|NUM|NUMBER|CODE|KEY|YEAR)(_|$)")
"""Names of columns whose numbers are no amounts: nobody wants to read the year 2,026."""
_YEAR = re.compile(r"\b(Year|Jahr)\b", re.IGNORECASE)
"""The same, where the comment says it and the name does not."""
_METHODS = {
    Kind.BOOLEAN: "_boolean",
    Kind.INTEGER: "_integer",
    Kind.DECIMAL: "_decimal",
    Kind.DOUBLE: "_floating",
    Kind.TEXT: "_text",
    Kind.LARGE_TEXT: "_text",
    Kind.BINARY: "_binary",
    Kind.DATE: "_day",
    Kind.TIME: "_clock",
    Kind.MOMENT: "_moment",
}


def column_html(
    column: Column,
    values: Sequence[Any],
    language: Language,
    units: Sequence[Any] | None = None,
    *,
    is_number: bool | None = None,
) -> list[str]:
    """The cells of a column, `<td>` included.

    `units` stand beside the numbers. Numbers stand under each other, unless `is_number` says otherwise.
    """
    show = Shower(column, language).show
    is_number = column.kind in NUMBERS if is_number is None else is_number
    begin = '<td class="n"' if is_number else "<td"
    null = f'<td class="{"n " * is_number}null">{escape(language.text("null"))}</td>'
    found: list[str] = []
    for place, value in enumerate(values):
        if value is None:
            found.append(null)
            continue
        html, exact = show(value)
        title = f' title="{exact}"' if exact else ""
        unit = units[place] if units is not None else None
        beside = f' <span class="unit">{escape(unit)}</span>' if unit else ""
        found.append(f"{begin}{title}>{html}{beside}</td>")
    return found


def linked(cells_html: Sequence[str], addresses: Sequence[str], language: Language) -> list[str]:
    """The cells with their content as a link; "" for those that have none. Addresses are escaped here.

    A text in which there is nothing to be seen is told in words, as a null is.
    """
    found = []
    for cell, address in zip(cells_html, addresses, strict=True):
        if not address:
            found.append(cell)
            continue
        head, _, rest = cell.partition(">")
        content = rest.removesuffix("</td>")
        told = language.visible(content)
        if told != content:
            head, content = '<td class="null"', str(escape(told))
        found.append(f'{head}><a href="{escape(address)}">{content}</a></td>')
    return found
