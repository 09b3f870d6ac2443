"""A table with every kind of column, and rows in which the awkward values meet each other and null."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from struct import pack, unpack
from typing import Any

from tokonoma.data.columns import Column, Kind, Table

TRIES = int(os.environ.get("TOKONOMA_TRIES", "3000"))
"""How many random texts are tried; the random filters and orders go by it. 100,000 take some minutes."""
SCHEMA = "SPECIMENS"
COLUMNS = (
    Column("ID", "INTEGER", 10, 0, nullable=False),
    Column("TINY", "TINYINT", 3, 0),
    Column("QTY", "INTEGER", 10, 0),
    Column("BIG", "BIGINT", 19, 0),
    Column("MUST", "INTEGER", 10, 0, nullable=False),
    Column("PRICE", "DECIMAL", 10, 2),
    Column("EXACT", "DECIMAL", 38, 10),
    Column("FLOATING", "DECIMAL", 34, None),
    Column("DOUBLE", "DOUBLE", 15, None),
    Column("REAL", "REAL", 7, None),
    Column("NAME", "NVARCHAR", 20),
    Column("OTHER", "NVARCHAR", 20),
    Column("RAW", "VARBINARY", 16),
    Column("DAY", "DATE", 10),
    Column("CLOCK", "TIME", 8),
    Column("SECONDS", "SECONDDATE", 19),
    Column("MOMENT", "TIMESTAMP", 27, 7),
    Column("FLAG", "BOOLEAN", 1),
    Column("YES", "BOOLEAN", 1, nullable=False),
    Column("NOTE", "NCLOB", 1000),
)
VISIBLE: Mapping[str, Column] = {column.name: column for column in COLUMNS}
TABLE = Table(SCHEMA, "SPECIMEN", "TABLE", COLUMNS, ("ID",))
# The same rows, of which two columns are the key, and no column is.
PAIRED = Table(SCHEMA, "PAIRED", "TABLE", COLUMNS, ("MOMENT", "ID"))

Row = dict[str, Any]
"""By column: Decimal for every number, text for dates and times, bytes, bool, None."""


def words(text: str, between: str | None = None) -> list[str]:
    """What stands between blanks, or between something else."""
    return [word.strip() for word in text.split(between)]


TEXTS = (
    *words("""
    a A ab abc b 50% _ a_c it's " '' ä Ä ß İ ς Σ null 1
    """),
    "",
    "\\",
    "a\\%b",
    " a",
    "a ",
    "\xa0a\t",
    "a%b_c\\d",
    "ab ab",
    "\u2028",
)
DAYS = ("0001-01-01", "1999-12-31", "2020-02-29", "2020-03-01", "9999-12-31")
CLOCKS = ("00:00:00", "00:00:01", "12:30:00", "23:59:59")
FRACTIONS = ("0000000", "0000001", "1234567", "1234568", "9999999")
NUMBERS = ("0", "1", "-1", "2", "3", "-7", "10", "255")
AMOUNTS = ("0", "0.5", "-0.5", "1.10", "2.5", "-2.5", "10.01", "99999999.99")


def _real(text: str) -> Decimal:
    """What a REAL holds of a number."""
    return Decimal(repr(unpack("f", pack("f", float(text)))[0]))


def _moment(random: Random, fractions: tuple[str, ...]) -> str:
    return f"{random.choice(DAYS)} {random.choice(CLOCKS)}.{random.choice(fractions)}"


def make_row(random: Random, identity: int) -> Row:
    """A row whose nullable cells are null one time in five."""
    whole = [Decimal(text) for text in NUMBERS]
    cells: Row = {
        "TINY": Decimal(random.choice(("0", "1", "255"))),
        "QTY": random.choice([*whole, Decimal(2**31 - 1)]),
        "BIG": random.choice([*whole, Decimal(2**63 - 1), Decimal(-(2**63) + 1)]),
        "PRICE": Decimal(random.choice(AMOUNTS)),
        "EXACT": Decimal(
            random.choice((*AMOUNTS, "1234567890123456789012345678.0123456789", "0.0000000001"))
        ),
        "FLOATING": Decimal(random.choice((*AMOUNTS, "1E+30", "1E-30"))),
        "DOUBLE": Decimal(repr(float(random.choice((*AMOUNTS, "0.1", "1e30", "-1e-30"))))),
        "REAL": _real(random.choice(("0.1", "0.5", "-2.5", "3", "16777216"))),
        "NAME": random.choice(TEXTS),
        "OTHER": random.choice(TEXTS),
        "RAW": random.choice((b"", b"\x00", b"\x00\xff", bytes(range(16)), b"text")),
        "DAY": random.choice(DAYS),
        "CLOCK": random.choice(CLOCKS),
        "SECONDS": _moment(random, ("0000000",)),
        "MOMENT": _moment(random, FRACTIONS),
        "FLAG": random.random() < 0.5,
        "NOTE": random.choice(("", "a longer note", "50% of it", "ä")),
    }
    row: Row = {name: None if random.random() < 0.2 else value for name, value in cells.items()}
    return {"ID": Decimal(identity), "MUST": random.choice(whole), "YES": random.random() < 0.5, **row}


def make_rows(seed: int, count: int) -> list[Row]:
    random = Random(seed)  # noqa: S311
    return [make_row(random, identity) for identity in range(1, count + 1)]


def definition(name: str, key: str) -> str:
    """CREATE TABLE, with a key if one is given."""
    sized = {"NVARCHAR", "VARBINARY"}
    parts = []
    for column in COLUMNS:
        size = f"({column.length})" if column.type in sized else ""
        if column.type == "DECIMAL" and column.scale is not None:
            size = f"({column.length}, {column.scale})"
        parts.append(f'"{column.name}" {column.type}{size}{"" if column.nullable else " NOT NULL"}')
    if key:
        parts.append(f"PRIMARY KEY ({key})")
    return f'CREATE COLUMN TABLE "{name}" ({", ".join(parts)})'


def sent(row: Row) -> tuple[Any, ...]:
    """A row as hdbcli takes it."""
    return tuple(_sent(row[column.name], column.kind) for column in COLUMNS)


def _sent(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind is Kind.INTEGER:
        return int(value)
    if kind is Kind.DOUBLE:
        return float(value)
    return value
