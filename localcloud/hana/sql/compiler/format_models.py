"""Formats that sqlite can write itself: a stored moment has all its digits in fixed places."""

from __future__ import annotations

import re

from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.functions.format_models import elements
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from .fragments import Fragment, string

_STORED = {
    TypeCode.DAYDATE: "0000-00-00",
    TypeCode.SECONDTIME: "00:00:00",
    TypeCode.SECONDDATE: "0000-00-00 00:00:00",
    TypeCode.LONGDATE: "0000-00-00 00:00:00.0000000",
}
_DAY = {"YYYY": (0, 4), "MM": (5, 2), "DD": (8, 2)}
_CLOCK = {"HH24": (0, 2), "HH": (0, 2), "MI": (3, 2), "SS": (6, 2)}
_DIGITS = re.compile(r"FF([1-7])")
_COLUMN = re.compile(r"\w+\.\w+")

_Piece = str | tuple[int, int]
"""A text, or the place and length of what is taken out of the stored form."""


def moment_sql(found: Fragment, model: tree.Expression) -> str | None:
    """The SQL that writes a moment in a format, or None where a function of ours has to."""
    if found.type is None or found.type.code not in _STORED or not isinstance(model, tree.Literal):
        return None
    pieces = _pieces(found.type, str(model.value))
    if pieces is None or not (len(pieces) == 1 or _COLUMN.fullmatch(found.sql)):
        return None
    whole = (0, len(_STORED[found.type.code]))
    parts = [
        string(each)
        if isinstance(each, str)
        else found.sql
        if each == whole
        else f"substr({found.sql}, {each[0] + 1}, {each[1]})"
        for each in pieces
    ]
    return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"


def _pieces(type_: Type, model: str) -> list[_Piece] | None:
    stored = _STORED[type_.code]
    clock_at = 0 if type_.code is TypeCode.SECONDTIME else 11
    places = dict(_DAY) if type_.code in types.DATED else {}
    if len(stored) != len(_STORED[TypeCode.DAYDATE]):
        places |= {name: (clock_at + at, length) for name, (at, length) in _CLOCK.items()}
    found: list[_Piece] = []
    for element in elements(model):
        name = element.upper()
        digits = _DIGITS.fullmatch(name)
        if digits and type_.code is TypeCode.LONGDATE:
            _add(found, (20, int(digits[1])), stored)
        elif name in places:
            _add(found, places[name], stored)
        elif element[0].isalnum():
            return None
        else:
            found.append(element.strip('"') if len(element) > 1 else element)
    return found if any(isinstance(each, tuple) for each in found) else None


def _add(found: list[_Piece], piece: tuple[int, int], stored: str) -> None:
    """Add a piece, as one with that before it where the stored form has the same text between them."""
    at, length = piece
    if len(found) > 1 and isinstance(found[-1], str) and isinstance(found[-2], tuple):
        before, size = found[-2]
        if stored[before + size : at] == found[-1] and before + size < at:
            found[-2:] = [(before, at + length - before)]
            return
    found.append(piece)


def number_sql(found: Fragment, model: tree.Expression) -> str | None:
    """The SQL that writes a DECIMAL(p, s) with all of its s places, or None for any other format."""
    if found.type is None or found.type.code is not TypeCode.DECIMAL or types.is_floating(found.type):
        return None
    if not isinstance(model, tree.Literal) or found.type.scale == 0:
        return None
    same = model.value == f"0.{'0' * found.type.scale}"
    return f"hana_padded({found.sql}, {found.type.scale})" if same else None
