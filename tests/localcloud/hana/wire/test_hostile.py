"""Whatever a stranger sends: the server stays up, its memory stays bounded, and other clients go on."""

from __future__ import annotations

import random
import resource
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import fetched

from .raw import (
    AUTHENTICATE,
    AUTHENTICATION,
    CONNECT,
    EXECUTE,
    EXECUTEDIRECT,
    FETCHNEXT,
    FETCHSIZE,
    HEADER,
    INITIALISATION,
    PARAMETERS,
    PREPARE,
    RESULTSET,
    RESULTSETID,
    STATEMENTID,
    Part,
    RawClient,
    Reply,
    fields,
    message,
)

MEGABYTE = 1 << 20
SCRAM = b"SCRAMSHA256"
HEADER_LENGTH = 32
LAST = 1
LENGTHS = [-1, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, -0x80000000, 1 << 30]


@pytest.fixture(scope="module")
def victim(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, logon_seconds=2) as hana:
        yield hana


@pytest.fixture(autouse=True)
def bystander(victim: LocalHana) -> Iterator[None]:
    """Somebody who is connected all the time, and must not notice; somebody new comes in afterwards."""
    process = psutil.Process(victim.process_id)

    def works(connection: Any) -> bool:
        cursor = connection.cursor()
        cursor.execute("SELECT * FROM DUMMY")
        return fetched(cursor) == [("X",)]

    def connect() -> Any:
        return pytest_plugin.connect(victim, reconnect=False)

    connection = connect()
    assert works(connection)
    before = process.memory_info().rss
    yield
    assert works(connection)
    connection.close()
    newcomer = connect()
    assert works(newcomer)
    newcomer.close()
    assert process.memory_info().rss - before < 150 * MEGABYTE


def conversation(hana: LocalHana) -> list[bytes]:
    """The messages of a client that behaves."""
    command = b"SELECT ? FROM DUMMY"
    return [
        message(AUTHENTICATE, Part(AUTHENTICATION, fields(hana.user.encode(), SCRAM, b"c" * 64))),
        message(CONNECT, Part(AUTHENTICATION, fields(hana.user.encode(), SCRAM, fields(b"p" * 32)))),
        message(EXECUTEDIRECT, Part(3, b"SELECT * FROM DUMMY")),
        message(PREPARE, Part(3, command)),
        message(EXECUTE, Part(STATEMENTID, bytes(8)), Part(PARAMETERS, b"\x1d\x03abc")),
        message(FETCHNEXT, Part(RESULTSETID, bytes(8)), Part(FETCHSIZE, b"\xff\xff\0\0")),
    ]


def assert_sane(reply: Reply) -> None:
    """An answer or a refusal, but no admission of a defect."""
    if reply.error is not None:
        assert "defect" not in reply.error[2], reply.error


def test_a_logon_may_end_after_any_byte(victim: LocalHana) -> None:
    whole = INITIALISATION + conversation(victim)[0]
    for length in range(0, len(whole), 3):
        with RawClient(victim, initialise=False) as client:
            client.send(whole[:length])


def test_no_flipped_bit_of_a_logon_does_harm(victim: LocalHana) -> None:
    chance = random.Random(1)  # noqa: S311 - the same bits every time
    whole = INITIALISATION + conversation(victim)[0] + conversation(victim)[1]
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(chance.choice([1, 2, 8])):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        with RawClient(victim, initialise=False) as client:
            client.send(bytes(broken))


def test_what_is_not_tls_is_hung_up_on(victim: LocalHana) -> None:
    for data in (
        b"GET / HTTP/1.1\r\n\r\n",
        INITIALISATION,
        b"\x16\x03\x01\xff\xff" + bytes(100),
        bytes(70_000),
    ):
        with socket.create_connection((victim.host, victim.port), timeout=20) as plain:
            try:
                plain.sendall(data)
                with suppress(OSError):  # it may have hung up already
                    plain.shutdown(socket.SHUT_WR)
                while plain.recv(1000):
                    pass
            except ConnectionError:
                pass


