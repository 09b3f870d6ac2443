"""The protocol's data format versions: under which type a client gets to know a type of ours."""

from __future__ import annotations

from . import decimals
from .model import FLOATING_SCALE, Type, TypeCode

NEWEST = 8
"""The highest version that this server speaks."""
WITHOUT_FIXED = 7
"""The highest that knows no FIXED8, FIXED12 and FIXED16."""

_WITH_NEW_TYPES = 4
_WITH_BINTEXT = 6
_WITH_BOOLEAN = 7

_MAX_I16 = 32767

LOB_CODES = frozenset((TypeCode.CLOB, TypeCode.NCLOB, TypeCode.BLOB, TypeCode.TEXT, TypeCode.BINTEXT))

_OLD_TYPES = {
    TypeCode.ALPHANUM: TypeCode.NVARCHAR,
    TypeCode.SHORTTEXT: TypeCode.NVARCHAR,
    TypeCode.TEXT: TypeCode.NCLOB,
    TypeCode.LONGDATE: TypeCode.TIMESTAMP,
    TypeCode.SECONDDATE: TypeCode.TIMESTAMP,
    TypeCode.DAYDATE: TypeCode.DATE,
    TypeCode.SECONDTIME: TypeCode.TIME,
}
_FIXED = (TypeCode.FIXED8, TypeCode.FIXED12, TypeCode.FIXED16)
_FIXED_DIGITS = {TypeCode.FIXED8: 18, TypeCode.FIXED12: 28, TypeCode.FIXED16: 38}

# What a client shows as length and scale of types that have none of their own.
_SIZES = {
    TypeCode.TINYINT: (3, 0),
    TypeCode.SMALLINT: (5, 0),
    TypeCode.INT: (10, 0),
    TypeCode.BIGINT: (19, 0),
    TypeCode.REAL: (24, 0),
    TypeCode.DOUBLE: (53, 0),
    TypeCode.BOOLEAN: (1, 0),
    TypeCode.DATE: (10, 0),
    TypeCode.TIME: (8, 0),
    TypeCode.TIMESTAMP: (27, 7),
    TypeCode.LONGDATE: (27, 7),
    TypeCode.SECONDDATE: (19, 0),
    TypeCode.DAYDATE: (10, 0),
    TypeCode.SECONDTIME: (8, 0),
    TypeCode.CLOB: (_MAX_I16, 0),
    TypeCode.NCLOB: (_MAX_I16, 0),
    TypeCode.BLOB: (_MAX_I16, 0),
    TypeCode.TEXT: (_MAX_I16, 0),
    TypeCode.BINTEXT: (_MAX_I16, 0),
}


def wire_type(type_: Type, version: int) -> Type:
    """The type under which a client of this data format version gets to know a type of ours.

    Decimals travel as DECIMAL, whose digits every version reads, except those of more than 34 digits, which
    only FIXED16 can hold.
    """
    code = type_.code
    if version < _WITH_NEW_TYPES:
        code = _OLD_TYPES.get(code, code)
    if code is TypeCode.BOOLEAN and version < _WITH_BOOLEAN:
        code = TypeCode.TINYINT
    if code is TypeCode.BINTEXT and version < _WITH_BINTEXT:
        code = TypeCode.NCLOB
    length, scale = _SIZES.get(code, (type_.length, type_.scale))
    if code is TypeCode.SMALLDECIMAL:
        return Type(TypeCode.DECIMAL, 16, FLOATING_SCALE)
    if code in _FIXED:
        code, length = TypeCode.DECIMAL, length or _FIXED_DIGITS[code]
    if code is TypeCode.DECIMAL:
        if scale == FLOATING_SCALE:
            length = decimals.DIGITS
        elif length > decimals.DIGITS and version > WITHOUT_FIXED:
            code = TypeCode.FIXED16
    return Type(code, min(length, _MAX_I16), scale)
