"""Transactions, savepoints and open cursors, with one connection and with two."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Connect, Sql


@pytest.fixture
def table(transaction: Sql) -> Sql:
    transaction.run("CREATE COLUMN TABLE T (A INT PRIMARY KEY)")
    return transaction


@pytest.fixture
def other(connect: Connect, table: Sql) -> Sql:
    connection = connect()
    connection.setautocommit(False)
    return Sql(connection, table.schema)


def values(sql: Sql) -> list[Any]:
    return sql.column("SELECT A FROM T ORDER BY A")


def test_rollback_undoes_and_commit_keeps(table: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    table.connection.rollback()
    assert values(table) == []
    table.run("INSERT INTO T VALUES (2)")
    table.connection.commit()
    table.connection.rollback()
    assert values(table) == [2]


def test_a_failed_statement_is_undone_and_the_transaction_goes_on(table: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    assert table.error("INSERT INTO T SELECT A FROM T UNION ALL SELECT 7 FROM DUMMY") == 301
    table.run("INSERT INTO T VALUES (2)")
    table.connection.commit()
    assert values(table) == [1, 2]


def test_what_is_not_committed_nobody_else_sees(table: Sql, other: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    assert values(table) == [1]
    assert values(other) == []
    table.connection.commit()
    assert values(other) == [1]


def test_a_statement_sees_what_is_committed_when_it_starts(table: Sql, other: Sql) -> None:
    """READ COMMITTED: within one transaction of the reader."""
    assert values(other) == []
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    assert values(other) == [1]


def test_savepoints(table: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    table.run("SAVEPOINT ONE")
    table.run("INSERT INTO T VALUES (2)")
    table.run("SAVEPOINT TWO")
    table.run("INSERT INTO T VALUES (3)")
    table.run("ROLLBACK TO SAVEPOINT TWO")
    assert values(table) == [1, 2]
    table.run("ROLLBACK TO SAVEPOINT ONE")
    assert values(table) == [1]
    table.run("INSERT INTO T VALUES (4)")
    table.run("RELEASE SAVEPOINT ONE")
    table.connection.commit()
    assert values(table) == [1, 4]


def test_a_savepoint_may_come_before_the_first_change(table: Sql) -> None:
    table.run("SAVEPOINT S")
    table.run("INSERT INTO T VALUES (1)")
    table.run("ROLLBACK TO SAVEPOINT S")
    table.run("INSERT INTO T VALUES (2)")
    table.connection.commit()
    assert values(table) == [2]


def test_an_unknown_savepoint_is_128(table: Sql) -> None:
    assert table.error("ROLLBACK TO SAVEPOINT NOSUCH") == 128


def test_a_cursor_outlives_commit(table: Sql) -> None:
    table.many("INSERT INTO T VALUES (?)", [(n,) for n in range(10_000)])
    cursor = table.connection.cursor()
    cursor.execute("SELECT A FROM T ORDER BY A")
    first = cursor.fetchmany(10)
    table.connection.commit()
    table.run("DELETE FROM T WHERE A > 5000")
    table.connection.commit()
    assert len(first) + len(cursor.fetchall()) == 10_000
    cursor.close()


def test_cursors_side_by_side(table: Sql) -> None:
    table.many("INSERT INTO T VALUES (?)", [(n,) for n in range(5_000)])
    table.connection.commit()
    cursors = [table.connection.cursor() for _ in range(3)]
    for cursor in cursors:
        cursor.execute("SELECT A FROM T ORDER BY A")
    found = [[cursor.fetchone()[0] for cursor in cursors] for _ in range(2_000)]
    assert found == [[n] * 3 for n in range(2_000)]
    for cursor in cursors:
        cursor.close()


@pytest.mark.local_only
def test_for_update_locks_and_nowait_does_not_wait(table: Sql, other: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    assert table.rows("SELECT A FROM T WHERE A = 1 FOR UPDATE") == [(1,)]
    assert other.error("SELECT A FROM T WHERE A = 1 FOR UPDATE NOWAIT") == 146
    table.connection.commit()
    assert other.rows("SELECT A FROM T WHERE A = 1 FOR UPDATE NOWAIT") == [(1,)]


def test_for_update_wants_to_know_of_what(table: Sql) -> None:
    table.run("CREATE COLUMN TABLE U (A INT)")
    assert table.error("SELECT * FROM T, U FOR UPDATE") == 257
    assert table.error("SELECT A FROM T FOR UPDATE OF NOSUCH") == 260
    assert table.rows("SELECT T.A FROM T, U FOR UPDATE OF T.A") == []


def test_current_timestamp_stands_still_within_a_statement(table: Sql) -> None:
    table.many("INSERT INTO T VALUES (?)", [(n,) for n in range(1000)])
    assert table.rows("SELECT COUNT(DISTINCT CURRENT_UTCTIMESTAMP) FROM T") == [(1,)]


def test_isolation_level(table: Sql) -> None:
    table.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    assert table.value("CURRENT_TRANSACTION_ISOLATION_LEVEL") == "READ COMMITTED"
    assert table.error("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED") == 7
    assert table.error("SET TRANSACTION ISOLATION LEVEL LOW") == 257


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_stays_as_it_was_at_the_first_query(table: Sql, other: Sql, level: str) -> None:
    other.run(f"SET TRANSACTION ISOLATION LEVEL {level}")
    assert other.value("CURRENT_TRANSACTION_ISOLATION_LEVEL") == level
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    assert values(other) == []
    other.connection.commit()
    assert values(other) == [1]
    table.run("INSERT INTO T VALUES (2)")
    table.connection.commit()
    assert values(other) == [1]
    assert other.error("INSERT INTO T VALUES (3)") == 138
    assert values(other) == [1, 2]
    other.run("INSERT INTO T VALUES (3)")
    other.connection.commit()
    other.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    assert values(table) == [1, 2, 3]


def test_a_snapshot_has_its_own_changes(table: Sql) -> None:
    table.run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    assert values(table) == []
    table.run("INSERT INTO T VALUES (1)")
    table.run("SAVEPOINT S")
    table.run("INSERT INTO T VALUES (2)")
    table.run("ROLLBACK TO SAVEPOINT S")
    assert values(table) == [1]
    table.connection.rollback()
    assert values(table) == []


def test_nothing_changes_in_a_read_only_transaction(table: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    table.run("SET TRANSACTION READ ONLY")
    assert values(table) == [1]
    assert table.error("INSERT INTO T VALUES (2)") == 129
    assert table.error("CREATE COLUMN TABLE U (A INT)") == 129
    assert table.error("SELECT A FROM T FOR UPDATE") == 129
    table.run("SET TRANSACTION READ WRITE")
    table.run("INSERT INTO T VALUES (2)")
    assert values(table) == [1, 2]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT A FROM T FOR UPDATE NOWAIT", 146),
        ("SELECT A FROM T FOR SHARE LOCK NOWAIT", 146),
        ("LOCK TABLE T IN EXCLUSIVE MODE NOWAIT", 146),
        ("SELECT A FROM T FOR UPDATE WAIT 1", 131),
        ("SELECT A FROM T FOR SHARE LOCK OF A WAIT 1", 131),
        ("LOCK TABLE T IN EXCLUSIVE MODE WAIT 1", 131),
    ],
)
@pytest.mark.parametrize("autocommit", [False, True])
def test_who_does_not_want_to_wait_is_told(
    table: Sql, other: Sql, statement: str, code: int, autocommit: bool
) -> None:
    table.run("INSERT INTO T VALUES (1)")
    other.connection.setautocommit(autocommit)
    assert other.error(statement) == code
    table.connection.commit()
    other.run(statement)
    table.run("SET TRANSACTION LOCK WAIT TIMEOUT 0")
    if autocommit:
        table.run("INSERT INTO T VALUES (2)")
    else:
        assert table.error("INSERT INTO T VALUES (2)") == 146


def test_under_autocommit_rows_are_locked_for_the_statement(table: Sql, other: Sql) -> None:
    table.many("INSERT INTO T VALUES (?)", [(n,) for n in range(2_000)])
    table.connection.commit()
    other.connection.setautocommit(True)
    cursor = other.connection.cursor()
    cursor.execute("SELECT A FROM T ORDER BY A FOR UPDATE")
    table.run("DELETE FROM T")
    assert [row[0] for row in cursor.fetchall()] == list(range(2_000))
    assert other.error("SELECT A FROM T FOR UPDATE NOWAIT") == 146
    assert other.column("SELECT A FROM T FOR UPDATE IGNORE LOCKED") == []
    assert len(other.column("SELECT A FROM T")) == 2_000
    table.connection.commit()
    assert other.error("SELECT TO_INT('x') FROM DUMMY FOR UPDATE") == 339
    table.run("INSERT INTO T VALUES (1)")


def test_the_time_to_wait_for_locks_can_be_set(table: Sql, other: Sql) -> None:
    table.run("INSERT INTO T VALUES (1)")
    other.run("SET TRANSACTION LOCK WAIT TIMEOUT 100")
    assert other.error("INSERT INTO T VALUES (2)") == 131


def test_rows_that_are_locked_are_left_out_if_asked(table: Sql, other: Sql) -> None:
    """A queue of jobs: whoever is first has them, and the others find none."""
    table.many("INSERT INTO T VALUES (?)", [(1,), (2,)])
    table.connection.commit()
    jobs = "SELECT TOP 1 A FROM T ORDER BY A FOR UPDATE IGNORE LOCKED"
    assert table.column(jobs) == [1]
    assert other.column(jobs) == []
    table.connection.commit()
    assert other.column(jobs) == [1]


@pytest.fixture
def shared(table: Sql) -> Sql:
    table.run(
        "CREATE GLOBAL TEMPORARY TABLE G (A INT PRIMARY KEY, B NVARCHAR(5) UNIQUE) ON COMMIT PRESERVE ROWS"
    )
    table.run("CREATE INDEX GI ON G (B, A)")
    return table


def test_a_global_temporary_table_has_rows_for_each_session(shared: Sql, other: Sql) -> None:
    shared.run("INSERT INTO G VALUES (1, 'a')")
    shared.connection.commit()
    other.run("INSERT INTO G VALUES (1, 'b')")
    other.run("UPSERT G VALUES (1, 'c') WITH PRIMARY KEY")
    other.connection.commit()
    assert shared.rows("SELECT * FROM G") == [(1, "a")]
    assert other.rows("SELECT * FROM G") == [(1, "c")]
    other.run("TRUNCATE TABLE G")
    assert (shared.column("SELECT A FROM G"), other.column("SELECT A FROM G")) == ([1], [])
    assert shared.error("INSERT INTO G VALUES (2, 'a')") == 301


def test_a_global_temporary_table_may_be_used_first_within_a_transaction(shared: Sql) -> None:
    shared.run("INSERT INTO T VALUES (1)")
    shared.run("INSERT INTO G VALUES (1, 'a')")
    assert shared.column("SELECT A FROM G") == [1]
    shared.connection.rollback()
    assert (shared.column("SELECT A FROM G"), values(shared)) == ([], [])
    shared.run("INSERT INTO G SELECT 7, 'x' FROM DUMMY")
    assert shared.column("SELECT A FROM G") == [7]


def test_a_global_temporary_table_is_told_of_changed_and_dropped(shared: Sql, other: Sql) -> None:
    kind = "SELECT IS_TEMPORARY, TEMPORARY_TABLE_TYPE FROM TABLES WHERE TABLE_NAME = 'G' AND SCHEMA_NAME = ?"
    assert shared.rows(kind, shared.schema) == [("TRUE", "GLOBAL")]
    other.run("INSERT INTO G VALUES (1, 'a')")
    other.connection.commit()
    shared.run("ALTER TABLE G ADD (C INT)")
    assert other.described("SELECT * FROM G")[2][0] == "C"
    shared.run("CREATE VIEW GV AS SELECT A FROM G")
    other.run("INSERT INTO G VALUES (5, 'e', 6)")
    assert (other.column("SELECT A FROM GV"), shared.column("SELECT A FROM GV")) == ([5], [])
    other.connection.commit()
    shared.run("DROP VIEW GV")
    shared.run("DROP TABLE G")
    assert other.error("SELECT * FROM G") == 259


def test_a_global_temporary_table_is_emptied_by_a_commit_if_it_is_told_so(table: Sql, schema: str) -> None:
    table.run("CREATE GLOBAL TEMPORARY TABLE H (A INT) ON COMMIT DELETE ROWS")
    table.connection.setautocommit(False)
    table.run("INSERT INTO H VALUES (1)")
    assert table.column("SELECT A FROM H") == [1]
    table.connection.commit()
    assert table.column("SELECT A FROM H") == []
    table.run("INSERT INTO H VALUES (2)")
    table.connection.rollback()
    assert table.column("SELECT A FROM H") == []
    table.connection.setautocommit(True)
    table.run("INSERT INTO H VALUES (3)")
    assert table.column("SELECT A FROM H") == []


def test_locks_and_statements_are_told(table: Sql) -> None:
    own = "CONNECTION_ID = CURRENT_CONNECTION"
    locks = f"SELECT COUNT(*) FROM M_LOCKS WHERE {own}"
    assert table.column(locks) == [0]
    table.connection.setautocommit(False)
    table.run("DELETE FROM T")
    names = f"SELECT OBJECT_NAME FROM M_LOCKS WHERE {own}"
    assert table.column(names) == ["T"]
    table.run("CREATE COLUMN TABLE U (A INT)")
    assert table.rows("SELECT A.A FROM T, U A FOR UPDATE OF A.A") == []
    assert table.column(names) == ["U"]
    table.run("DELETE FROM T")
    assert table.column(f"{names} ORDER BY 1") == ["T", "U"]
    assert table.column(f"SELECT TRANSACTION_STATUS FROM M_TRANSACTIONS WHERE {own}") == ["ACTIVE"]
    table.connection.rollback()
    assert table.column(locks) == [0]
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    assert table.column(names) == ["T"]
    table.connection.rollback()
    assert table.column(locks) == [0]
    active = f"SELECT STATEMENT_STRING FROM M_ACTIVE_STATEMENTS WHERE {own}"
    assert table.column(active) == [active]
    cursor = table.connection.cursor()
    cursor.execute("SELECT 5 FROM DUMMY WHERE 1 = ?", (1,))
    prepared = table.column(f"SELECT STATEMENT_STRING FROM M_PREPARED_STATEMENTS WHERE {own}")
    assert "SELECT 5 FROM DUMMY WHERE 1 = ?" in prepared
    cursor.close()
