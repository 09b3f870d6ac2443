"""Filters for values that rows have: what a link says, so that it finds the same rows."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from .columns import LARGE, Column, Kind
from .query.tree import NULL, Literal

_MOST_ZEROS = 40
"""Digits up to which a number is written without an exponent."""


def literal(cell: Any, kind: Kind) -> Literal:
    """The value of a cell, as hdbcli or a `Plan` has it; large ones have none."""
    if cell is None:
        return NULL
    match kind:
        case Kind.BOOLEAN:
            return Literal(bool(cell), kind)
        case Kind.INTEGER | Kind.DECIMAL:
            return Literal(Decimal(cell), kind)
        case Kind.DOUBLE:
            # Zero has a sign there, and in no filter.
            return Literal(Decimal(repr(float(cell))) or Decimal(0), kind)
        case Kind.BINARY:
            return Literal(bytes(cell), kind)
        case Kind.MOMENT if isinstance(cell, datetime):
            return Literal(f"{cell.isoformat(' ', 'seconds')}.{cell.microsecond:06}0", kind)
        case Kind.DATE | Kind.TIME if isinstance(cell, date | time):
            return Literal(cell.isoformat(), kind)
    if kind in LARGE:
        raise ValueError(f"{kind.value} stands in no filter")
    return Literal(str(cell), kind)


def text(value: Literal) -> str:
    """A literal as it stands in a filter (OData ABNF 4.01, "primitiveLiteral")."""
    found = value.value
    if found is None:
        return "null"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, bytes):
        return f"binary'{urlsafe_b64encode(found).decode().rstrip('=')}'"
    if isinstance(found, Decimal):
        return f"{found:f}" if abs(found.adjusted()) < _MOST_ZEROS else str(found).replace("E+", "e")
    if value.kind is Kind.MOMENT:
        return f"{found[:10]}T{found[11:]}Z"
    return found if value.kind in (Kind.DATE, Kind.TIME) else "'" + found.replace("'", "''") + "'"


def equals(columns: Mapping[str, Column], names: Sequence[str], cells: Sequence[Any]) -> str:
    """The filter of the rows in which columns, by their names in queries, have the values of these cells."""
    pairs = zip(names, cells, strict=True)
    return " and ".join(f"{name} eq {text(literal(cell, columns[name].kind))}" for name, cell in pairs)


def within(name: str, low: Literal | None, high: Literal | None) -> str:
    """The filter of the rows from `low` to before `high`, each None for no bound; null is in no range."""
    if low is None and high is None:
        return f"{name} ne null"
    parts = [] if low is None else [f"{name} ge {text(low)}"]
    parts += [] if high is None else [f"{name} lt {text(high)}"]
    return " and ".join(parts)
