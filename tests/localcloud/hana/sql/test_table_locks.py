"""LOCK TABLE, with two connections: a table is one transaction's, and others go on with others."""

from __future__ import annotations

import pytest

from .conftest import Connect, Sql


@pytest.fixture
def table(transaction: Sql) -> Sql:
    for name in "TU":
        transaction.run(f"CREATE COLUMN TABLE {name} (A INT PRIMARY KEY)")
    return transaction


@pytest.fixture
def other(connect: Connect, table: Sql) -> Sql:
    connection = connect()
    connection.setautocommit(False)
    other = Sql(connection, table.schema)
    other.run("SET TRANSACTION LOCK WAIT TIMEOUT 100")
    return other


def test_other_tables_are_written_while_one_is_locked(table: Sql, other: Sql) -> None:
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    other.run("INSERT INTO U VALUES (1)")
    other.connection.commit()
    other.run("CREATE COLUMN TABLE V (A INT)")
    other.run("ALTER TABLE U ADD (B INT)")
    assert other.column("SELECT A FROM U FOR UPDATE NOWAIT") == [1]
    other.connection.commit()
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    assert other.column("SELECT A FROM T UNION ALL SELECT A FROM U") == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO T VALUES (2)",
        "UPDATE T SET A = 2",
        "DELETE FROM T",
        "MERGE INTO T USING U ON T.A = U.A WHEN MATCHED THEN UPDATE SET A = 3",
        "SELECT A FROM T FOR UPDATE",
        "LOCK TABLE T IN EXCLUSIVE MODE",
    ],
)
def test_a_locked_table_is_changed_by_nobody_else(table: Sql, other: Sql, change: str) -> None:
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    assert other.error(change) == 131
    table.run("INSERT INTO T VALUES (1)")
    table.connection.commit()
    other.run(change)


def test_who_does_not_want_to_wait_for_a_table_is_told(table: Sql, other: Sql) -> None:
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    for statement in ("LOCK TABLE T IN EXCLUSIVE MODE NOWAIT", "SELECT A FROM T FOR UPDATE NOWAIT"):
        assert other.error(statement) == 146
    table.connection.rollback()
    other.run("LOCK TABLE T IN EXCLUSIVE MODE NOWAIT")


def test_a_lock_is_the_holder_s_however_often_it_asks(table: Sql, other: Sql) -> None:
    for _ in range(2):
        table.run("LOCK TABLE T IN EXCLUSIVE MODE")
        table.run("INSERT INTO T SELECT COUNT(*) FROM T")
    table.connection.commit()
    assert other.column("SELECT A FROM T ORDER BY A") == [0, 1]


def test_what_was_changed_before_a_lock_is_committed_with_it(table: Sql, other: Sql) -> None:
    table.run("INSERT INTO U VALUES (1)")
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    assert other.error("INSERT INTO U VALUES (2)") == 131
    table.connection.commit()
    assert other.column("SELECT A FROM U") == [1]


def test_savepoints_outlive_a_lock(table: Sql) -> None:
    table.run("SAVEPOINT S1")
    table.run("LOCK TABLE T IN EXCLUSIVE MODE")
    table.run("INSERT INTO T VALUES (1)")
    table.run("ROLLBACK TO SAVEPOINT S1")
    table.connection.commit()
    assert table.column("SELECT A FROM T") == []


@pytest.mark.slow
def test_a_definition_waits_for_a_locked_table(connect: Connect, table: Sql) -> None:
    """And a lock ends with its connection."""
    holder = Sql(connect(), table.schema)
    holder.connection.setautocommit(False)
    holder.run("LOCK TABLE T IN EXCLUSIVE MODE")
    assert table.error("DROP TABLE T") == 131
    holder.connection.close()
    table.run("DROP TABLE T")