def test_a_first_message_that_is_none_is_hung_up_on(victim: LocalHana) -> None:
    for data in (bytes(14), b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 13 + b"\0"):
        with RawClient(victim, initialise=False) as client:
            client.send(data)
            assert client.closed() or data == b"\xff" * 13 + b"\0"


def test_bad_input_leaves_no_stack_trace(authority: Authority, capfd: pytest.CaptureFixture[str]) -> None:
    with LocalHana(authority=authority) as hana:
        for data in (bytes(14), INITIALISATION + bytes(100), INITIALISATION + conversation(hana)[1]):
            with RawClient(hana, initialise=False) as client:
                client.send(data)
                client.closed()
        with RawClient(hana) as client:
            client.log_on(SCRAM)
            for whole in conversation(hana):
                client.send(framed(whole[HEADER_LENGTH:-5]))
                client.reply()
    assert "Traceback" not in capfd.readouterr().err


class LoggedOn:
    """A client that logs on again whenever the server has had enough of it."""

    def __init__(self, hana: LocalHana) -> None:
        self._hana = hana
        self._client: RawClient | None = None

    def exchange(self, data: bytes) -> Reply | None:
        """What the server says to a whole message; None if it hangs up."""
        if self._client is None:
            self._client = RawClient(self._hana)
            self._client.log_on(SCRAM)
        try:
            self._client.send(data)
            return self._client.reply()
        except (EOFError, OSError):
            self.close()
            return None

    def close(self) -> None:
        if self._client is not None:
            self._client.socket.close()
            self._client = None


@pytest.fixture
def logged_on(victim: LocalHana) -> Iterator[LoggedOn]:
    client = LoggedOn(victim)
    yield client
    client.close()


def framed(body: bytes) -> bytes:
    """A message whose outermost length is right, whatever is inside."""
    return HEADER.pack(0, 1, len(body), 131072, 1, 0, 0) + body


def test_every_message_may_be_cut_anywhere(logged_on: LoggedOn, victim: LocalHana) -> None:
    for whole in conversation(victim):
        body = whole[HEADER_LENGTH:]
        for length in range(len(body)):
            reply = logged_on.exchange(framed(body[:length]))
            assert reply is not None
            assert_sane(reply)


def test_every_field_may_hold_an_absurd_length(logged_on: LoggedOn, victim: LocalHana) -> None:
    for whole in conversation(victim):
        body = whole[HEADER_LENGTH:]
        for position in range(len(body)):
            for length in LENGTHS:
                for size in (2, 4):
                    broken = bytearray(body)
                    broken[position : position + size] = struct.pack("<q", length)[:size]
                    reply = logged_on.exchange(framed(bytes(broken)))
                    if reply is not None:
                        assert_sane(reply)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_bit_of_a_message_does_harm(
    logged_on: LoggedOn, victim: LocalHana, data: st.DataObject
) -> None:
    body = bytearray(data.draw(st.sampled_from(conversation(victim)))[HEADER_LENGTH:])
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    reply = logged_on.exchange(framed(bytes(body)))
    if reply is not None:
        assert_sane(reply)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 2**31 - 1))
