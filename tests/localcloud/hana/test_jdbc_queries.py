"""JDBC's questions about metadata, as its driver puts them; tests/clients asks them through the driver."""

from __future__ import annotations

from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.sql.catalogue.jdbc_queries import JDBC_QUERIES

from .conftest import fetched

ARGUMENTS = {
    "SCHEMAS": 2,
    "TABLES": 19,
    "TABLE_TYPES": 0,
    "COLUMNS": 4,
    "COLUMN_PRIVILEGES": 4,
    "TABLE_PRIVILEGES": 3,
    "PRIMARY_KEYS": 3,
    "IMPORTED_KEYS_NEW": 3,
    "EXPORTED_KEYS_NEW": 3,
    "CROSS_REFERENCE_NEW": 6,
    "INDEX_INFO": 5,
    "PROCEDURES": 3,
    "PROCEDURE_COLUMNS": 4,
    "FUNCTIONS": 3,
    "FUNCTION_COLUMNS": 4,
    "TYPE_INFO": 0,
    "BEST_ROW_IDENTIFIER": 3,
    "VERSION_COLUMNS": 0,
    "UDTS": 0,
}
"""How many values the driver binds."""


@pytest.fixture(scope="module", autouse=True)
def tables(request: pytest.FixtureRequest) -> None:
    """A parent and a child, with a view."""
    from localcloud import pytest_plugin

    connection = pytest_plugin.connect(request.getfixturevalue("server"), owner=True)
    cursor = connection.cursor()
    for statement in (
        "CREATE COLUMN TABLE JDBC_PARENT (A INTEGER, B NVARCHAR(5), PRIMARY KEY (B, A))",
        "CREATE ROW TABLE JDBC_CHILD (ID BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "A INTEGER NOT NULL, B NVARCHAR(5), D DECIMAL(10, 2) DEFAULT 1.5, N NCLOB, "
        "CONSTRAINT JDBC_FK FOREIGN KEY (B, A) REFERENCES JDBC_PARENT (B, A) ON DELETE CASCADE)",
        "CREATE UNIQUE INDEX JDBC_UNIQUE ON JDBC_CHILD (D DESC)",
        "CREATE INDEX JDBC_PLAIN ON JDBC_CHILD (A, B)",
        "CREATE VIEW JDBC_VIEW AS SELECT A AS X FROM JDBC_CHILD",
        "COMMENT ON TABLE JDBC_CHILD IS 'a child'",
    ):
        cursor.execute(statement)
    connection.close()


def asked(cursor: Any, name: str, *arguments: object) -> list[dict[str, Any]]:
    """The rows of a question, by the names of its columns."""
    given = (*arguments, *[None] * (ARGUMENTS[name] - len(arguments)))
    cursor.execute(f"{{CALLQ JDBC_GET_{name}}}", given) if given else cursor.execute(
        f"{{CALLQ JDBC_GET_{name}}}"
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in fetched(cursor)]


def test_every_question_is_answered_with_as_many_arguments_as_the_driver_has(cursor: Any) -> None:
    assert {f"JDBC_GET_{name}" for name in ARGUMENTS} == set(JDBC_QUERIES)
    for name in ARGUMENTS:
        asked(cursor, name)


def test_an_unknown_question_is_refused_by_name(cursor: Any) -> None:
    with pytest.raises(dbapi.NotSupportedError, match="metadata query JDBC_GET_LUCKY"):
        cursor.execute("{CALLQ JDBC_GET_LUCKY}")


def test_patterns_choose_schemas_and_tables(cursor: Any) -> None:
    assert [row["TABLE_SCHEM"] for row in asked(cursor, "SCHEMAS", None, "WI%E")] == ["WIRE"]
    found = asked(cursor, "TABLES", None, "WIRE", "JDBC\\_%")
    assert [(row["TABLE_NAME"], row["TABLE_TYPE"], row["REMARKS"]) for row in found] == [
        ("JDBC_CHILD", "TABLE", "a child"),
        ("JDBC_PARENT", "TABLE", None),
        ("JDBC_VIEW", "VIEW", None),
    ]
    found = asked(cursor, "TABLES", None, "WIRE", "JDBC%", "VIEW", "SYNONYM")
    assert [row["TABLE_NAME"] for row in found] == ["JDBC_VIEW"]


def test_columns_are_described(cursor: Any) -> None:
    found = asked(cursor, "COLUMNS", None, "WIRE", "JDBC_CHILD", "%")
    shown = (
        *(
            "COLUMN_NAME",
            "DATA_TYPE",
            "TYPE_NAME",
            "COLUMN_SIZE",
            "DECIMAL_DIGITS",
            "NULLABLE",
            "IS_NULLABLE",
        ),
        *("COLUMN_DEF", "ORDINAL_POSITION", "IS_AUTOINCREMENT"),
    )
    assert [tuple(row[name] for name in shown) for row in found] == [
        ("ID", -5, "BIGINT", 19, 0, 0, "NO", None, 1, "YES"),
        ("A", 4, "INTEGER", 10, 0, 0, "NO", None, 2, "NO"),
        ("B", -9, "NVARCHAR", 5, None, 1, "YES", None, 3, "NO"),
        ("D", 3, "DECIMAL", 10, 2, 1, "YES", "1.5", 4, "NO"),
        ("N", 2011, "NCLOB", 2147483647, None, 1, "YES", None, 5, "NO"),
    ]
    assert len(found[0]) == 24
    assert [row["COLUMN_NAME"] for row in asked(cursor, "COLUMNS", None, None, "JDBC_VIEW")] == ["X"]


