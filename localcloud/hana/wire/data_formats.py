"""The protocol's data format versions: the type by which each sends a type of ours."""

from __future__ import annotations

from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode

from . import decimals
from .constants import MAX_I16

NEWEST = 8
"""The highest version that this server speaks."""
WITHOUT_FIXED = 7
"""The highest version without FIXED16."""

_WITH_NEW_TYPES = 4
_WITH_BOOLEAN = 7


TEXT_CODES = (
    *(TypeCode.CHAR, TypeCode.VARCHAR, TypeCode.NCHAR, TypeCode.NVARCHAR),
    *(TypeCode.STRING, TypeCode.NSTRING, TypeCode.SHORTTEXT),
)
BINARY_CODES = (TypeCode.BINARY, TypeCode.VARBINARY, TypeCode.BSTRING)
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


def wire_type(type_: Type, version: int) -> Type:
    """The type by which a value of a type is sent to a client of this data format version.

    Decimals travel as DECIMAL, whose digits every version reads, except those of more than 34 digits, which
    only FIXED16 can hold. BINTEXT travels as NCLOB: hdbcli counts it in other units than it asks for,
    and asks for ever.
    """
    code = type_.code
    if version < _WITH_NEW_TYPES:
        code = _OLD_TYPES.get(code, code)
    if code is TypeCode.BOOLEAN and version < _WITH_BOOLEAN:
        code = TypeCode.TINYINT
    if code is TypeCode.BINTEXT:
        code = TypeCode.NCLOB
    if code is TypeCode.SMALLDECIMAL:
        code = TypeCode.DECIMAL
    is_long = type_.length > decimals.DIGITS and type_.scale != FLOATING_SCALE
    if code is TypeCode.DECIMAL and is_long and version > WITHOUT_FIXED:
        code = TypeCode.FIXED16
    return Type(code, min(type_.length, MAX_I16), type_.scale)
