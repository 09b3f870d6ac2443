"""Literals in SQL: bound, and of a type that HANA cannot mistake.

The type of a `?` that stands beside nothing but a column is the column's. A value that the column cannot hold
exactly, and a value inside an expression, says its type itself: TO_DECIMAL(?).
"""

from __future__ import annotations

import struct
from decimal import Decimal

from tokonoma.data.columns import Column, Kind

from .functions import LONG_FORMAT
from .literals import Value
from .sql import Sql
from .tree import Literal

_FLOATING_DIGITS = 34
"""Digits of a DECIMAL without precision."""
_MOST_SCALE = 38
_RANGES = {
    "TINYINT": (0, 255),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
}
_TEMPLATES = {
    Kind.TEXT: "TO_NVARCHAR(?)",
    Kind.DATE: "TO_DATE(?, 'YYYY-MM-DD')",
    Kind.TIME: "TO_TIME(?, 'HH24:MI:SS')",
    Kind.MOMENT: f"TO_TIMESTAMP(?, '{LONG_FORMAT}')",
}


def typed(value: Value, kind: Kind) -> Sql:
    """A value that says its type; 1 and 0 for true and false."""
    if isinstance(value, bool):
        return Sql(str(int(value)))
    if isinstance(value, bytes):
        return Sql("HEXTOBIN(?)", (value.hex().upper(),))
    if isinstance(value, Decimal):
        if kind is Kind.DOUBLE:
            return Sql("TO_DOUBLE(?)", (repr(float(value)),))
        scale = max(0, -_exponent(value))
        is_exact = _significant(value) <= _FLOATING_DIGITS or scale > _MOST_SCALE
        return Sql("TO_DECIMAL(?)" if is_exact else f"TO_DECIMAL(?, 38, {scale})", (f"{value:f}",))
    return Sql(_TEMPLATES[kind], (value,))


def beside(column: Column, literal: Literal) -> Sql:
    """A literal that is compared with a column."""
    held = _held(column, literal.value)
    if held is not None:
        return Sql("?", (held,))
    return typed(literal.value, column.kind if column.kind is Kind.DOUBLE else literal.kind)


def can_equal(column: Column, literal: Literal) -> bool:
    """Whether a column can hold a number at all; True wherever that is not certain."""
    is_fixed = column.kind is Kind.INTEGER or _is_fixed_decimal(column)
    return not is_fixed or _held(column, literal.value) is not None


def _held(column: Column, value: Value) -> object:
    """The value as the column's own type has it; None if it has none such, or if `typed` does as well."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Decimal):
        return _number(column, value)
    if isinstance(value, str) and column.kind is Kind.TEXT:
        return value if column.length is None or len(value) <= column.length else None
    return None


def _number(column: Column, value: Decimal) -> object:
    if column.kind is Kind.DOUBLE:
        return _float(column, value)
    if column.type in _RANGES:
        low, high = _RANGES[column.type]
        return int(value) if _exponent(value) >= 0 and low <= value <= high else None
    if not _is_fixed_decimal(column):
        return None
    whole_digits = (column.length or 0) - (column.scale or 0)
    fits = _exponent(value) >= -(column.scale or 0) and (not value or value.adjusted() < whole_digits)
    return Decimal(f"{value:f}") if fits else None


def _is_fixed_decimal(column: Column) -> bool:
    return column.type == "DECIMAL" and None not in (column.length, column.scale)


def _float(column: Column, value: Decimal) -> float | None:
    found = float(value)
    try:
        struct.pack("<f" if column.type == "REAL" else "<d", found)
    except OverflowError:
        return None
    return found


def _significant(value: Decimal) -> int:
    """Digits without the zeros at the end, of which the driver writes as many as a large value has."""
    return len("".join(map(str, value.as_tuple().digits)).rstrip("0"))


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
