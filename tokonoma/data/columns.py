"""Tables, views and their columns, as the catalogue finds them and everything else uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What can be done with a value; HANA's types fall into these. Each value is its name in sentences."""

    BOOLEAN = "a boolean"
    INTEGER = "an integer"
    DECIMAL = "a decimal"
    DOUBLE = "a floating-point number"
    TEXT = "a text"
    BINARY = "a binary value"
    DATE = "a date"
    TIME = "a time of day"
    MOMENT = "a date with time"
    LARGE_TEXT = "a large text"
    LARGE_BINARY = "a large binary value"
    NULL = "null"
    """The literal alone: it goes with everything."""


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE})
KEYS = frozenset(
    {Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.DATE, Kind.TIME, Kind.MOMENT, Kind.BINARY}
)
"""What a key may be made of (OData CSDL 6.5); binary values stand in keys as hexadecimal text."""
LARGE = frozenset({Kind.LARGE_TEXT, Kind.LARGE_BINARY})

KINDS = {
    "BOOLEAN": Kind.BOOLEAN,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), Kind.INTEGER),
    **dict.fromkeys(("DECIMAL", "SMALLDECIMAL"), Kind.DECIMAL),
    **dict.fromkeys(("REAL", "DOUBLE", "FLOAT"), Kind.DOUBLE),
    **dict.fromkeys(("VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "ALPHANUM", "SHORTTEXT"), Kind.TEXT),
    **dict.fromkeys(("BINARY", "VARBINARY"), Kind.BINARY),
    "DATE": Kind.DATE,
    "TIME": Kind.TIME,
    **dict.fromkeys(("SECONDDATE", "TIMESTAMP"), Kind.MOMENT),
    **dict.fromkeys(("CLOB", "NCLOB", "TEXT", "BINTEXT"), Kind.LARGE_TEXT),
    "BLOB": Kind.LARGE_BINARY,
}
"""The types that can be shown, by DATA_TYPE_NAME in HANA's SYS.TABLE_COLUMNS."""


PADDED = frozenset({"CHAR", "NCHAR"})
"""Texts whose blanks at the end do not count where HANA compares."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is one of `KINDS`."""

    name: str
    type: str
    length: int | None = None
    """Characters, bytes or digits; None where HANA does not say, as for some views."""
    scale: int | None = None
    """Digits behind the point; None for a floating DECIMAL."""
    nullable: bool = True
    comment: str = ""
    default: str | None = None
    """The default value as the table's definition has it."""

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` refer, in this order, to `referenced` of another table."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view; `key` are names of columns that are unique together, empty if none are known."""

    schema: str
    name: str
    kind: str
    """What it is: TABLE or VIEW."""
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why a column is not among `columns`, by its name."""
