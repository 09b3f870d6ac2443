"""JDBC's questions about metadata, as queries on SYS.

SAP's JDBC driver leaves the methods of java.sql.DatabaseMetaData to the server: it prepares `{CALLQ NAME}`,
binds the method's arguments, and hands out the rows as they come. Columns, their order and the order of the
rows are those of the method's documentation. An argument that is NULL restricts nothing.
"""

# ruff: noqa: S608 - the queries are made of constants
from __future__ import annotations

from collections.abc import Mapping

from .jdbc_types import BIG, INT, JAVA_TYPES, NUMBERS, SMALL, TEXT, TEXTS, among, case, select, type_info

_MOST_TYPES = 16
"""Table types that one question may name: the driver fills the rest with NULL."""


def _fits(column: str, parameter: int) -> str:
    """A condition: the column is like a pattern."""
    return f"(:{parameter} IS NULL OR {column} LIKE :{parameter} ESCAPE '\\')"


def _is(column: str, parameter: int) -> str:
    """A condition: the column is what an argument names."""
    return f"(:{parameter} IS NULL OR {column} = :{parameter})"


def _nothing(columns: Mapping[str, str], arguments: int) -> str:
    """A query without rows: what it asks for does not exist here."""
    taken = "".join(f" AND :{number} IS NULL" for number in range(1, arguments + 1))
    return select(columns, f"SYS.DUMMY WHERE 1 = 0{taken}")


def _keys(names: str, kind: str = TEXT) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


_JAVA_TYPE = case("DATA_TYPE_NAME", JAVA_TYPES, "1111")
_RADIX = f"CASE WHEN {among('DATA_TYPE_NAME', NUMBERS)} THEN 10 END"
_OCTETS = f"CASE WHEN {among('DATA_TYPE_NAME', TEXTS)} THEN LENGTH END"

_TYPED = (
    "SELECT SCHEMA_NAME, TABLE_NAME, 'SYSTEM TABLE' AS KIND, COMMENTS FROM SYS.TABLES "
    "WHERE SCHEMA_NAME = 'SYS'",
    (
        "SELECT SCHEMA_NAME, TABLE_NAME, CASE TEMPORARY_TABLE_TYPE WHEN 'NONE' THEN 'TABLE' "
        "ELSE TEMPORARY_TABLE_TYPE || ' TEMPORARY' END, COMMENTS FROM SYS.TABLES WHERE SCHEMA_NAME <> 'SYS'"
    ),
    "SELECT SCHEMA_NAME, VIEW_NAME, 'VIEW', COMMENTS FROM SYS.VIEWS",
    f"SELECT SCHEMA_NAME, SYNONYM_NAME, 'SYNONYM', {TEXT} FROM SYS.SYNONYMS",
)
_KINDS = ("GLOBAL TEMPORARY", "LOCAL TEMPORARY", "SYNONYM", "SYSTEM TABLE", "TABLE", "VIEW")
_ANY_KIND = " AND ".join(f":{number} IS NULL" for number in range(4, 4 + _MOST_TYPES))
_THESE_KINDS = ", ".join(f":{number}" for number in range(4, 4 + _MOST_TYPES))

_TABLES = select(
    {
        "TABLE_CAT": TEXT,
        "TABLE_SCHEM": "SCHEMA_NAME",
        "TABLE_NAME": "TABLE_NAME",
        "TABLE_TYPE": "KIND",
        "REMARKS": "COMMENTS",
        **_keys("TYPE_CAT TYPE_SCHEM TYPE_NAME SELF_REFERENCING_COL_NAME REF_GENERATION"),
    },
    f"({' UNION ALL '.join(_TYPED)}) WHERE {_is(TEXT, 1)} AND {_fits('SCHEMA_NAME', 2)} "
    f"AND {_fits('TABLE_NAME', 3)} AND (({_ANY_KIND}) OR KIND IN ({_THESE_KINDS}))",
    "TABLE_TYPE, TABLE_SCHEM, TABLE_NAME",
)

_SHARED_COLUMNS = (
    "SCHEMA_NAME, {name} AS TABLE_NAME, COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, "
    "DEFAULT_VALUE, COMMENTS, GENERATION_TYPE FROM SYS.{view}"
)
_ALL_COLUMNS = " UNION ALL ".join(
    f"SELECT {_SHARED_COLUMNS.format(name=name, view=view)}"
    for name, view in (("TABLE_NAME", "TABLE_COLUMNS"), ("VIEW_NAME", "VIEW_COLUMNS"))
)

