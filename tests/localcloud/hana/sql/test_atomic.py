"""Definitions and changes that are one transaction: all of them happen, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from localcloud.hana.errors import (
    DUPLICATE_TABLE,
    FOREIGN_KEY_VIOLATED,
    INVALID_COLUMN,
    LOCK_TIMEOUT,
    NOT_SUPPORTED,
    HanaError,
)
from localcloud.hana.model import Connection, ParameterValue, Value
from localcloud.hana.sql.engine.atomic import AtomicSession, atomically
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession

pytestmark = pytest.mark.local_only


class GaveUpError(Exception):
    """What ends a block early."""


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database(lock_wait=0.2)) as database:
        database.create_user("OWNER", "S")
        yield database


@pytest.fixture
def other(database: Database) -> DatabaseSession:
    """A session beside the one that makes all the changes."""
    session = database.connect("OWNER")
    session.schema = "S"
    run(session, "CREATE TABLE T (A INTEGER PRIMARY KEY, B NVARCHAR(9))")
    run(session, "INSERT INTO T VALUES (1, 'x')")
    return session


def run(session: Connection, sql: str, *rows: Sequence[ParameterValue]) -> None:
    session.execute(session.prepare(sql), rows or ((),), autocommit=True)


def rows(session: Connection, sql: str) -> list[tuple[Value, ...]]:
    result = session.execute(session.prepare(sql), ((),), autocommit=True).result
    assert result is not None
    return result.fetch(1000)


def change(session: AtomicSession) -> None:
    run(session, "CREATE SEQUENCE N START WITH 5")
    run(session, "CREATE TABLE U (ID INTEGER GENERATED ALWAYS AS IDENTITY, A INTEGER)")
    run(session, "INSERT INTO U (A) SELECT A FROM T")
    run(session, "ALTER TABLE T ADD (C INTEGER DEFAULT 7)")
    run(session, "CREATE VIEW V AS SELECT T.C, U.ID FROM T JOIN U ON U.A = T.A")
    run(session, "INSERT INTO T VALUES (?, ?, ?)", (2, "y", 0), (3, "z", None))


def change_and_give_up(session: AtomicSession) -> None:
    change(session)
    raise GaveUpError


def test_what_is_done_together_is_there_afterwards(database: Database, other: DatabaseSession) -> None:
    with atomically(database, "OWNER", "S") as session:
        change(session)
        assert rows(session, "SELECT * FROM V") == [(7, 1)]
    assert rows(other, "SELECT * FROM T ORDER BY A") == [(1, "x", 7), (2, "y", 0), (3, "z", None)]
    assert rows(other, "SELECT * FROM V") == [(7, 1)]
    assert rows(other, "SELECT N.NEXTVAL FROM DUMMY") == [(5,)]
    run(other, "INSERT INTO U (A) VALUES (9)")
    assert rows(other, "SELECT ID FROM U WHERE A = 9") == [(2,)]


def test_nothing_of_it_is_there_where_it_ends_early(database: Database, other: DatabaseSession) -> None:
    before = database.catalogue
    with pytest.raises(GaveUpError), atomically(database, "OWNER", "S") as session:
        change_and_give_up(session)
    assert database.catalogue is before
    assert rows(other, "SELECT * FROM T") == [(1, "x")]
    run(other, "CREATE SEQUENCE N")
    assert rows(other, "SELECT N.NEXTVAL FROM DUMMY") == [(1,)]
    run(other, "INSERT INTO T VALUES (2, 'y')")


def test_others_see_the_state_of_before_and_cannot_write(database: Database, other: DatabaseSession) -> None:
    with atomically(database, "OWNER", "S") as session:
        change(session)
        assert rows(other, "SELECT * FROM T") == [(1, "x")]
        for sql in ("INSERT INTO T VALUES (9, 'no')", "CREATE TABLE X (A INTEGER)"):
            with pytest.raises(HanaError) as refusal:
                run(other, sql)
            assert refusal.value.code == LOCK_TIMEOUT
    assert len(rows(other, "SELECT * FROM T")) == 3


def test_a_statement_that_fails_leaves_the_rest(database: Database, other: DatabaseSession) -> None:
    with atomically(database, "OWNER", "S") as session:
        run(session, "CREATE TABLE U (A INTEGER)")
        for sql, code in (
            ("CREATE TABLE U (A INTEGER)", DUPLICATE_TABLE),
            ("CREATE VIEW V AS SELECT Z FROM U", INVALID_COLUMN),
        ):
            with pytest.raises(HanaError) as refusal:
                run(session, sql)
            assert (refusal.value.code, "line 1" in refusal.value.text) == (code, True)
        run(session, "INSERT INTO U VALUES (1)")
    assert rows(other, "SELECT * FROM U") == [(1,)]


def test_foreign_keys_are_looked_at_in_the_end(database: Database, other: DatabaseSession) -> None:
    with atomically(database, "OWNER", "S") as session:
        run(session, "CREATE TABLE U (A INTEGER REFERENCES T (A))")
        run(session, "INSERT INTO U VALUES (2)")
        run(session, "INSERT INTO T VALUES (2, 'in time')")
    with pytest.raises(HanaError) as refusal, atomically(database, "OWNER", "S") as session:
        run(session, "INSERT INTO U VALUES (3)")
    assert refusal.value.code == FOREIGN_KEY_VIOLATED
    assert "Table(S:U)" in refusal.value.text
    assert rows(other, "SELECT * FROM U") == [(2,)]
    with pytest.raises(HanaError):
        run(other, "INSERT INTO U VALUES (3)")


def test_another_user_acts_with_their_own_privileges(database: Database, other: DatabaseSession) -> None:
    database.create_user("GUEST", "S", ("SELECT",))
    with atomically(database, "OWNER", "S") as session, session.acting_as("GUEST"):
        assert rows(session, "SELECT * FROM T") == [(1, "x")]
        with pytest.raises(HanaError) as refusal:
            run(session, "DELETE FROM T")
    assert refusal.value.code == 258
    assert rows(other, "SELECT * FROM T") == [(1, "x")]


# Tables in another form -------------------------------------------------------------------------------


def redefined(database: Database, *statements: str) -> None:
    with atomically(database, "OWNER", "S") as session:
        for sql in statements:
            session.redefine(sql)


def test_a_form_that_is_the_same_changes_nothing(database: Database, other: DatabaseSession) -> None:
    before = database.catalogue.objects["S", "T"]
    redefined(database, "CREATE TABLE T (A INTEGER PRIMARY KEY, B NVARCHAR(9))")
    assert database.catalogue.objects["S", "T"] == before


def test_constraints_and_comments_follow_the_new_form(database: Database, other: DatabaseSession) -> None:
    redefined(
        database,
        "CREATE TABLE T (A INTEGER COMMENT 'Number', B NVARCHAR(9) NOT NULL, "
        "CONSTRAINT B_IS_ONE UNIQUE (B), CHECK (A > 0)) COMMENT 'Things'",
    )
    assert rows(other, "SELECT COMMENTS FROM SYS.TABLES WHERE TABLE_NAME = 'T'") == [("Things",)]
    for sql, code in (("INSERT INTO T VALUES (2, 'x')", 301), ("INSERT INTO T VALUES (0, 'y')", 677)):
        with pytest.raises(HanaError) as refusal:
            run(other, sql)
        assert refusal.value.code == code
    run(other, "INSERT INTO T VALUES (1, 'y')")


def test_a_temporary_table_is_made_anew(database: Database, other: DatabaseSession) -> None:
    run(other, "CREATE GLOBAL TEMPORARY TABLE G (A INTEGER)")
    redefined(database, "CREATE GLOBAL TEMPORARY TABLE G (A INTEGER, B INTEGER)")
    run(other, "INSERT INTO G VALUES (1, 2)")
    assert rows(other, "SELECT * FROM G") == [(1, 2)]


def test_an_identity_column_with_other_options_begins_anew(
    database: Database, other: DatabaseSession
) -> None:
    table = "CREATE TABLE I (ID INTEGER GENERATED BY DEFAULT AS IDENTITY{}, A INTEGER)"
    redefined(database, table.format(""))
    run(other, "INSERT INTO I (A) VALUES (1)")
    redefined(database, table.format(" (START WITH 100)"))
    run(other, "INSERT INTO I (A) VALUES (2)")
    assert rows(other, "SELECT ID FROM I ORDER BY A") == [(1,), (100,)]


@pytest.mark.parametrize("sql", ["CREATE TABLE T LIKE U", "CREATE TABLE T AS (SELECT * FROM DUMMY)"])
def test_a_table_like_another_keeps_its_form(database: Database, other: DatabaseSession, sql: str) -> None:
    with pytest.raises(HanaError) as refusal:
        redefined(database, sql)
    assert refusal.value.code == NOT_SUPPORTED
