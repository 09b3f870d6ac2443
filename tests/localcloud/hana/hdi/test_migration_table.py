"""Tables that change by the steps that their file has."""

from __future__ import annotations

import pytest

from .conftest import Deployer

FIRST = "== version=1\n-- the first\nCOLUMN TABLE T (ID INTEGER PRIMARY KEY, A NVARCHAR(9))\n"
SECOND = (
    "== version=2\nCOLUMN TABLE T (ID INTEGER PRIMARY KEY, A NVARCHAR(9), B NVARCHAR(9))\n\n"
    "== migration=2\nALTER TABLE T ADD (B NVARCHAR(9));\nUPDATE T SET B = A\n"
)
THIRD = (
    "== version=3\nCOLUMN TABLE T (ID INTEGER PRIMARY KEY, B NVARCHAR(9))\n\n"
    "== migration=3\nALTER TABLE T DROP (A)\n" + SECOND[SECOND.index("== migration=2") :]
)
PATH = "src/T.hdbmigrationtable"


def test_the_steps_between_two_versions_are_run(deployer: Deployer) -> None:
    assert deployer.deploy({PATH: FIRST}).errors == []
    deployer.run("INSERT INTO T VALUES (1, 'x')")
    assert deployer.deploy({PATH: THIRD}).errors == []
    assert deployer.query("SELECT * FROM T") == [(1, "x")]
    assert deployer.query(
        "SELECT COLUMN_NAME FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = 'C' ORDER BY POSITION"
    ) == [
        ("ID",),
        ("B",),
    ]


def test_in_development_mode_the_table_follows_what_is_written(deployer: Deployer) -> None:
    deployer.deploy({PATH: FIRST})
    deployer.run("INSERT INTO T VALUES (1, 'x')")
    mode = {"COM.SAP.HANA.DI.TABLE.MIGRATION/DEVELOPMENT_MODE": "TRUE"}
    assert deployer.deploy({PATH: FIRST.replace("9)", "50), C DATE")}, **mode).errors == []  # type: ignore[arg-type]
    assert deployer.query("SELECT * FROM T") == [(1, "x", None)]


def test_a_new_table_is_made_as_it_is_written(deployer: Deployer) -> None:
    assert deployer.deploy({PATH: SECOND}).errors == []
    assert deployer.query("SELECT ID, A, B FROM T") == []


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (
            FIRST.replace("9)", "50)"),
            "3",
            "the migrations to version 1 do not lead to the table as it is written",
        ),
        (SECOND.replace("ADD (B", "ADD (C").replace("SET B", "SET C"), "2", "do not lead to the table"),
        (SECOND[: SECOND.index("== migration")], "", "has no migration to version 2"),
        (SECOND.replace("UPDATE T", "UPDATE NOWHERE"), "6", 'its own table "T" only, and changes "NOWHERE"'),
        (SECOND + "== migration=2\nALTER TABLE T ADD (C INTEGER)", "7", "has two migrations to version 2"),
        ("COLUMN TABLE T (A INTEGER)", "1", "must begin with == version="),
        ("== version=1\n", "1", "must have one version, with one table"),
        (FIRST + "== version=2\nCOLUMN TABLE T (A INTEGER)", "4", "must have one version, with one table"),
    ],
)
def test_steps_that_do_not_fit_are_named(deployer: Deployer, content: str, line: str, text: str) -> None:
    deployer.deploy({PATH: FIRST})
    deployer.run("INSERT INTO T VALUES (1, 'x')")
    ((path, said, location),) = deployer.deploy({PATH: content}).errors
    assert (path, location) == (PATH, line)
    assert text in str(said)
    assert deployer.query("SELECT * FROM T") == [(1, "x")]


def test_a_lower_version_is_refused(deployer: Deployer) -> None:
    assert deployer.deploy({PATH: SECOND}).errors == []
    deployer.run("INSERT INTO T VALUES (1, 'x', 'y')")
    ((path, said, location),) = deployer.deploy({PATH: FIRST}).errors
    assert (path, location) == (PATH, "1")
    assert "has version 1, but the table is deployed with version 2" in str(said)
    assert deployer.query("SELECT * FROM T") == [(1, "x", "y")]


def test_a_migration_changes_its_own_table_and_nothing_else(deployer: Deployer) -> None:
    deployer.deploy({PATH: FIRST})
    deployer.run("INSERT INTO T VALUES (1, 'x')")
    for content, line, text in (
        (SECOND + "; DROP TABLE T", "7", "a migration may hold ALTER TABLE, RENAME COLUMN, INSERT"),
        (SECOND + ";\nCREATE TABLE EXTRA (A INTEGER)", "8", "and holds CREATE TABLE EXTRA (A INTEGER)"),
        (SECOND + ";\nCOMMIT", "8", "and holds COMMIT"),
        (SECOND + ";\nINSERT INTO T SELECT * FROM OTHER.T", "8", "must name no schema, and names OTHER"),
        (SECOND + ";\nALTER TABLE T\n ADD (C FOO)", "9", "264: invalid datatype: FOO (column 9)"),
        (FIRST.replace("=1", "=" + "1" * 5000), "1", "a version is a number from 1 to 2147483647"),
    ):
        ((path, said, location),) = deployer.deploy({PATH: content}).errors
        assert (path, location) == (PATH, line), content
        assert text in str(said)
        assert deployer.query("SELECT * FROM T") == [(1, "x")]
