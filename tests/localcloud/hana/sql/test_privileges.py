"""Who may do what: the owner everything, the runtime user what it was granted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.hana.errors import HanaError
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession

from .test_engine import failure, rows, run


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    made.create_user("OWNER", "SHOP")
    made.create_user("READER", "SHOP", ("SELECT",))
    yield made
    made.close()


@pytest.fixture
def owner(database: Database) -> DatabaseSession:
    session = database.connect("OWNER")
    run(session, "SET SCHEMA SHOP")
    run(session, "CREATE TABLE T (A INT)")
    run(session, "INSERT INTO T VALUES (1)")
    return session


@pytest.fixture
def reader(database: Database, owner: DatabaseSession) -> DatabaseSession:
    session = database.connect("READER")
    run(session, "SET SCHEMA SHOP")
    return session


def test_select_alone_is_enough_to_read(reader: DatabaseSession) -> None:
    assert rows(reader, "SELECT A FROM T") == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO T VALUES (2)",
        "UPDATE T SET A = 2",
        "DELETE FROM T",
        "UPSERT T VALUES (1)",
        "MERGE INTO T USING DUMMY ON 1 = 1 WHEN MATCHED THEN DELETE",
        "TRUNCATE TABLE T",
        "DROP TABLE T",
        "ALTER TABLE T ADD (B INT)",
        "CREATE TABLE U (A INT)",
        "CREATE VIEW V AS SELECT A FROM T",
        "CREATE SEQUENCE S",
        "CREATE INDEX I ON T (A)",
        "COMMENT ON TABLE T IS 'mine'",
        "RENAME TABLE T TO U",
        "CREATE SCHEMA OTHER",
        "DROP SCHEMA SHOP CASCADE",
        "GRANT INSERT ON SCHEMA SHOP TO READER",
        'GRANT "INSERT" ON SCHEMA SHOP TO READER',
    ],
)
def test_everything_else_is_258(reader: DatabaseSession, owner: DatabaseSession, statement: str) -> None:
    assert failure(reader, statement).code == 258
    assert rows(owner, "SELECT A FROM T") == [(1,)]


def test_what_is_granted_is_allowed_until_it_is_revoked(
    reader: DatabaseSession, owner: DatabaseSession
) -> None:
    run(owner, "GRANT INSERT, DELETE ON T TO READER")
    run(reader, "INSERT INTO T VALUES (2)")
    run(reader, "DELETE FROM T WHERE A = 2")
    assert failure(reader, "UPDATE T SET A = 1").code == 258
    run(owner, "REVOKE INSERT ON T FROM READER")
    assert failure(reader, "INSERT INTO T VALUES (2)").code == 258


def test_a_role_gives_what_it_holds_and_takes_the_place_of_what_was_granted(
    database: Database, reader: DatabaseSession, owner: DatabaseSession
) -> None:
    run(owner, "GRANT DELETE ON T TO READER")
    database.create_role("SHOP::access_role", frozenset({("SHOP", "T", "SELECT"), ("SHOP", "T", "UPDATE")}))
    database.assign_role("SHOP::access_role", "READER")
    run(reader, "UPDATE T SET A = 2")
    assert rows(reader, "SELECT A FROM T") == [(2,)]
    assert failure(reader, "DELETE FROM T").code == 258
    assert rows(reader, "SELECT ROLE_NAME, GRANTEE FROM SYS.GRANTED_ROLES") == [
        ("SHOP::access_role", "READER")
    ]
    assert rows(reader, "SELECT ROLE_NAME FROM SYS.ROLES") == [("SHOP::access_role",)]


def test_a_view_shows_what_its_maker_may_see(
    database: Database, reader: DatabaseSession, owner: DatabaseSession
) -> None:
    run(owner, "CREATE SCHEMA HIDDEN")
    run(owner, "CREATE TABLE HIDDEN.H (A INT)")
    run(owner, "INSERT INTO HIDDEN.H VALUES (5)")
    run(owner, "CREATE VIEW V AS SELECT A FROM HIDDEN.H")
    assert rows(reader, "SELECT A FROM V") == [(5,)]
    found = failure(reader, "SELECT A FROM HIDDEN.H")
    assert (found.code, found.position) == (258, 15)


def test_the_catalogue_shows_only_what_one_may_see(reader: DatabaseSession, owner: DatabaseSession) -> None:
    run(owner, "CREATE SCHEMA HIDDEN")
    run(owner, "CREATE TABLE HIDDEN.H (A INT)")
    assert rows(reader, "SELECT TABLE_NAME FROM SYS.TABLES WHERE SCHEMA_NAME <> 'SYS'") == [("T",)]
    assert len(rows(owner, "SELECT TABLE_NAME FROM SYS.TABLES WHERE SCHEMA_NAME <> 'SYS'")) == 2


def test_a_temporary_table_needs_no_privilege(reader: DatabaseSession) -> None:
    run(reader, "CREATE LOCAL TEMPORARY TABLE #T (A INT)")
    run(reader, "INSERT INTO #T SELECT A FROM T")
    assert rows(reader, "SELECT A FROM #T") == [(1,)]


def test_everybody_owns_a_schema(reader: DatabaseSession) -> None:
    run(reader, "CREATE TABLE READER.MINE (A INT)")
    run(reader, "INSERT INTO READER.MINE VALUES (1)")


def test_nobody_writes_to_sys(owner: DatabaseSession) -> None:
    with pytest.raises(HanaError) as caught:
        run(owner, "INSERT INTO SYS.DUMMY VALUES ('Y')")
    assert caught.value.code == 258


def test_nobody_owns_a_schema_who_is_not_there(owner: DatabaseSession) -> None:
    assert failure(owner, "CREATE SCHEMA OTHER OWNED BY NOBODY").code == 332
    run(owner, "CREATE SCHEMA OTHER OWNED BY READER")
