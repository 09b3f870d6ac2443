from __future__ import annotations

from typing import Any

import pytest
from hdbcli import dbapi

from localcloud import pytest_plugin
from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import Connect, fetched

from .raw import (
    CLIENTPING,
    COMMAND,
    COMMIT,
    EXECUTE,
    EXECUTEDIRECT,
    FETCHNEXT,
    FETCHSIZE,
    PARAMETERMETADATA,
    PREPARE,
    RESULTSET,
    RESULTSETID,
    STATEMENTID,
    Part,
    RawClient,
)

LAST, ROW_NOT_FOUND, CLOSED = 1, 8, 16


@pytest.fixture(scope="module")
def numbers(server: LocalHana) -> str:
    """A table with 40,000 rows: 0, 1, 2 …"""
    connection = pytest_plugin.connect(server, owner=True)
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE NUMBERS (N INTEGER PRIMARY KEY, T NVARCHAR(100))")
    cursor.executemany("INSERT INTO NUMBERS VALUES (?, ?)", [(n, f"number {n}") for n in range(40_000)])
    connection.close()
    return "WIRE.NUMBERS"


@pytest.mark.parametrize("rows", [0, 1, 31, 32, 33, 999, 1000, 1001, 40_000])
def test_every_row_comes_once_and_in_order(cursor: Any, numbers: str, rows: int) -> None:
    cursor.execute(f"SELECT N, T FROM {numbers} WHERE N < ? ORDER BY N", (rows,))
    assert fetched(cursor) == [(n, f"number {n}") for n in range(rows)]


def test_several_results_are_read_side_by_side(connection: Any, numbers: str) -> None:
    cursors = [connection.cursor() for _ in range(5)]
    for cursor in cursors:
        cursor.execute(f"SELECT N FROM {numbers} ORDER BY N")
    for n in range(3_000):
        assert [cursor.fetchone()[0] for cursor in cursors] == [n] * 5


def test_a_result_that_is_left_behind_does_no_harm(cursor: Any, numbers: str) -> None:
    for n in range(1, 20):
        cursor.execute(f"SELECT N FROM {numbers} ORDER BY N")
        assert cursor.fetchmany(n)[-1][0] == n - 1


def test_a_result_outlives_the_commit(connect: Connect, numbers: str) -> None:
    connection = connect(autocommit=False)
    cursor = connection.cursor()
    cursor.execute(f"SELECT N FROM {numbers} ORDER BY N")
    assert cursor.fetchone()[0] == 0
    connection.commit()
    assert len(cursor.fetchall()) == 39_999


def test_no_rows_are_no_rows(cursor: Any) -> None:
    cursor.execute("SELECT * FROM DUMMY WHERE 1 = 0")
    assert cursor.fetchone() is None
    assert fetched(cursor) == []


def test_headings_are_those_of_hana(cursor: Any) -> None:
    cursor.execute('SELECT CURRENT_UTCTIMESTAMP, COUNT(*), 1 AS one, 2 AS "two" FROM DUMMY')
    assert [column[0] for column in cursor.description] == ["CURRENT_UTCTIMESTAMP", "COUNT(*)", "ONE", "two"]


def test_columns_are_described_with_type_and_size(cursor: Any) -> None:
    cursor.execute(
        "CREATE COLUMN TABLE DESCRIBED (A INTEGER NOT NULL, B BIGINT, C NVARCHAR(17), D DECIMAL(12, 3), "
        "E DECIMAL, F TIMESTAMP, G DATE, H TIME, I BOOLEAN, J DOUBLE, K VARBINARY(9), L NCLOB)"
    )
    cursor.execute("SELECT * FROM DESCRIBED")
    assert [
        (name, code, size, scale, null) for name, code, _, _, size, scale, null in cursor.description
    ] == [
        ("A", 3, 10, 0, False),
        ("B", 4, 19, 0, True),
        ("C", 11, 17, 0, True),
        ("D", 5, 12, 3, True),
        ("E", 5, 34, 0, True),
        ("F", 16, 27, 7, True),
        ("G", 14, 10, 0, True),
        ("H", 15, 8, 0, True),
        ("I", 28, 1, 0, True),
        ("J", 7, 15, 0, True),
        ("K", 13, 9, 0, True),
        ("L", 26, 2147483647, 0, True),
    ]


def test_the_server_says_how_long_it_took(cursor: Any, numbers: str) -> None:
    cursor.execute(f"SELECT COUNT(*) FROM {numbers} WHERE T LIKE '%9%9%9%'")
    assert cursor.server_processing_time() > 0


