"""What drivers of other languages need of the wire, byte by byte."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.local import LocalHana
from localcloud.hana.model import TypeCode

from .raw import (
    COMMAND,
    CONNECTOPTIONS,
    DBCONNECTINFO,
    ERROR,
    EXECUTE,
    EXECUTEDIRECT,
    PARAMETERMETADATA,
    PARAMETERS,
    PREPARE,
    RESULTSETMETADATA,
    ROWSAFFECTED,
    STATEMENTID,
    Part,
    RawClient,
    Reply,
    message_of,
    segment,
)

_MESSAGE_DBCONNECTINFO = 82
_OPTION_SIZES = {28: 1, 3: 4, 4: 8}
_numbers = itertools.count()


@pytest.fixture
def table(cursor: Any) -> str:
    name = f"WIRE.OTHER_{next(_numbers)}"
    cursor.execute(f"CREATE COLUMN TABLE {name} (ID INTEGER PRIMARY KEY)")
    return name


def options(part: Part) -> dict[int, object]:
    """The options of a part, by their ids."""
    found: dict[int, object] = {}
    position = 0
    while position < len(part.data):
        key, type_ = part.data[position], part.data[position + 1]
        position += 2
        if type_ in _OPTION_SIZES:
            size = _OPTION_SIZES[type_]
            found[key] = int.from_bytes(part.data[position : position + size], "little", signed=True)
        else:
            (size,) = struct.unpack_from("<h", part.data, position)
            position += 2
            found[key] = part.data[position : position + size]
        position += size
    return found


def column_names(reply: Reply) -> list[tuple[str, str]]:
    """Name and heading of each column."""
    part = reply.parts[RESULTSETMETADATA]
    names = part.data[part.count * 24 :]

    def name(offset: int) -> str:
        return names[offset + 1 : offset + 1 + names[offset]].decode()

    fields = [struct.unpack_from("<4I", part.data, 8 + 24 * index) for index in range(part.count)]
    return [(name(each[2]), name(each[3])) for each in fields]


def run_batch(client: RawClient, table: str, *ids: int) -> Reply:
    """One EXECUTE with a row for each id."""
    prepared = client.ask(PREPARE, Part(COMMAND, f"INSERT INTO {table} VALUES (?)".encode()))
    rows = b"".join(b"\x03" + struct.pack("<i", id_) for id_ in ids)
    statement = Part(STATEMENTID, prepared.parts[STATEMENTID].data)
    return client.ask(EXECUTE, statement, Part(PARAMETERS, rows, len(ids)))


def test_the_answer_to_connect_is_of_no_statement(server: LocalHana) -> None:
    """JDBC takes function code 14 for the statement CONNECT, and Rust refuses it."""
    with RawClient(server) as client:
        assert client.log_on().function == 0


def test_compression_is_declined_aloud(server: LocalHana) -> None:
    with RawClient(server) as client:
        assert options(client.log_on().parts[CONNECTOPTIONS])[49] == 0


def test_savepoints_are_offered_as_statements(server: LocalHana) -> None:
    with RawClient(server) as client:
        assert options(client.log_on().parts[CONNECTOPTIONS])[53] == 1 << 5


def test_behind_a_single_error_stands_one_byte_more(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        for length in range(8):
            data = client.execute(f"SELEC {'x' * length}").parts[ERROR].data
            (text,) = struct.unpack_from("<i", data, 8)
            assert len(data) == 18 + text + 1


@pytest.mark.parametrize("filler", ["x" * length for length in range(8)])
def test_several_errors_are_padded_to_eight_bytes_and_never_by_eight(
    server: LocalHana, cursor: Any, filler: str
) -> None:
    table = f"WIRE.PADDED_{filler}"
    cursor.execute(f"CREATE COLUMN TABLE {table} (ID INTEGER PRIMARY KEY)")
    with RawClient(server) as client:
        client.log_on()
        refused = run_batch(client, table, 1, 1, 1, 1).parts[ERROR]
        assert refused.count == 3
        position = 0
        for _ in range(3):
            code, _, length = struct.unpack_from("<iii", refused.data, position)
            assert code == 301
            # hdbcli crashes where nothing is padded, go-hdb reads wrongly where eight bytes are.
            assert (18 + length) % 8
            position += 18 + length + -(18 + length) % 8
        assert position == len(refused.data)


def test_the_counts_of_a_batch_come_before_its_errors(server: LocalHana, table: str) -> None:
    with RawClient(server) as client:
        client.log_on()
        refused = run_batch(client, table, 1, 1, 2)
        assert list(refused.parts)[:2] == [ROWSAFFECTED, ERROR]
        assert struct.unpack("<3i", refused.parts[ROWSAFFECTED].data) == (1, -3, 1)


@pytest.mark.parametrize(
    "source",
    [
        '(SELECT ID AS "hash" FROM {table})',
        '(SELECT ID + 1 AS "hash" FROM {table})',
        '(SELECT "hash" FROM (SELECT ID AS "hash" FROM {table}))',
    ],
)
def test_a_column_has_the_name_that_a_subquery_gives_it(server: LocalHana, table: str, source: str) -> None:
    with RawClient(server) as client:
        client.log_on()
        found = client.execute(f'SELECT "hash", "hash" AS OTHER FROM {source.format(table=table)}')
        assert column_names(found) == [("hash", "hash"), ("hash", "OTHER")]


def test_a_column_has_the_name_that_a_common_table_gives_it(server: LocalHana, table: str) -> None:
    with RawClient(server) as client:
        client.log_on()
        found = client.execute(f'WITH C AS (SELECT ID AS "hash" FROM {table}) SELECT "hash" AS X FROM C')
        assert column_names(found) == [("hash", "X")]
        found = client.execute(f'WITH C ("hash") AS (SELECT ID FROM {table}) SELECT "hash" FROM C')
        assert column_names(found) == [("hash", "hash")]


@pytest.mark.parametrize(
    ("statement", "types"),
    [
        ("SELECT ? FROM DUMMY UNION ALL SELECT TO_NCLOB(NULL) FROM DUMMY", [TypeCode.NCLOB]),
        ("SELECT TO_BIGINT(1) FROM DUMMY UNION SELECT ? FROM DUMMY", [TypeCode.BIGINT]),
        ("SELECT ?, ? FROM DUMMY UNION SELECT 1, CURRENT_DATE FROM DUMMY", [TypeCode.INT, TypeCode.DAYDATE]),
        (
            "SELECT ? FROM DUMMY UNION SELECT NULL FROM DUMMY UNION SELECT TO_REAL(1) FROM DUMMY",
            [TypeCode.REAL],
        ),
        (
            "WITH S AS (SELECT ? AS J FROM DUMMY UNION ALL SELECT TO_NCLOB(NULL) FROM DUMMY) SELECT J FROM S",
            [TypeCode.NCLOB],
        ),
        ("INSERT INTO {table} SELECT ? FROM DUMMY", [TypeCode.INT]),
        ("INSERT INTO {table} SELECT ? FROM DUMMY UNION ALL SELECT ? FROM DUMMY", [TypeCode.INT] * 2),
        ("SELECT ? FROM DUMMY UNION ALL SELECT NULL FROM DUMMY", [TypeCode.NVARCHAR]),
    ],
)
def test_a_parameter_takes_the_type_of_what_it_is_united_with(
    server: LocalHana, table: str, statement: str, types: list[int]
) -> None:
    with RawClient(server) as client:
        client.log_on()
        metadata = client.ask(PREPARE, Part(COMMAND, statement.format(table=table).encode()))
        part = metadata.parts[PARAMETERMETADATA]
        assert [part.data[16 * index + 1] for index in range(part.count)] == types


def test_parameters_of_a_union_arrive_in_their_type(cursor: Any, table: str) -> None:
    cursor.execute("SELECT ? FROM DUMMY UNION ALL SELECT 2.50 FROM DUMMY ORDER BY 1", ("1.5",))
    assert [str(row[0]) for row in cursor.fetchall()] == ["1.5", "2.5"]
    cursor.execute("SELECT NULL FROM DUMMY UNION ALL SELECT 7 FROM DUMMY ORDER BY 1")
    assert [row[0] for row in cursor.fetchall()] == [None, 7]
    cursor.execute(f"INSERT INTO {table} SELECT ? FROM DUMMY UNION ALL SELECT ? FROM DUMMY", (3, 4))
    with pytest.raises(dbapi.Error):
        cursor.execute(f"INSERT INTO {table} SELECT ? FROM DUMMY", ("no number",))
    cursor.execute(f"SELECT ID FROM {table} ORDER BY ID")
    assert [row[0] for row in cursor.fetchall()] == [3, 4]


def test_every_segment_of_a_message_is_answered(server: LocalHana, cursor: Any, table: str) -> None:
    """JDBC sends a batch of statements that way."""
    texts = [f"INSERT INTO {table} VALUES ({id_})" for id_ in (1, 2, 1, 3)]
    with RawClient(server) as client:
        client.log_on()
        sent = [segment(EXECUTEDIRECT, Part(COMMAND, text.encode())) for text in texts]
        client.send(message_of(*sent, session_id=client.session_id))
        replies = client.replies()
        assert [reply.kind for reply in replies] == [2, 2, 5, 2]
        counts = [struct.unpack("<i", reply.parts[ROWSAFFECTED].data)[0] for reply in replies]
        assert counts == [1, 1, -3, 1]
        assert replies[2].error is not None
        assert replies[2].error[0] == 301
        assert client.execute("SELECT * FROM DUMMY").kind == 2
    cursor.execute(f"SELECT COUNT(*) FROM {table}")
    assert cursor.fetchone()[0] == 3


def test_segments_that_do_not_add_up_are_refused(server: LocalHana) -> None:
    one = segment(EXECUTEDIRECT, Part(COMMAND, b"SELECT * FROM DUMMY"))
    with RawClient(server) as client:
        client.log_on()
        for sent in (message_of(one, one[:10]), message_of(one, b"")):
            client.send(sent)
            assert client.reply().error == (
                1033,
                0,
                "protocol error: the message ends inside its segment header",
            )


def test_it_says_after_the_logon_too_that_this_is_the_right_database(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(_MESSAGE_DBCONNECTINFO, Part(DBCONNECTINFO, b"\x01\x1d\x05\x00LOCAL"))
        assert options(answer.parts[DBCONNECTINFO]) == {4: 1}


def test_the_binding_tells_to_encrypt_and_whom_to_trust(server: LocalHana) -> None:
    binding = server.binding()
    assert binding["encrypt"] == "true"
    assert binding["sslTrustStore"] == server.certificate