_COLUMNS = select(
    {
        "TABLE_CAT": TEXT,
        "TABLE_SCHEM": "SCHEMA_NAME",
        "TABLE_NAME": "TABLE_NAME",
        "COLUMN_NAME": "COLUMN_NAME",
        "DATA_TYPE": _JAVA_TYPE,
        "TYPE_NAME": "DATA_TYPE_NAME",
        "COLUMN_SIZE": "LENGTH",
        "BUFFER_LENGTH": INT,
        "DECIMAL_DIGITS": "SCALE",
        "NUM_PREC_RADIX": _RADIX,
        "NULLABLE": "CASE IS_NULLABLE WHEN 'TRUE' THEN 1 ELSE 0 END",
        "REMARKS": "COMMENTS",
        "COLUMN_DEF": "DEFAULT_VALUE",
        "SQL_DATA_TYPE": INT,
        "SQL_DATETIME_SUB": INT,
        "CHAR_OCTET_LENGTH": _OCTETS,
        "ORDINAL_POSITION": "POSITION",
        "IS_NULLABLE": "CASE IS_NULLABLE WHEN 'TRUE' THEN 'YES' ELSE 'NO' END",
        **_keys("SCOPE_CATALOG SCOPE_SCHEMA SCOPE_TABLE"),
        "SOURCE_DATA_TYPE": SMALL,
        "IS_AUTOINCREMENT": "CASE WHEN GENERATION_TYPE LIKE '%IDENTITY' THEN 'YES' ELSE 'NO' END",
        "IS_GENERATEDCOLUMN": "CASE WHEN GENERATION_TYPE LIKE 'ALWAYS%AS' THEN 'YES' ELSE 'NO' END",
    },
    f"({_ALL_COLUMNS}) WHERE {_is(TEXT, 1)} AND {_fits('SCHEMA_NAME', 2)} AND {_fits('TABLE_NAME', 3)} "
    f"AND {_fits('COLUMN_NAME', 4)}",
    "TABLE_SCHEM, TABLE_NAME, ORDINAL_POSITION",
)

_PRIMARY_KEYS = select(
    {
        "TABLE_CAT": TEXT,
        "TABLE_SCHEM": "SCHEMA_NAME",
        "TABLE_NAME": "TABLE_NAME",
        "COLUMN_NAME": "COLUMN_NAME",
        "KEY_SEQ": "TO_SMALLINT(POSITION)",
        "PK_NAME": "CONSTRAINT_NAME",
    },
    f"SYS.CONSTRAINTS WHERE IS_PRIMARY_KEY = 'TRUE' AND {_is(TEXT, 1)} AND {_is('SCHEMA_NAME', 2)} "
    f"AND {_is('TABLE_NAME', 3)}",
    "COLUMN_NAME",
)


def _foreign_keys(condition: str, order: str) -> str:
    rules = {"CASCADE": 0, "RESTRICT": 1, "SET NULL": 2, "NO ACTION": 3, "SET DEFAULT": 4}
    return select(
        {
            "PKTABLE_CAT": TEXT,
            "PKTABLE_SCHEM": "REFERENCED_SCHEMA_NAME",
            "PKTABLE_NAME": "REFERENCED_TABLE_NAME",
            "PKCOLUMN_NAME": "REFERENCED_COLUMN_NAME",
            "FKTABLE_CAT": TEXT,
            "FKTABLE_SCHEM": "SCHEMA_NAME",
            "FKTABLE_NAME": "TABLE_NAME",
            "FKCOLUMN_NAME": "COLUMN_NAME",
            "KEY_SEQ": "TO_SMALLINT(POSITION)",
            "UPDATE_RULE": f"TO_SMALLINT({case('UPDATE_RULE', rules, '1')})",
            "DELETE_RULE": f"TO_SMALLINT({case('DELETE_RULE', rules, '1')})",
            "FK_NAME": "CONSTRAINT_NAME",
            "PK_NAME": "REFERENCED_CONSTRAINT_NAME",
            "DEFERRABILITY": "TO_SMALLINT(7)",
        },
        f"SYS.REFERENTIAL_CONSTRAINTS WHERE {condition}",
        order,
    )


def _child(first: int) -> str:
    return f"{_is(TEXT, first)} AND {_is('SCHEMA_NAME', first + 1)} AND {_is('TABLE_NAME', first + 2)}"


