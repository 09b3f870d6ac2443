"""Where HTTP begins: what gunicorn itself refuses, what is no HTTP at all, and clients that keep us waiting.

Raw sockets against the service as the Procfile starts it.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, running
from tokonoma.wsgi.gunicorn_worker import HEAD_SECONDS, LONGEST_HEAD
from tokonoma.wsgi.middleware import SHUTTERS

PROJECT = Path(__file__).parents[3]
SECRET = "hunter2"
PATIENCE = 60.0
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n"
MANY = 48
"""More clients than all workers have threads."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def service(
    hana: LocalHana, xsuaa: LocalXsuaa, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", xsuaa.binding()),
        }
    )
    port = free_port()
    environment = cloudfoundry.python_environment(port, services, authority_file)
    output = tmp_path_factory.mktemp("edges") / "output"
    with running(cloudfoundry.procfile_line(), environment, PROJECT, output, port) as program:
        program.wait_until_it_answers()
        yield program


Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(service: Program) -> Iterator[Connect]:
    """Connect to the service; hung up after the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", service.port), PATIENCE))


def everything(connection: socket.socket) -> bytes:
    """All that comes until the service hangs up; nothing here is lost by a reset."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def replies(received: bytes) -> list[Reply]:
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.title(): value for name, _, value in (each.partition(": ") for each in fields)}
        length = int(headers["Content-Length"])
        found.append(Reply(int(line.split()[1]), headers, rest[:length]))
        received = rest[length:]
    return found


def one(connection: socket.socket) -> Reply:
    """The next answer on a connection that stays open."""
    received = b""
    while True:
        received += connection.recv(65536)
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if found and length and len(body) >= int(length[1]):
            [reply] = replies(received)
            return reply


def is_served(connect: Connect) -> bool:
    """Whether somebody else is."""
    connection = connect()
    connection.sendall(HEALTH + b"\r\n")
    return one(connection).status == 200


LINE = b"GET /health HTTP/1.1\r\n"
TOKEN = f"Authorization: Bearer {SECRET}\r\n".encode()