def test_keys_are_told_in_the_order_of_their_columns(cursor: Any) -> None:
    found = asked(cursor, "PRIMARY_KEYS", None, "WIRE", "JDBC_PARENT")
    assert [(row["COLUMN_NAME"], row["KEY_SEQ"]) for row in found] == [("A", 2), ("B", 1)]
    expected = [
        ("JDBC_PARENT", "B", "JDBC_CHILD", "B", 1, 1, 0, "JDBC_FK"),
        ("JDBC_PARENT", "A", "JDBC_CHILD", "A", 2, 1, 0, "JDBC_FK"),
    ]
    shown = (
        *("PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FKCOLUMN_NAME"),
        *("KEY_SEQ", "UPDATE_RULE", "DELETE_RULE", "FK_NAME"),
    )
    both = (None, "WIRE", "JDBC_PARENT", None, "WIRE", "JDBC_CHILD")
    for name, arguments in (
        ("IMPORTED_KEYS_NEW", (None, "WIRE", "JDBC_CHILD")),
        ("EXPORTED_KEYS_NEW", (None, "WIRE", "JDBC_PARENT")),
        ("CROSS_REFERENCE_NEW", both),
    ):
        assert [tuple(row[each] for each in shown) for row in asked(cursor, name, *arguments)] == expected
    assert asked(cursor, "IMPORTED_KEYS_NEW", None, "WIRE", "JDBC_PARENT") == []


def test_indexes_are_told_the_unique_ones_alone_if_asked(cursor: Any) -> None:
    shown = ("INDEX_NAME", "NON_UNIQUE", "ORDINAL_POSITION", "COLUMN_NAME", "ASC_OR_DESC")
    found = asked(cursor, "INDEX_INFO", None, "WIRE", "JDBC_CHILD", 0, 1)
    assert [tuple(row[name] for name in shown) for row in found if row["COLUMN_NAME"] != "ID"] == [
        ("JDBC_UNIQUE", False, 1, "D", "D"),
        ("JDBC_PLAIN", True, 1, "A", "A"),
        ("JDBC_PLAIN", True, 2, "B", "A"),
    ]
    found = asked(cursor, "INDEX_INFO", None, "WIRE", "JDBC_CHILD", 1, 1)
    assert {row["INDEX_NAME"] for row in found} >= {"JDBC_UNIQUE"}
    assert not any(row["NON_UNIQUE"] for row in found)


def test_a_row_is_best_known_by_its_primary_key(cursor: Any) -> None:
    found = asked(cursor, "BEST_ROW_IDENTIFIER", None, "WIRE", "JDBC_PARENT")
    assert {(row["COLUMN_NAME"], row["DATA_TYPE"]) for row in found} == {("A", 4), ("B", -9)}


def test_types_are_listed_by_their_numbers(cursor: Any) -> None:
    numbers = [row["DATA_TYPE"] for row in asked(cursor, "TYPE_INFO")]
    assert numbers == sorted(numbers)
    assert len(numbers) == 26
    cursor.execute("{CALLQ JDBC_GET_TYPE_INFO}")
    assert len(cursor.description) == 18


@pytest.mark.parametrize("text", ["{call CHECK_CATALOG(?)}", "{ ? = call P(1) }", "{CALL SYS.CHECK_CATALOG}"])
def test_a_call_in_braces_is_a_call(cursor: Any, text: str) -> None:
    with pytest.raises(dbapi.NotSupportedError, match="procedure"):
        cursor.prepare(text)


def test_parameters_may_be_numbered(cursor: Any) -> None:
    cursor.execute("SELECT :2 || :1 || :2 FROM DUMMY", ("a", "b"))
    assert fetched(cursor) == [("bab",)]
    with pytest.raises(dbapi.ProgrammingError, match="syntax"):
        cursor.prepare("SELECT :0 FROM DUMMY")
    with pytest.raises(dbapi.NotSupportedError, match="variable :X"):
        cursor.prepare("SELECT :x FROM DUMMY")


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("CREATE PROCEDURE P (IN x INTEGER) AS BEGIN SELECT :x FROM DUMMY; END", "CREATE PROCEDURE"),
        ("DO BEGIN DECLARE x INTEGER; x := :x[1] % 2; END", "DO BEGIN … DECLARE"),
    ],
)
def test_sqlscript_is_refused_by_name_whatever_stands_in_it(cursor: Any, text: str, feature: str) -> None:
    with pytest.raises(dbapi.NotSupportedError, match=feature):
        cursor.prepare(text)
