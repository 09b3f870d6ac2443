"""The protocol's data format versions: the type by which each sends a type of ours."""

from __future__ import annotations

from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode

from .constants import MAX_I16

NEWEST = 8
"""The highest version that this server speaks."""
WITHOUT_FIXED = 7
"""The highest version without FIXED8, FIXED12 and FIXED16."""

_WITH_NEW_TYPES = 4
_WITH_BOOLEAN = 7


TEXT_CODES = (
    *(TypeCode.CHAR, TypeCode.VARCHAR, TypeCode.NCHAR, TypeCode.NVARCHAR),
    *(TypeCode.STRING, TypeCode.NSTRING, TypeCode.SHORTTEXT),
)
BINARY_CODES = (TypeCode.BINARY, TypeCode.VARBINARY, TypeCode.BSTRING)
FIXED_SIZES: dict[int, int] = {TypeCode.FIXED8: 8, TypeCode.FIXED12: 12, TypeCode.FIXED16: 16}
"""The bytes of a decimal that travels as an integer, `scale` times ten times as large."""
LOB_CODES = frozenset((TypeCode.CLOB, TypeCode.NCLOB, TypeCode.BLOB, TypeCode.TEXT, TypeCode.BINTEXT))

_FIXED_DIGITS = {TypeCode.FIXED8: 18, TypeCode.FIXED12: 28, TypeCode.FIXED16: 38}
"""The digits that fit into them."""

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

    BINTEXT travels as NCLOB: hdbcli counts it in other units than it asks for, and asks for ever.
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
    if code is TypeCode.DECIMAL and type_.scale != FLOATING_SCALE and version > WITHOUT_FIXED:
        code = next(fixed for fixed, digits in _FIXED_DIGITS.items() if type_.length <= digits)
    return Type(code, min(type_.length, MAX_I16), type_.scale)