# name -> (what is sent, the status that it must get)
UNREADABLE: dict[str, tuple[bytes, int]] = {
    "a request line too long": (b"GET /?q=" + b"q" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a request line that never ends": (b"GET /?q=" + b"q" * 60_000, 414),
    "a header field too large": (LINE + b"X: " + b"x" * 33_000 + b"\r\n\r\n", 431),
    "too many header fields": (LINE + b"".join(b"X-%d: x\r\n" % n for n in range(101)) + b"\r\n", 431),
    "header fields too large together": (
        LINE + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 30_000) for n in range(4)) + b"\r\n",
        431,
    ),
    "header fields that never end": (LINE + b"X: x\r\n" * (LONGEST_HEAD // 6 + 1), 431),
    "no HTTP": (b"hello\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 4, 400),
    "an empty request": (b"\r\n\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\n\r\n", 400),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a method in lower case": (b"get / HTTP/1.1\r\n\r\n", 400),
    "a blank in the target": (b"GET /a b HTTP/1.1\r\n\r\n", 400),
    "a control character in the target": (b"GET /\x01 HTTP/1.1\r\n\r\n", 400),
    "letters beyond ASCII in the target": (b"GET /\xe9 HTTP/1.1\r\n\r\n", 400),
    "lines that end with LF": (b"GET /health HTTP/1.1\nHost: x\n\n", 400),
    "a field that ends with LF": (LINE + b"Host: x\nX: y\r\n\r\n", 400),
    "no colon": (LINE + b"Authorization Bearer\r\n\r\n", 400),
    "a blank before the colon": (LINE + b"Host : x\r\n\r\n", 400),
    "a folded line": (LINE + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a value": (LINE + b"X: a\x00b\r\n\r\n", 400),
    "CR in a value": (LINE + b"X: a\rb\r\n\r\n", 400),
    "two hosts": (LINE + b"Host: x\r\nHost: y\r\n\r\n", 400),
    "an expectation": (LINE + b"Expect: a miracle\r\n\r\n", 417),
    # Which of two lengths holds is what smuggling is about: none of these may be served.
    "two lengths": (LINE + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n", 400),
    "a length in words": (LINE + b"Content-Length: none\r\n\r\n", 400),
    "a length with a sign": (LINE + b"Content-Length: +5\r\n\r\n", 400),
    "a length below zero": (LINE + b"Content-Length: -1\r\n\r\n", 400),
    "a length in other digits": (LINE + b"Content-Length: \xb2\r\n\r\n", 400),
    "a list of lengths": (LINE + b"Content-Length: 5, 5\r\n\r\n", 400),
    "a length and chunks": (
        LINE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "CVE-2024-1135: chunked twice": (
        LINE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "CVE-2024-1135: chunked, then something else": (LINE + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    "CVE-2024-6827: packed, and not chunked": (LINE + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "CVE-2024-6827: an unknown coding": (LINE + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "a coding behind a control character": (LINE + b"Transfer-Encoding: \x0bchunked\r\n\r\n", 400),
    "chunks in HTTP/1.0": (b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
}


def with_secrets(raw: bytes) -> bytes:
    """The same request, carrying what nobody may repeat: a token, a query, and what went wrong itself."""
    return raw.replace(LINE, b"GET /health?password=hunter2 HTTP/1.1\r\n" + TOKEN, 1).replace(
        b"?q=", b"?password=hunter2"
    )


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_a_problem_like_any_other(
    case: str, connect: Connect, service: Program
) -> None:
    raw, status = UNREADABLE[case]
    connection = connect()
    with suppress(OSError):  # it may hang up before all is sent
        connection.sendall(with_secrets(raw))
    [reply] = replies(everything(connection))
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Connection"] == "close"
    assert SHUTTERS
    for name, value in SHUTTERS:
        assert reply.headers[name.title()] == value
    problem = json.loads(reply.body)
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert SECRET not in reply.body.decode()
    assert SECRET not in service.output


def test_only_an_error_of_ours_is_500(service: Program) -> None:
    """Left by all the tests above."""
    assert "stacktrace" not in service.output


def test_a_header_cannot_say_where_the_service_is_mounted(connect: Connect) -> None:
    connection = connect()
    connection.sendall(HEALTH + b"SCRIPT_NAME: /health\r\nPATH_INFO: /nowhere\r\nConnection: close\r\n\r\n")
    [reply] = replies(everything(connection))
    assert reply.status == 200


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
HIDDEN = b"GET /actuator/info HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = HEALTH + b"Connection: close\r\n\r\n"


def test_a_chunked_body_is_passed_over_and_never_taken_for_a_request(connect: Connect) -> None:
    connection = connect()
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
    connection.sendall(HEALTH + CHUNKED + chunk + CLOSING)
    first, second = replies(everything(connection))
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"5\r\nhello" + HIDDEN, id="longer than its chunk says"),
        pytest.param(b"nothing\r\n" + HIDDEN, id="no length"),
        pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n" + HIDDEN, id="a length in C"),
        pytest.param(b"5;a=\x00\r\nhello\r\n0\r\n\r\n" + HIDDEN, id="a bad extension"),
        pytest.param(b"0\r\nContent-Length: 5\r\n\r\n" + HIDDEN, id="a length behind the body"),
        pytest.param(b"0\nX: y\n\n" + HIDDEN, id="LF"),
        pytest.param(b"fffffffffffffffff\r\n" + HIDDEN, id="a length beyond all bounds"),
    ],
)
def test_after_a_broken_body_the_connection_is_closed(connect: Connect, body: bytes) -> None:
    connection = connect()
    connection.sendall(HEALTH + CHUNKED + body)
    connection.shutdown(socket.SHUT_WR)
    received = replies(everything(connection))
    assert len(received) >= 1
    assert all(b"version" not in reply.body for reply in received), "the hidden request was served"


def test_a_large_chunked_body_is_not_received(connect: Connect) -> None:
    connection = connect()
    connection.sendall(HEALTH + CHUNKED)
    with suppress(OSError):
        for _ in range(2000):
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        connection.sendall(b"0\r\n\r\n" + HIDDEN)
        pytest.fail("8 MB were taken")


@pytest.mark.parametrize("announced", [b"Content-Length: 100000\r\n\r\n", b"Content-Length: 1000\r\n\r\n"])
def test_a_body_that_does_not_come_is_not_waited_for(connect: Connect, announced: bytes) -> None:
    connection = connect()
    connection.sendall(HEALTH + announced + b"x")
    [reply] = replies(everything(connection))
    assert reply.status == (413 if b"100000" in announced else 200)


def test_half_a_head_holds_no_thread_and_is_not_waited_for_for_ever(connect: Connect) -> None:
    halves = [connect() for _ in range(MANY)]
    for connection in halves:
        connection.sendall(HEALTH)
    halves[0].settimeout(HEAD_SECONDS / 5)
    assert is_served(connect)
    with pytest.raises(TimeoutError):
        halves[0].recv(1)  # all of them are still there
    # A byte from time to time does not prolong it.
    dripping = halves.pop()
    dripping.settimeout(0.5)
    dripped = 0
    while dripped < HEAD_SECONDS * 4:
        try:
            if dripping.recv(1) == b"":
                break
        except TimeoutError:
            dripping.sendall(b"X")
            dripped += 1
        except OSError:
            break
    assert dripped < HEAD_SECONDS * 4
    for connection in halves:
        connection.settimeout(PATIENCE)
        assert connection.recv(1) == b""


def test_half_a_head_behind_a_whole_one_holds_no_thread(connect: Connect) -> None:
    connections = [connect() for _ in range(MANY)]
    for connection in connections:
        connection.sendall(HEALTH + b"\r\n" + HEALTH)
    assert all(one(connection).status == 200 for connection in connections)
    assert is_served(connect)
    # And what comes later makes it whole.
    connections[0].sendall(b"\r\n")
    assert one(connections[0]).status == 200


def test_clients_that_say_nothing_hold_no_thread(connect: Connect) -> None:
    silent = [connect() for _ in range(MANY)]
    assert is_served(connect)
    silent[0].sendall(HEALTH + b"\r\n")
    assert one(silent[0]).status == 200


def test_clients_that_do_not_hang_up_keep_nobody_waiting(connect: Connect) -> None:
    """Each of them would hold a worker's main loop for two seconds."""
    lingering = [connect() for _ in range(MANY)]
    for connection in lingering:
        connection.sendall(CLOSING)
    for connection in lingering:
        assert one(connection).status == 200
    hurried = connect()
    hurried.settimeout(10)
    hurried.sendall(HEALTH + b"\r\n")
    assert one(hurried).status == 200


def test_pipelined_requests_are_answered_in_their_order(connect: Connect) -> None:
    connection = connect()
    connection.sendall(HEALTH + b"\r\n" + HIDDEN + CLOSING)
    bodies = [reply.body for reply in replies(everything(connection))]
    assert [b"version" in body for body in bodies] == [False, True, False]


def test_a_request_may_come_in_pieces(connect: Connect) -> None:
    connection = connect()
    for place in range(len(CLOSING)):
        connection.sendall(CLOSING[place : place + 1])
    [reply] = replies(everything(connection))
    assert reply.status == 200