_PARENT = f"{_is(TEXT, 1)} AND {_is('REFERENCED_SCHEMA_NAME', 2)} AND {_is('REFERENCED_TABLE_NAME', 3)}"
_BY_PARENT = "PKTABLE_SCHEM, PKTABLE_NAME, FK_NAME, KEY_SEQ"
_BY_CHILD = "FKTABLE_SCHEM, FKTABLE_NAME, FK_NAME, KEY_SEQ"

_INDEX_INFO = select(
    {
        "TABLE_CAT": TEXT,
        "TABLE_SCHEM": "SCHEMA_NAME",
        "TABLE_NAME": "TABLE_NAME",
        "NON_UNIQUE": "CASE WHEN CONSTRAINT IS NULL THEN TRUE ELSE FALSE END",
        "INDEX_QUALIFIER": TEXT,
        "INDEX_NAME": "INDEX_NAME",
        "TYPE": "TO_SMALLINT(3)",
        "ORDINAL_POSITION": "TO_SMALLINT(POSITION)",
        "COLUMN_NAME": "COLUMN_NAME",
        "ASC_OR_DESC": "CASE ASCENDING_ORDER WHEN 'TRUE' THEN 'A' ELSE 'D' END",
        "CARDINALITY": BIG,
        "PAGES": BIG,
        "FILTER_CONDITION": TEXT,
    },
    f"SYS.INDEX_COLUMNS WHERE {_child(1)} AND (:4 = 0 OR CONSTRAINT IS NOT NULL) AND (:5 = 0 OR 1 = 1)",
    "NON_UNIQUE, TYPE, INDEX_NAME, ORDINAL_POSITION",
)

_GRANTED = {
    "GRANTOR": TEXT,
    "GRANTEE": "GRANTEE",
    "PRIVILEGE": "PRIVILEGE",
    "IS_GRANTABLE": "'NO'",
}
_PRIVILEGES = (
    "(SELECT T.SCHEMA_NAME, T.{name} AS TABLE_NAME{more}, G.GRANTEE, G.PRIVILEGE "
    "FROM SYS.GRANTED_PRIVILEGES G JOIN SYS.{view} T ON T.SCHEMA_NAME = G.SCHEMA_NAME "
    "AND (G.OBJECT_NAME IS NULL OR G.OBJECT_NAME = T.{name}))"
)

_TABLE_PRIVILEGES = select(
    {"TABLE_CAT": TEXT, "TABLE_SCHEM": "SCHEMA_NAME", "TABLE_NAME": "TABLE_NAME", **_GRANTED},
    f"{_PRIVILEGES.format(name='TABLE_NAME', view='TABLES', more='')} WHERE {_is(TEXT, 1)} "
    f"AND {_fits('SCHEMA_NAME', 2)} AND {_fits('TABLE_NAME', 3)}",
    "TABLE_SCHEM, TABLE_NAME, PRIVILEGE",
)

_COLUMN_PRIVILEGES = select(
    {
        "TABLE_CAT": TEXT,
        "TABLE_SCHEM": "SCHEMA_NAME",
        "TABLE_NAME": "TABLE_NAME",
        "COLUMN_NAME": "COLUMN_NAME",
        **_GRANTED,
    },
    f"{_PRIVILEGES.format(name='TABLE_NAME', view='TABLE_COLUMNS', more=', T.COLUMN_NAME')} "
    f"WHERE {_child(1)} AND {_fits('COLUMN_NAME', 4)}",
    "COLUMN_NAME, PRIVILEGE",
)

_VERSIONED = {
    "SCOPE": SMALL,
    "COLUMN_NAME": TEXT,
    "DATA_TYPE": INT,
    "TYPE_NAME": TEXT,
    "COLUMN_SIZE": INT,
    "BUFFER_LENGTH": INT,
    "DECIMAL_DIGITS": SMALL,
    "PSEUDO_COLUMN": SMALL,
}
_BEST_ROW = select(
    {
        "SCOPE": "TO_SMALLINT(2)",
        "COLUMN_NAME": "C.COLUMN_NAME",
        "DATA_TYPE": _JAVA_TYPE,
        "TYPE_NAME": "DATA_TYPE_NAME",
        "COLUMN_SIZE": "LENGTH",
        "BUFFER_LENGTH": INT,
        "DECIMAL_DIGITS": "TO_SMALLINT(SCALE)",
        "PSEUDO_COLUMN": "TO_SMALLINT(1)",
    },
    "SYS.TABLE_COLUMNS C JOIN SYS.CONSTRAINTS K ON K.SCHEMA_NAME = C.SCHEMA_NAME "
    "AND K.TABLE_NAME = C.TABLE_NAME AND K.COLUMN_NAME = C.COLUMN_NAME "
    f"WHERE K.IS_PRIMARY_KEY = 'TRUE' AND {_is(TEXT, 1)} "
    f"AND {_is('C.SCHEMA_NAME', 2)} AND {_is('C.TABLE_NAME', 3)}",
    "",
)


