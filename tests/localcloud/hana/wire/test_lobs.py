from __future__ import annotations

import itertools
from typing import Any

import pytest
from hdbcli import dbapi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import Connect, fetched

from .raw import Part, RawClient

READLOB, READLOBREQUEST = 16, 17
MEGABYTES = 2_500_000


_numbers = itertools.count()


@pytest.fixture
def table(cursor: Any) -> str:
    """An empty table of this test's own, with a LOB of each kind."""
    name = f"LOBS_{next(_numbers)}"
    cursor.execute(f"CREATE COLUMN TABLE {name} (ID INTEGER PRIMARY KEY, N NCLOB, C CLOB, B BLOB)")
    return name


def stored(cursor: Any, table: str) -> list[tuple[Any, ...]]:
    cursor.execute(f"SELECT ID, N, C, B FROM {table} ORDER BY ID")
    return fetched(cursor)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a" * 1024,
        "a" * 1025,
        "é" * 512,
        "😀" * 170,
        "😀" * 171,
        "x" + "😀" * 300_000,
        "aé€😀" * (MEGABYTES // 12),
        "a" * MEGABYTES,
    ],
    ids=lambda text: f"{text[:4]}-{len(text)}",
)
def test_text_comes_back_as_it_went(cursor: Any, table: str, text: str) -> None:
    cursor.execute(f"INSERT INTO {table} (ID, N) VALUES (1, ?)", (text,))
    assert stored(cursor, table) == [(1, text, None, None)]


@pytest.mark.parametrize("size", [0, 1, 1024, 1025, 1_048_576, MEGABYTES])
def test_bytes_come_back_as_they_went(cursor: Any, table: str, size: int) -> None:
    value = (bytes(range(256)) * (size // 256 + 1))[:size]
    cursor.execute(f"INSERT INTO {table} (ID, B) VALUES (1, ?)", (value,))
    assert stored(cursor, table) == [(1, None, None, value)]


def test_null_is_not_empty(cursor: Any, table: str) -> None:
    cursor.execute(f"INSERT INTO {table} VALUES (1, ?, ?, ?)", (None, None, None))
    cursor.execute(f"INSERT INTO {table} VALUES (2, ?, ?, ?)", ("", "", b""))
    assert stored(cursor, table) == [(1, None, None, None), (2, "", "", b"")]


def test_several_long_lobs_of_one_row_keep_apart(cursor: Any, table: str) -> None:
    row = (1, "ä" * MEGABYTES, "c" * MEGABYTES, b"\xff" * MEGABYTES)
    cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", row)
    assert stored(cursor, table) == [row]


def test_a_batch_may_hold_long_and_short_lobs(cursor: Any, table: str) -> None:
    rows = [(n, "n" * (3 if n % 2 else 700_000), "c" * n, bytes(n)) for n in range(7)]
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)
    assert stored(cursor, table) == rows


def test_many_rows_of_lobs_are_read_after_each_other(cursor: Any, table: str) -> None:
    rows = [(n, f"{n}-" * 5000, "c", b"b" * 2000) for n in range(100)]
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)
    assert stored(cursor, table) == rows


def test_a_long_lob_is_undone_with_its_transaction(connect: Connect, cursor: Any, table: str) -> None:
    connection = connect(autocommit=False)
    writer = connection.cursor()
    writer.execute(f"INSERT INTO {table} (ID, N) VALUES (1, ?)", ("x" * MEGABYTES,))
    connection.rollback()
    assert stored(cursor, table) == []


def test_an_update_takes_a_long_lob(cursor: Any, table: str) -> None:
    cursor.execute(f"INSERT INTO {table} (ID, N) VALUES (1, 'short')")
    cursor.execute(f"UPDATE {table} SET N = ? WHERE ID = ?", ("y" * MEGABYTES, 1))
    assert stored(cursor, table) == [(1, "y" * MEGABYTES, None, None)]


# Around the sizes at which drivers and server cut: the first chunk, a packet.
EDGES = st.sampled_from([168, 169, 170, 171, 340, 341, 342, 1023, 1024, 1025, 349_500, 349_526])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("aé€😀"), EDGES), min_size=1, max_size=3))
def test_wherever_a_chunk_ends_no_character_is_lost(cursor: Any, parts: list[tuple[str, int]]) -> None:
    text = "".join(character * times for character, times in parts)
    cursor.execute("CREATE LOCAL TEMPORARY TABLE #CUT (N NCLOB)")
    try:
        cursor.execute("INSERT INTO #CUT VALUES (?)", (text,))
        cursor.execute("SELECT N FROM #CUT")
        assert cursor.fetchone()[0] == text
    finally:
        cursor.execute("DROP TABLE #CUT")


def test_a_query_takes_lobs_that_need_several_messages(connect: Connect, cursor: Any, table: str) -> None:
    values = ",".join(map(str, range(1500)))
    cursor.executemany(f"INSERT INTO {table} (ID) VALUES (?)", [(n,) for n in range(1500)])
    query = f"SELECT ID, LENGTH(TO_NCLOB(?)) FROM {table} ORDER BY ID"
    for autocommit in (True, False):
        reader = connect(autocommit=autocommit).cursor()
        reader.execute(query, ("é" * MEGABYTES,))
        assert tuple(reader.fetchone()) == (0, MEGABYTES)
        # Another result of the connection, before the first one is read to its end.
        other = reader.connection.cursor()
        other.execute("SELECT TO_NCLOB(?) FROM DUMMY", ("b" * MEGABYTES,))
        assert fetched(reader) == [(n, MEGABYTES) for n in range(1, 1500)]
        assert fetched(other) == [("b" * MEGABYTES,)]
        numbers = "SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS(V INT PATH '$'))"
        reader.execute(
            f"SELECT COUNT(*) FROM {table} WHERE ID IN ({numbers})", (f"[{values}, {'7,' * 200_000} 7]",)
        )
        assert fetched(reader) == [(1500,)]


def test_a_query_that_fails_after_its_last_message_says_so(cursor: Any) -> None:
    query = "SELECT TO_INTEGER(TO_NVARCHAR(SUBSTRING(TO_NCLOB(?), 1, 5))) FROM DUMMY"
    with pytest.raises(dbapi.Error) as failure:
        cursor.execute(query, ("a" * MEGABYTES,))
    assert failure.value.errorcode == 339
    cursor.execute(query, ("1" * MEGABYTES,))
    assert fetched(cursor) == [(11111,)]


def test_an_unknown_locator_is_an_error(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(READLOB, Part(READLOBREQUEST, bytes(8) + b"\1" + bytes(15)))
        assert answer.error is not None
        assert "locator" in answer.error[2]
