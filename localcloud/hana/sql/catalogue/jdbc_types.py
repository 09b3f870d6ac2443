"""HANA's types as JDBC names them, and what its questions about metadata are written with."""

# ruff: noqa: S608 - the queries are made of constants
from __future__ import annotations

from collections.abc import Iterable, Mapping

JAVA_TYPES = {
    "TINYINT": -6,
    "SMALLINT": 5,
    "INTEGER": 4,
    "BIGINT": -5,
    "DECIMAL": 3,
    "SMALLDECIMAL": 3,
    "REAL": 7,
    "DOUBLE": 8,
    "BOOLEAN": 16,
    "CHAR": 1,
    "VARCHAR": 12,
    "NCHAR": -15,
    "NVARCHAR": -9,
    "ALPHANUM": -9,
    "SHORTTEXT": -9,
    "BINARY": -2,
    "VARBINARY": -3,
    "DATE": 91,
    "TIME": 92,
    "SECONDDATE": 93,
    "TIMESTAMP": 93,
    "CLOB": 2005,
    "NCLOB": 2011,
    "TEXT": 2011,
    "BINTEXT": 2011,
    "BLOB": 2004,
}
"""HANA's types, and the numbers of java.sql.Types."""

_PRECISIONS = {
    "TINYINT": 3,
    "SMALLINT": 5,
    "INTEGER": 10,
    "BIGINT": 19,
    "DECIMAL": 38,
    "SMALLDECIMAL": 16,
    "REAL": 24,
    "DOUBLE": 53,
    "BOOLEAN": 1,
    "CHAR": 2000,
    "NCHAR": 2000,
    "ALPHANUM": 127,
    "BINARY": 2000,
    "DATE": 10,
    "TIME": 8,
    "SECONDDATE": 19,
    "TIMESTAMP": 27,
    "CLOB": 2147483647,
    "NCLOB": 2147483647,
    "TEXT": 2147483647,
    "BINTEXT": 2147483647,
    "BLOB": 2147483647,
}
"""The longest, or the most digits; 5000 for those that are not named."""

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "SMALLDECIMAL", "REAL", "DOUBLE")
TEXTS = ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR", "ALPHANUM", "SHORTTEXT", "CLOB", "NCLOB", "TEXT", "BINTEXT")
_QUOTED = (*TEXTS[:6], "DATE", "TIME", "SECONDDATE", "TIMESTAMP")
_LOBS = ("CLOB", "NCLOB", "TEXT", "BINTEXT", "BLOB")

TEXT = "CAST(NULL AS NVARCHAR(256))"
INT = "CAST(NULL AS INTEGER)"
SMALL = "CAST(NULL AS SMALLINT)"
BIG = "CAST(NULL AS BIGINT)"


def case(subject: str, values: Mapping[str, int], otherwise: str) -> str:
    """A CASE over names."""
    branches = " ".join(f"WHEN '{name}' THEN {value}" for name, value in values.items())
    return f"CASE {subject} {branches} ELSE {otherwise} END"


def among(subject: str, names: Iterable[str]) -> str:
    """A condition: the subject is one of these names."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"{subject} IN ({listed})"


def select(columns: Mapping[str, str], source: str, order: str = "") -> str:
    """A query, its columns by their names."""
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    query = f"SELECT {listed} FROM {source}"
    # From outside, so that the names of the columns are those that they have here.
    return f"SELECT * FROM ({query}) ORDER BY {order}" if order else query


def type_info() -> str:
    """The query behind getTypeInfo."""
    parts = []
    for name, java in sorted(JAVA_TYPES.items(), key=lambda item: (item[1], item[0])):
        quote = "''''" if name in _QUOTED else TEXT
        asked = {"DECIMAL": "'precision,scale'"}.get(name, TEXT)
        if name in (*TEXTS[:6], "BINARY", "VARBINARY"):
            asked = "'length'"
        number = name in NUMBERS
        parts.append(
            select(
                {
                    "TYPE_NAME": f"'{name}'",
                    "DATA_TYPE": str(java),
                    "PRECISION": str(_PRECISIONS.get(name, 5000)),
                    "LITERAL_PREFIX": quote,
                    "LITERAL_SUFFIX": quote,
                    "CREATE_PARAMS": asked,
                    "NULLABLE": "TO_SMALLINT(1)",
                    "CASE_SENSITIVE": "TRUE" if name in TEXTS else "FALSE",
                    "SEARCHABLE": f"TO_SMALLINT({0 if name in _LOBS else 3})",
                    "UNSIGNED_ATTRIBUTE": "TRUE" if name == "TINYINT" or not number else "FALSE",
                    "FIXED_PREC_SCALE": "FALSE",
                    "AUTO_INCREMENT": "TRUE" if number and name not in ("REAL", "DOUBLE") else "FALSE",
                    "LOCAL_TYPE_NAME": f"'{name}'",
                    "MINIMUM_SCALE": "TO_SMALLINT(0)",
                    "MAXIMUM_SCALE": f"TO_SMALLINT({38 if name == 'DECIMAL' else 0})",
                    "SQL_DATA_TYPE": INT,
                    "SQL_DATETIME_SUB": INT,
                    "NUM_PREC_RADIX": "10" if number else INT,
                },
                "SYS.DUMMY",
            )
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY DATA_TYPE, TYPE_NAME"
