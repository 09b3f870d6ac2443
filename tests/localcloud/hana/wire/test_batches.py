from __future__ import annotations

import itertools
import struct
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import Connect, fetched

from .raw import EXECUTE, PARAMETERS, PREPARE, ROWSAFFECTED, STATEMENTID, Part, RawClient, Reply

FIRST, NEXT, LAST = 4, 2, 1
WIDE = "x" * 200


_numbers = itertools.count()


@pytest.fixture
def table(cursor: Any) -> str:
    """An empty table of this test's own, for ID and TEXT."""
    name = f"BATCH_{next(_numbers)}"
    cursor.execute(f"CREATE COLUMN TABLE {name} (ID INTEGER PRIMARY KEY, TEXT NVARCHAR(300))")
    return name


def count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM {table}")
    return int(cursor.fetchone()[0])


def test_changes_are_counted(cursor: Any, table: str) -> None:
    cursor.execute(f"INSERT INTO {table} VALUES (1, 'a')")
    assert cursor.rowcount == 1
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(2, "b"), (3, "c"), (4, "d")])
    assert cursor.rowcount == 3
    cursor.execute(f"UPDATE {table} SET TEXT = ? WHERE ID > ?", ("z", 2))
    assert cursor.rowcount == 2
    cursor.execute(f"DELETE FROM {table}")
    assert cursor.rowcount == 4


def test_a_row_that_fails_leaves_the_others(cursor: Any, table: str) -> None:
    """The driver raises the first error; the server is not told whether it was asked for all of them."""
    with pytest.raises(dbapi.IntegrityError) as refusal:
        cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(1, "a"), (2, "b"), (1, "c"), (3, "d")])
    assert refusal.value.errorcode == 301
    assert count(cursor, table) == 3


def test_the_counts_of_a_batch_agree_with_the_table(cursor: Any, table: str) -> None:
    """SAP's page on `getrowsaffectedcounts` has this example, with autocommit."""
    rows = [(3, "a"), (4, "b"), (3, "c"), (5, "d"), (3, "e")]
    with pytest.raises(dbapi.ExecuteManyError):
        cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows, batcherrors=True)
    assert cursor.getrowsaffectedcounts() == (1, 1, 0, 1, 0)
    cursor.execute(f"SELECT ID, TEXT FROM {table} ORDER BY ID")
    assert fetched(cursor) == [(3, "a"), (4, "b"), (5, "d")]


def test_every_failed_row_is_named(cursor: Any, table: str) -> None:
    rows = [(1, "a"), (1, "b"), (2, "c"), (None, "d"), (3, "e"), (2, "f")]
    with pytest.raises(dbapi.ExecuteManyError) as refusal:
        cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows, batcherrors=True)
    assert [(error.rownumber, error.errorcode) for error in refusal.value.errors] == [
        (2, 301),
        (4, 287),
        (6, 301),
    ]


def test_a_batch_longer_than_a_packet_is_one_transaction(cursor: Any, table: str) -> None:
    rows = [(n, WIDE) for n in range(20_000)]
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
    assert cursor.rowcount == 20_000
    assert count(cursor, table) == 20_000


@pytest.mark.parametrize("at", [1, 10_000, 19_999])
def test_a_row_that_fails_leaves_the_others_of_a_batch_longer_than_a_packet(
    cursor: Any, table: str, at: int
) -> None:
    rows = [(0 if n == at else n, WIDE) for n in range(20_000)]
    with pytest.raises(dbapi.ExecuteManyError) as refusal:
        cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows, batcherrors=True)
    assert [error.rownumber for error in refusal.value.errors] == [at + 1]
    assert sum(cursor.getrowsaffectedcounts()) == count(cursor, table) == 19_999
    cursor.execute(f"INSERT INTO {table} VALUES ({at}, 'the lock is free')")


def test_without_autocommit_nothing_is_kept_before_the_commit(
    connect: Connect, cursor: Any, table: str
) -> None:
    writer = connect(autocommit=False)
    batch = writer.cursor()
    batch.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(n, WIDE) for n in range(20_000)])
    assert count(cursor, table) == 0
    writer.rollback()
    batch.execute(f"INSERT INTO {table} VALUES (1, 'a')")
    writer.commit()
    assert count(cursor, table) == 1


def _prepare(client: RawClient, table: str) -> bytes:
    """Log on, and prepare an INSERT: the id of the statement."""
    client.log_on()
    prepared = client.ask(PREPARE, Part(3, f"INSERT INTO WIRE.{table} VALUES (?, ?)".encode()))
    return prepared.parts[STATEMENTID].data


def _insert(client: RawClient, statement: bytes, id_: int, attributes: int) -> Reply:
    row = b"\x03" + struct.pack("<i", id_) + b"\x1d\x01a"
    parameters = Part(PARAMETERS, row, attributes=attributes)
    return client.ask(EXECUTE, Part(STATEMENTID, statement), parameters)


def test_a_split_batch_is_committed_with_its_last_part(server: LocalHana, cursor: Any, table: str) -> None:
    with RawClient(server) as client:
        statement = _prepare(client, table)
        for id_, attributes in ((1, FIRST), (2, NEXT)):
            assert _insert(client, statement, id_, attributes).parts[ROWSAFFECTED].data == b"\1\0\0\0"
            assert count(cursor, table) == 0
        _insert(client, statement, 3, LAST)
        assert count(cursor, table) == 3


def test_a_row_that_is_alone_in_its_part_fails_as_one_of_many(
    server: LocalHana, cursor: Any, table: str
) -> None:
    with RawClient(server) as client:
        statement = _prepare(client, table)
        counts = [
            struct.unpack("<i", _insert(client, statement, id_, attributes).parts[ROWSAFFECTED].data)[0]
            for id_, attributes in ((1, FIRST), (1, NEXT), (2, NEXT), (1, LAST))
        ]
    assert counts == [1, -3, 1, -3]
    assert count(cursor, table) == 2


def test_a_split_batch_that_is_abandoned_is_undone(server: LocalHana, cursor: Any, table: str) -> None:
    with RawClient(server) as client:
        _insert(client, _prepare(client, table), 1, FIRST)
        client.execute("SELECT * FROM DUMMY")
        assert count(cursor, table) == 0
        cursor.execute(f"INSERT INTO {table} VALUES (1, 'the lock is free')")


def test_a_row_without_lock_or_end_goes_with_its_connection(
    server: LocalHana, cursor: Any, table: str
) -> None:
    with RawClient(server) as client:
        _insert(client, _prepare(client, table), 1, FIRST)
    cursor.execute(f"INSERT INTO {table} VALUES (1, 'the lock is free')")
    assert count(cursor, table) == 1
