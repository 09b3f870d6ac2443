"""HANA's types: their names, their families, and the type that results from two of them."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.hana.errors import INCONSISTENT_TYPE, HanaError
from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode

TINYINT = Type(TypeCode.TINYINT, 3)
SMALLINT = Type(TypeCode.SMALLINT, 5)
INT = Type(TypeCode.INT, 10)
BIGINT = Type(TypeCode.BIGINT, 19)
DECIMAL = Type(TypeCode.DECIMAL, 34, FLOATING_SCALE)
SMALLDECIMAL = Type(TypeCode.SMALLDECIMAL, 16, FLOATING_SCALE)
REAL = Type(TypeCode.REAL, 24)
DOUBLE = Type(TypeCode.DOUBLE, 53)
BOOLEAN = Type(TypeCode.BOOLEAN, 1)
DAYDATE = Type(TypeCode.DAYDATE, 10)
SECONDTIME = Type(TypeCode.SECONDTIME, 8)
SECONDDATE = Type(TypeCode.SECONDDATE, 19)
LONGDATE = Type(TypeCode.LONGDATE, 27, 7)
CLOB = Type(TypeCode.CLOB, 2147483647)
NCLOB = Type(TypeCode.NCLOB, 2147483647)
BLOB = Type(TypeCode.BLOB, 2147483647)
TEXT = Type(TypeCode.TEXT, 2147483647)
BINTEXT = Type(TypeCode.BINTEXT, 2147483647)
UNTYPED_TEXT = Type(TypeCode.NVARCHAR, 5000)

LONGEST_DECIMAL = 38
LONGEST_TEXT = 5000

SIMPLE = {
    "TINYINT": TINYINT,
    "SMALLINT": SMALLINT,
    "INT": INT,
    "INTEGER": INT,
    "BIGINT": BIGINT,
    "SMALLDECIMAL": SMALLDECIMAL,
    "REAL": REAL,
    "DOUBLE": DOUBLE,
    "BOOLEAN": BOOLEAN,
    "DATE": DAYDATE,
    "DAYDATE": DAYDATE,
    "TIME": SECONDTIME,
    "SECONDTIME": SECONDTIME,
    "SECONDDATE": SECONDDATE,
    "TIMESTAMP": LONGDATE,
    "LONGDATE": LONGDATE,
    "DATETIME": LONGDATE,
    "SMALLDATETIME": SECONDDATE,
    "CLOB": CLOB,
    "NCLOB": NCLOB,
    "BLOB": BLOB,
    "TEXT": TEXT,
    "BINTEXT": BINTEXT,
}
"""Types that are written without a length."""

LONGEST = {
    TypeCode.CHAR: 2000,
    TypeCode.NCHAR: 2000,
    TypeCode.ALPHANUM: 127,
    TypeCode.BINARY: 2000,
}
"""The longest of the types that end before 5000."""

SIZED = {
    "VARCHAR": TypeCode.VARCHAR,
    "NVARCHAR": TypeCode.NVARCHAR,
    "CHAR": TypeCode.CHAR,
    "NCHAR": TypeCode.NCHAR,
    "ALPHANUM": TypeCode.ALPHANUM,
    "SHORTTEXT": TypeCode.SHORTTEXT,
    "VARBINARY": TypeCode.VARBINARY,
    "BINARY": TypeCode.BINARY,
}
"""Types with a length, 1 where none is given."""

DECIMAL_NAMES = frozenset({"DECIMAL", "DEC", "NUMERIC"})

_SYS_NAMES = {
    TypeCode.INT: "INTEGER",
    TypeCode.DAYDATE: "DATE",
    TypeCode.SECONDTIME: "TIME",
    TypeCode.LONGDATE: "TIMESTAMP",
}

INTEGERS = frozenset({TypeCode.TINYINT, TypeCode.SMALLINT, TypeCode.INT, TypeCode.BIGINT})
DECIMALS = frozenset({TypeCode.DECIMAL, TypeCode.SMALLDECIMAL})
FLOATS = frozenset({TypeCode.REAL, TypeCode.DOUBLE})
NUMBERS = INTEGERS | DECIMALS | FLOATS
TEXTS = frozenset(
    {
        TypeCode.CHAR,
        TypeCode.VARCHAR,
        TypeCode.NCHAR,
        TypeCode.NVARCHAR,
        TypeCode.ALPHANUM,
        TypeCode.SHORTTEXT,
        TypeCode.STRING,
        TypeCode.NSTRING,
    }
)
PADDED_TEXTS = frozenset({TypeCode.CHAR, TypeCode.NCHAR})
"""Texts with blanks up to their length."""

FREE_TEXTS = TEXTS - PADDED_TEXTS - {TypeCode.ALPHANUM}
"""Texts that are stored as they are given."""

TEXT_LOBS = frozenset({TypeCode.CLOB, TypeCode.NCLOB, TypeCode.TEXT, TypeCode.BINTEXT})
LOBS = TEXT_LOBS | {TypeCode.BLOB}
BINARIES = frozenset({TypeCode.BINARY, TypeCode.VARBINARY, TypeCode.BSTRING})
DATED = frozenset({TypeCode.DAYDATE, TypeCode.SECONDDATE, TypeCode.LONGDATE})
TIMES = DATED | {TypeCode.SECONDTIME}
_WIDE = frozenset({TypeCode.NVARCHAR, TypeCode.NCHAR, TypeCode.NCLOB, TypeCode.NSTRING, TypeCode.SHORTTEXT})

_DIGITS = {TypeCode.TINYINT: 3, TypeCode.SMALLINT: 5, TypeCode.INT: 10, TypeCode.BIGINT: 19}
_DATE_RANK = (TypeCode.DAYDATE, TypeCode.SECONDDATE, TypeCode.LONGDATE)


def sys_name(type_: Type) -> str:
    """The name that SYS.TABLE_COLUMNS gives a type."""
    return _SYS_NAMES.get(type_.code, type_.code.name)


def check_no_lob(type_: Type | None, where: str, at: int = 0) -> None:
    """266 for a LOB where HANA takes none (SAP, "Large Object (LOB) Data Types")."""
    if type_ is not None and type_.code in LOBS:
        raise HanaError(INCONSISTENT_TYPE, f"inconsistent datatype: a LOB cannot be {where}", at)


def presented(type_: Type) -> Type:
    """The type that selecting a column yields: SHORTTEXT and TEXT are no types of values."""
    if type_.code is TypeCode.SHORTTEXT:
        return Type(TypeCode.NVARCHAR, type_.length)
    return NCLOB if type_.code in (TypeCode.TEXT, TypeCode.BINTEXT) else type_


def decimal(precision: int, scale: int) -> Type:
    """DECIMAL(p, s), cut to 38 digits."""
    return Type(TypeCode.DECIMAL, min(precision, LONGEST_DECIMAL), min(scale, LONGEST_DECIMAL))


def text(length: int, wide: bool = True) -> Type:
    """NVARCHAR(n), or VARCHAR(n); HANA ends at 5000."""
    return Type(TypeCode.NVARCHAR if wide else TypeCode.VARCHAR, max(1, min(length, LONGEST_TEXT)))


def long_text(length: int, wide: bool = True) -> Type:
    """`text`, or one that is longer than columns may be: what is read out of JSON, or written as such."""
    if length <= LONGEST_TEXT:
        return text(length, wide)
    return Type(TypeCode.NVARCHAR if wide else TypeCode.VARCHAR, length)


def longest_of(given: Iterable[Type]) -> Type:
    """The NVARCHAR that any of these texts fits into; not less than UNTYPED_TEXT."""
    return Type(
        TypeCode.NVARCHAR, max([LONGEST_TEXT, *(each.length for each in given if each.code in TEXTS)])
    )


def of_parameter(beside: Type) -> Type:
    """The type of a parameter that takes it from another value: it may be longer than that one is."""
    if beside.code in FREE_TEXTS:
        return longest_of((beside,))
    if beside.code in BINARIES:
        return Type(TypeCode.VARBINARY, max(LONGEST_TEXT, beside.length))
    return beside


def is_wide(type_: Type) -> bool:
    return type_.code in _WIDE


def is_floating(type_: Type) -> bool:
    """Whether a decimal has no fixed scale."""
    return type_.code in DECIMALS and type_.scale == FLOATING_SCALE


def holds(wide: Type, narrow: Type) -> bool:
    """Whether every DECIMAL(p, s) of one type is one of the other as well."""
    if is_floating(wide):
        return narrow.length <= wide.length
    return wide.scale >= narrow.scale and wide.length - wide.scale >= narrow.length - narrow.scale


def as_decimal(type_: Type) -> Type:
    """The decimal type that holds every value of an exact number."""
    return decimal(_DIGITS[type_.code], 0) if type_.code in INTEGERS else type_


def common(left: Type, right: Type, at: int = 0) -> Type:
    """The type in which two values are compared, merged by CASE or UNION; 266 where there is none.

    Follows the order of SAP's "Data Type Conversion": text gives way to everything, exact numbers to floats,
    days to timestamps.
    """
    if left == right:
        return left
    if left.code in NUMBERS and right.code in NUMBERS:
        return _common_number(left, right)
    if left.code in TEXTS and right.code in TEXTS:
        for each in (left, right):
            if each.code is TypeCode.ALPHANUM:
                return each
        return long_text(max(left.length, right.length), is_wide(left) or is_wide(right))
    for first, second in ((left, right), (right, left)):
        met = _meets(first, second)
        if met is not None:
            return met
    raise HanaError(
        INCONSISTENT_TYPE,
        f"inconsistent datatype: {sys_name(left)} is not comparable with {sys_name(right)}",
        at,
    )


def _meets(first: Type, second: Type) -> Type | None:
    if first.code in TEXTS and second.code in NUMBERS | TIMES | LOBS | BINARIES | {TypeCode.BOOLEAN}:
        return second
    if first.code in DATED and second.code in DATED:
        later = max(_DATE_RANK.index(first.code), _DATE_RANK.index(second.code))
        return (DAYDATE, SECONDDATE, LONGDATE)[later]
    if first.code in TEXT_LOBS and second.code in TEXT_LOBS:
        return NCLOB if is_wide(first) or is_wide(second) else CLOB
    if first.code in BINARIES and second.code in BINARIES:
        return Type(TypeCode.VARBINARY, max(first.length, second.length))
    if first.code in BINARIES and second.code is TypeCode.BLOB:
        return BLOB
    return None


def _common_number(left: Type, right: Type) -> Type:
    if left.code in FLOATS or right.code in FLOATS:
        return REAL if left.code == right.code == TypeCode.REAL else DOUBLE
    if left.code in INTEGERS and right.code in INTEGERS:
        return max((left, right), key=lambda type_: type_.length)
    if is_floating(left) or is_floating(right):
        return DECIMAL
    left, right = as_decimal(left), as_decimal(right)
    scale = max(left.scale, right.scale)
    return decimal(max(left.length - left.scale, right.length - right.scale) + scale, scale)


def arithmetic(operator: str, left: Type, right: Type) -> Type:
    """The type of a sum, difference, product or quotient of two numbers."""
    if left.code in FLOATS or right.code in FLOATS:
        return DOUBLE
    if left.code in INTEGERS and right.code in INTEGERS and operator != "/":
        return BIGINT if TypeCode.BIGINT in (left.code, right.code) else INT
    if is_floating(left) or is_floating(right):
        return DECIMAL
    left, right = as_decimal(left), as_decimal(right)
    if operator == "*":
        return _product(left.length + right.length, left.scale + right.scale)
    if operator == "/":
        scale = max(6, left.scale, right.scale)
        return _product(left.length - left.scale + right.scale + scale, scale)
    scale = max(left.scale, right.scale)
    return decimal(max(left.length - left.scale, right.length - right.scale) + scale + 1, scale)


def _product(precision: int, scale: int) -> Type:
    """Beyond 38 digits the point floats, so that no digit in front of it or behind it is lost."""
    return DECIMAL if precision > LONGEST_DECIMAL else decimal(precision, scale)