def test_errors_name_code_and_place(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.execute("SELECT X FROM DUMMY")
        assert answer.kind == 5
        assert answer.error is not None
        assert answer.error[:2] == (260, 8)


def test_a_connection_goes_on_after_an_error(cursor: Any) -> None:
    with pytest.raises(dbapi.ProgrammingError) as refusal:
        cursor.execute("SELECT * FROM NOWHERE")
    assert refusal.value.errorcode == 259
    cursor.execute("SELECT * FROM DUMMY")
    assert fetched(cursor) == [("X",)]


def test_a_set_schema_goes_with_the_connection(connect: Connect) -> None:
    cursor = connect(currentSchema="SYS").cursor()
    cursor.execute("SELECT CURRENT_SCHEMA FROM DUMMY")
    assert fetched(cursor) == [("SYS",)]


def test_client_info_sets_no_variable_that_hana_verifies(connect: Connect) -> None:
    with pytest.raises(dbapi.Error) as refused:
        connect(**{"sessionVariable:XS_APPLICATIONUSER": "somebody"})
    assert refused.value.errorcode == 7


def test_client_info_reaches_session_context(connect: Connect) -> None:
    connection = connect(**{"sessionVariable:TENANT": "t1"})
    cursor = connection.cursor()

    def seen(key: str) -> object:
        cursor.execute(f"SELECT SESSION_CONTEXT('{key}') FROM DUMMY")
        return cursor.fetchone()[0]

    assert seen("TENANT") == "t1"
    assert seen("APPLICATIONUSER")
    connection.setclientinfo("TENANT", "zwei 😀")
    assert seen("TENANT") == "zwei 😀"
    connection.setclientinfo("TENANT", None)
    assert seen("TENANT") is None


def test_an_empty_result_says_so_at_once(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.execute("SELECT * FROM DUMMY WHERE 1 = 0")
        assert answer.function == 5
        assert answer.parts[RESULTSET].count == 0
        assert answer.parts[RESULTSET].attributes == LAST | ROW_NOT_FOUND | CLOSED


def test_the_last_page_closes_the_result(server: LocalHana, numbers: str) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.execute(f"SELECT N FROM {numbers} WHERE N < 1500")
        result = answer.parts[RESULTSETID]
        assert answer.parts[RESULTSET].attributes == 0
        more = Part(FETCHSIZE, (32767).to_bytes(4, "little"))
        rest = client.ask(FETCHNEXT, Part(RESULTSETID, result.data), more)
        assert rest.function == 10
        assert answer.parts[RESULTSET].count + rest.parts[RESULTSET].count == 1500
        assert rest.parts[RESULTSET].attributes == LAST | CLOSED
        again = client.ask(FETCHNEXT, Part(RESULTSETID, result.data), more)
        assert again.error is not None
        assert again.error[0] == 1032


@pytest.mark.parametrize(
    ("client_type", "asked", "rows"),
    [
        (b"", None, 32),
        (b"node-hdb", None, 32),
        (b"go-hdb", 50, 50),
        (b"hdbconnect (rust)", 10_000, 10_000),
        (b"Python DB API", None, 1000),
        (b"Python DB API", 7, 7),
    ],
)
def test_a_result_comes_with_the_rows_that_its_client_is_used_to(
    server: LocalHana, numbers: str, client_type: bytes, asked: int | None, rows: int
) -> None:
    size = () if asked is None else (Part(FETCHSIZE, asked.to_bytes(4, "little")),)
    query = f"SELECT N FROM {numbers}".encode()
    with RawClient(server) as client:
        client.log_on(client_type=client_type)
        assert client.ask(EXECUTEDIRECT, Part(COMMAND, query), *size).parts[RESULTSET].count == rows
        prepared = client.ask(PREPARE, Part(COMMAND, query)).parts[STATEMENTID]
        again = client.ask(EXECUTE, Part(STATEMENTID, prepared.data), *size)
        assert again.parts[RESULTSET].count == rows


def test_a_prepared_statement_without_parameters_says_that_it_has_none(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(PREPARE, Part(3, b"SELECT * FROM DUMMY"))
        assert answer.function == 5
        assert answer.parts[PARAMETERMETADATA].count == 0
        executed = client.ask(EXECUTE, Part(STATEMENTID, answer.parts[STATEMENTID].data))
        assert executed.parts[RESULTSET].count == 1


def test_an_unknown_statement_is_error_1030(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(EXECUTE, Part(STATEMENTID, bytes(8)))
        assert answer.error is not None
        assert answer.error[0] == 1030


@pytest.mark.parametrize(
    ("type_", "name"), [(72, "FETCHABSOLUTE"), (83, "XOPEN_XASTART"), (81, "BATCHPREPARE")]
)
def test_what_is_not_done_is_refused_by_name(server: LocalHana, type_: int, name: str) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(type_)
        assert answer.error is not None
        assert answer.error[0] == 7
        assert name in answer.error[2]


def test_an_unknown_message_is_error_1031(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(120)
        assert answer.error is not None
        assert answer.error[0] == 1031


def test_pings_and_commits_are_answered(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        assert client.ask(CLIENTPING).function == 0
        assert client.ask(COMMIT).function == 11
        assert client.ask(77).function == 18
        assert client.closed()