def test_no_parameters_do_harm(logged_on: LoggedOn, data: bytes, count: int) -> None:
    prepared = logged_on.exchange(message(PREPARE, Part(3, b"SELECT ?, ? FROM DUMMY")))
    assert prepared is not None
    statement = prepared.parts[STATEMENTID].data
    given_parameters = Part(PARAMETERS, data, count=-1)
    written = bytearray(message(EXECUTE, Part(STATEMENTID, statement), given_parameters))
    # The big argument count of the second part.
    struct.pack_into("<i", written, HEADER_LENGTH + 24 + 24 + 16 - 12, count)
    reply = logged_on.exchange(bytes(written))
    assert reply is not None
    assert_sane(reply)
    logged_on.exchange(message(70, Part(STATEMENTID, statement)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(-128, 127), st.lists(st.tuples(st.integers(-128, 127), st.binary(max_size=40)), max_size=3)
)
def test_messages_may_come_in_any_order(
    logged_on: LoggedOn, type_: int, parts: list[tuple[int, bytes]]
) -> None:
    reply = logged_on.exchange(message(type_, *(Part(kind, data) for kind, data in parts)))
    if reply is not None:
        assert_sane(reply)


@pytest.mark.parametrize("before_logon", [True, False])
@pytest.mark.parametrize("length", [1 << 30, 0xFFFFFFFF])
def test_a_gigabyte_is_refused_before_it_is_sent(victim: LocalHana, before_logon: bool, length: int) -> None:
    with RawClient(victim) as client:
        if not before_logon:
            client.log_on(SCRAM)
        client.send(HEADER.pack(0, 1, length, length, 1, 0, 0))
        reply = client.reply()
        assert reply.error is not None
        assert reply.error[0] == 1033
        assert client.closed()


def test_before_the_logon_a_message_is_short(victim: LocalHana) -> None:
    with RawClient(victim) as client:
        client.send(HEADER.pack(0, 1, MEGABYTE, MEGABYTE, 1, 0, 0))
        reply = client.reply()
        assert reply.error is not None
        assert reply.error[0] == 1033


def test_a_long_message_takes_memory_only_as_it_arrives(victim: LocalHana) -> None:
    process = psutil.Process(victim.process_id)
    with ExitStack() as stack:
        before = process.memory_info().rss
        for _ in range(20):
            client = stack.enter_context(RawClient(victim))
            client.log_on(SCRAM)
            client.send(HEADER.pack(0, 1, 60 * MEGABYTE, 0, 1, 0, 0) + bytes(1000))
        assert process.memory_info().rss - before < 50 * MEGABYTE


def test_a_page_is_bounded_whatever_a_client_asks_for(victim: LocalHana) -> None:
    with RawClient(victim) as client:
        client.log_on(SCRAM, user=victim.hdi_user, password=victim.hdi_password)
        assert (
            client.execute(f"CREATE COLUMN TABLE {victim.schema}.LONG_ROWS (T NVARCHAR(5000))").error is None
        )
        prepared = client.ask(PREPARE, Part(3, f"INSERT INTO {victim.schema}.LONG_ROWS VALUES (?)".encode()))
        row = b"\x1d\xf6" + struct.pack("<h", 5000) + b"x" * 5000
        for _ in range(4):
            client.ask(
                EXECUTE,
                Part(STATEMENTID, prepared.parts[STATEMENTID].data),
                Part(PARAMETERS, row * 500, count=500),
            )
        reply = client.execute(f"SELECT * FROM {victim.schema}.LONG_ROWS")
        cursor = reply.parts[RESULTSETID]
        everything = Part(FETCHSIZE, struct.pack("<i", 0x7FFFFFFF))
        pages = [reply.parts[RESULTSET]]
        while not pages[-1].attributes & LAST:
            pages.append(client.ask(FETCHNEXT, Part(RESULTSETID, cursor.data), everything).parts[RESULTSET])
        assert sum(page.count for page in pages) == 2000
        assert max(len(page.data) for page in pages) < 2 * MEGABYTE


def test_a_thousand_half_open_connections_are_cut_after_a_while(victim: LocalHana) -> None:
    _allow_descriptors()
    with ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(socket.create_connection((victim.host, victim.port), timeout=20))
        with RawClient(victim) as client:
            assert client.log_on(SCRAM).kind == 2
        _wait_for_connections(victim, 1)


def test_a_client_that_drips_is_cut_as_well(victim: LocalHana) -> None:
    with RawClient(victim, initialise=False) as client:
        try:
            while True:
                client.send(b"\xff")
                time.sleep(0.3)
        except OSError:
            pass


@pytest.mark.slow
def test_a_thousand_idle_connections_leave_room_for_others(victim: LocalHana) -> None:
    _allow_descriptors()
    process = psutil.Process(victim.process_id)
    before = process.memory_info().rss
    with ExitStack() as stack:
        for _ in range(1000):
            client = stack.enter_context(RawClient(victim))
            client.log_on(SCRAM)
        assert victim.connections == 1001
        assert process.memory_info().rss - before < 200 * MEGABYTE
        assert client.execute("SELECT * FROM DUMMY").error is None
    _wait_for_connections(victim, 1)


def _wait_for_connections(hana: LocalHana, wanted: int) -> None:
    while hana.connections > wanted:
        time.sleep(0.05)


def _allow_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