_ROUTINE = _keys("COLUMN_NAME") | {
    "COLUMN_TYPE": SMALL,
    "DATA_TYPE": INT,
    "TYPE_NAME": TEXT,
    "PRECISION": INT,
    "LENGTH": INT,
    "SCALE": SMALL,
    "RADIX": SMALL,
    "NULLABLE": SMALL,
    "REMARKS": TEXT,
}
_LAST = {"CHAR_OCTET_LENGTH": INT, "ORDINAL_POSITION": INT, "IS_NULLABLE": TEXT, "SPECIFIC_NAME": TEXT}
_PROCEDURE = _keys("PROCEDURE_CAT PROCEDURE_SCHEM PROCEDURE_NAME")
_FUNCTION = _keys("FUNCTION_CAT FUNCTION_SCHEM FUNCTION_NAME")

JDBC_QUERIES: dict[str, str] = {
    "JDBC_GET_SCHEMAS": select(
        {"TABLE_SCHEM": "SCHEMA_NAME", "TABLE_CATALOG": TEXT},
        f"SYS.SCHEMAS WHERE {_is(TEXT, 1)} AND {_fits('SCHEMA_NAME', 2)}",
        "TABLE_SCHEM",
    ),
    "JDBC_GET_TABLES": _TABLES,
    "JDBC_GET_TABLE_TYPES": " UNION ALL ".join(
        f"SELECT '{kind}' AS TABLE_TYPE FROM SYS.DUMMY" for kind in _KINDS
    )
    + " ORDER BY TABLE_TYPE",
    "JDBC_GET_COLUMNS": _COLUMNS,
    "JDBC_GET_COLUMN_PRIVILEGES": _COLUMN_PRIVILEGES,
    "JDBC_GET_TABLE_PRIVILEGES": _TABLE_PRIVILEGES,
    "JDBC_GET_PRIMARY_KEYS": _PRIMARY_KEYS,
    "JDBC_GET_IMPORTED_KEYS_NEW": _foreign_keys(_child(1), _BY_PARENT),
    "JDBC_GET_EXPORTED_KEYS_NEW": _foreign_keys(_PARENT, _BY_CHILD),
    "JDBC_GET_CROSS_REFERENCE_NEW": _foreign_keys(f"{_PARENT} AND {_child(4)}", _BY_CHILD),
    "JDBC_GET_INDEX_INFO": _INDEX_INFO,
    "JDBC_GET_BEST_ROW_IDENTIFIER": _BEST_ROW,
    "JDBC_GET_VERSION_COLUMNS": _nothing(_VERSIONED, 0),
    "JDBC_GET_TYPE_INFO": type_info(),
    "JDBC_GET_PROCEDURES": _nothing(
        {
            **_PROCEDURE,
            **_keys("RESERVED1 RESERVED2 RESERVED3 REMARKS"),
            "PROCEDURE_TYPE": SMALL,
            "SPECIFIC_NAME": TEXT,
        },
        3,
    ),
    "JDBC_GET_PROCEDURE_COLUMNS": _nothing(
        {
            **_PROCEDURE,
            **_ROUTINE,
            "COLUMN_DEF": TEXT,
            "SQL_DATA_TYPE": INT,
            "SQL_DATETIME_SUB": INT,
            **_LAST,
        },
        4,
    ),
    "JDBC_GET_FUNCTIONS": _nothing(
        {**_FUNCTION, "REMARKS": TEXT, "FUNCTION_TYPE": SMALL, "SPECIFIC_NAME": TEXT}, 3
    ),
    "JDBC_GET_FUNCTION_COLUMNS": _nothing({**_FUNCTION, **_ROUTINE, **_LAST}, 4),
    "JDBC_GET_UDTS": _nothing(
        {
            **_keys("TYPE_CAT TYPE_SCHEM TYPE_NAME CLASS_NAME"),
            "DATA_TYPE": INT,
            "REMARKS": TEXT,
            "BASE_TYPE": SMALL,
        },
        0,
    ),
}
"""The text of each question; `:1` and so on are the arguments of the method."""
