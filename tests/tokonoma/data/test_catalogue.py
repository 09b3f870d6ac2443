"""The catalogue leaves out what cannot be read, says why, and is the same however it is sliced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tokonoma.data import catalogue
from tokonoma.errors import HanaObjectChanged

Select = Callable[..., list[Any]]
DEFINITIONS = (
    "CREATE COLUMN TABLE SHELF (ID INTEGER PRIMARY KEY, NAME NVARCHAR(20) COMMENT 'Name')",
    "CREATE COLUMN TABLE EMPTY_ONE (ID INTEGER)",
    "CREATE COLUMN TABLE SIXTEEN ("
    + ", ".join(f"K{n} INTEGER" for n in range(16))
    + ", V INTEGER, PRIMARY KEY "
    "(" + ", ".join(f"K{n}" for n in range(16)) + "))",
    "CREATE LOCAL TEMPORARY TABLE #MINE (ID INTEGER)",
    'CREATE COLUMN TABLE "Älteste" (ID INTEGER PRIMARY KEY)',
    'CREATE COLUMN TABLE "🌸" (ID INTEGER PRIMARY KEY)',
    'CREATE COLUMN TABLE "%" (ID INTEGER PRIMARY KEY)',
    "CREATE VIEW NAMES AS SELECT NAME, LENGTH(NAME) AS SIZE FROM SHELF",
    "CREATE COLUMN TABLE GOING (ID INTEGER)",
    "CREATE VIEW LEFT_BEHIND AS SELECT ID FROM GOING",
    "DROP TABLE GOING",
    "CREATE SYNONYM DIRECT FOR SHELF",
    "CREATE SYNONYM DANGLING FOR NOWHERE",
    "CREATE SYNONYM CHAINED FOR DIRECT",
)


@pytest.fixture(scope="module")
def select(authority: Authority) -> Iterator[Select]:
    with LocalHana(authority=authority, schema="STORE") as hana:
        connection = connect(hana.binding(), owner=True)
        for definition in DEFINITIONS:
            connection.cursor().execute(definition)
        connection.commit()

        def select(sql: str, values: Sequence[object] = ()) -> list[Any]:
            cursor = connection.cursor()
            cursor.execute(sql, tuple(values)) if values else cursor.execute(sql)
            return list(cursor.fetchall())

        yield select
        connection.close()


TABLES = {"SHELF", "EMPTY_ONE", "SIXTEEN", "Älteste", "🌸", "%", "NAMES"}


def test_temporary_tables_and_broken_views_stay_out(select: Select) -> None:
    """Groups 5.1.11, 5.4.30 and 5.6.33."""
    found = catalogue.read(select, "STORE")
    assert set(found.tables) == TABLES
    assert found.left_out == {"LEFT_BEHIND": "the view is invalid: something that it reads is gone"}
    assert len(found.tables["SIXTEEN"].key) == 16


def test_synonyms_are_followed_if_they_are_named_and_lead_somewhere(select: Select) -> None:
    """Group 5.6.33: a synonym that dangles, or leads to another one, is left out and stops nothing."""
    found = catalogue.read(select, "STORE", lambda name: True)
    assert set(found.tables) >= {*TABLES, "DIRECT"}
    assert found.tables["DIRECT"].columns == found.tables["SHELF"].columns
    for name in ("DANGLING", "CHAINED"):
        assert name in found.left_out or found.tables[name].columns == found.tables["SHELF"].columns
    assert "nothing that can be shown" in found.left_out["DANGLING"]


def test_rows_may_come_as_they_are_read_one_statement_after_the_other(select: Select) -> None:
    """A stream holds a connection, of which there may be one only."""
    open_ones = 0

    def rows(sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        nonlocal open_ones
        open_ones += 1
        assert open_ones == 1
        yield from select(sql, values)
        open_ones -= 1

    everything = catalogue.read(select, "STORE", lambda name: True)
    assert catalogue.read(rows, "STORE", lambda name: True) == everything
    assert open_ones == 0


def test_an_empty_schema_has_no_objects(select: Select) -> None:
    """Group 5.6.33."""
    found = catalogue.read(select, "NOTHING_HERE")
    assert (found.tables, found.left_out) == ({}, {})


def faked(rows: Mapping[str, list[tuple[object, ...]]]) -> Select:
    """Answers as HANA would for objects that the local HANA refuses to make."""

    def ask(sql: str, _values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        name = "hidden" if "IS_HIDDEN" in sql else sql.split(" FROM ")[1].split()[0]
        return rows.get(name, [])

    return ask


def test_a_column_that_hana_computes_is_left_out_and_an_identity_is_not(authority: Authority) -> None:
    """Group 5.4.30: it would tell what the policy withholds of the columns that it is computed from."""
    with LocalHana(authority=authority, schema="SHOP") as hana:
        connection = connect(hana.binding(), owner=True)
        cursor = connection.cursor()
        cursor.execute(
            "CREATE COLUMN TABLE SALE (ID INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, NET INTEGER,"
            " GROSS INTEGER GENERATED ALWAYS AS (NET * 2))"
        )
        cursor.execute("CREATE VIEW SUMS AS SELECT ID, NET + 1 AS MORE, GROSS FROM SALE")
        cursor.execute("CREATE SYNONYM SOLD FOR SALE")

        def ask(sql: str, values: Sequence[object] = ()) -> list[Any]:
            cursor.execute(sql, tuple(values))
            return list(cursor.fetchall())

        found = catalogue.read(ask, "SHOP", lambda name: True).tables
        connection.close()
    names = {name: [column.name for column in table.columns] for name, table in found.items()}
    assert names == {"SALE": ["ID", "NET"], "SOLD": ["ID", "NET"], "SUMS": ["ID", "MORE", "GROSS"]}
    assert found["SALE"].key == ("ID",)
    assert found["SALE"].left_out == {"GROSS": "HANA computes it from other columns"}


@pytest.mark.parametrize("knows", [True, False])
def test_a_hidden_column_is_left_out(knows: bool) -> None:
    """Group 5.4.30. Faked, because the local HANA makes none; an older HANA does not know of any."""
    rows = faked(
        {
            "SYS.TABLES": [("PRICE", None)],
            "SYS.TABLE_COLUMNS": [
                ("PRICE", "ID", "INTEGER", 10, 0, "FALSE", None, None, None),
                ("PRICE", "SINCE", "TIMESTAMP", 27, 7, "FALSE", None, None, None),
            ],
            "hidden": [("PRICE", "SINCE")],
        }
    )

    def ask(sql: str, values: Sequence[object] = ()) -> list[Any]:
        if "IS_HIDDEN" in sql and not knows:
            raise HanaObjectChanged("pyhana")
        return rows(sql, values)

    table = catalogue.read(ask, "S").tables["PRICE"]
    assert [column.name for column in table.columns] == (["ID"] if knows else ["ID", "SINCE"])
    assert table.left_out == ({"SINCE": "it is hidden in HANA"} if knows else {})


def test_objects_with_names_of_hanas_own_are_left_out() -> None:
    """Group 5.1.11: a pattern of the policy would show them."""
    ask = faked({"SYS.TABLES": [("_SYS_SPLIT", None), ("$TA_NOTES", None)]})
    found = catalogue.read(ask, "S")
    assert found.left_out == dict.fromkeys(
        ("_SYS_SPLIT", "$TA_NOTES"), "its name begins like those of HANA's own objects"
    )


def test_a_view_with_parameters_is_left_out() -> None:
    """Group 5.6.33: a SELECT without arguments would fail."""
    ask = faked(
        {
            "SYS.VIEWS": [("SALES", None, "TRUE", "TRUE"), ("PLAIN", None, "TRUE", "FALSE")],
            "SYS.VIEW_COLUMNS": [
                ("PLAIN", "ID", "INTEGER", 10, 0, "TRUE", None, None, None),
                ("SALES", "ID", "INTEGER", 10, 0, "TRUE", None, None, None),
            ],
        }
    )
    found = catalogue.read(ask, "S")
    assert set(found.tables) == {"PLAIN"}
    assert found.left_out == {"SALES": "a view with parameters cannot be shown"}


def test_a_table_type_is_no_table(select: Select) -> None:
    """Group 5.6.33: HANA lists those of procedures among the tables."""
    asked: list[str] = []

    def ask(sql: str, values: Sequence[object] = ()) -> list[Any]:
        asked.append(sql)
        return select(sql, values)

    catalogue.read(ask, "STORE")
    [tables] = [sql for sql in asked if "FROM SYS.TABLES " in sql]
    assert "IS_USER_DEFINED_TYPE = 'FALSE'" in tables


@pytest.mark.parametrize("length", [None, 0])
def test_a_length_that_hana_does_not_tell_is_none(length: int | None) -> None:
    """Group 5.6.35: it is left out of metadata, and is never 0."""
    ask = faked(
        {
            "SYS.VIEWS": [("PLAIN", None, "TRUE", "FALSE")],
            "SYS.VIEW_COLUMNS": [("PLAIN", "NAME", "NVARCHAR", length, None, "TRUE", None, None, None)],
        }
    )
    [column] = catalogue.read(ask, "S").tables["PLAIN"].columns
    assert column.length is None
