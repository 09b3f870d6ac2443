"""The rules of HTTP: what is no request, where a request ends, and what becomes of its connection.

Raw sockets against the service as the Procfile starts it.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import pytest

from tests.programs import Program
from tests.tokonoma.wsgi.raw_http import LINE, SECRET, Connect, everything, one, replies
from tokonoma.app import MAX_BODY
from tokonoma.wsgi.gunicorn_worker import MAX_HEAD_BYTES
from tokonoma.wsgi.middleware import SECURITY_HEADERS
from tokonoma.wsgi.request import BODY_SECONDS, MAX_BODY_BYTES, is_authority

NO_HOST = b"GET /health HTTP/1.1\r\n"
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
    "header fields that never end": (LINE + b"X: x\r\n" * (MAX_HEAD_BYTES // 6 + 1), 431),
    "no HTTP": (b"hello\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 4, 400),
    "an empty request": (b"\r\n\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a method in lower case": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a blank in the target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a control character in the target": (b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "letters beyond ASCII in the target": (b"GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a fragment in the target": (b"GET /health#top HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target that is no path": (b"GET health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target that is an authority": (b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target that is an asterisk": (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target of another scheme": (b"GET file:///health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target without a host": (b"GET http:///health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target with a user": (b"GET http://a:hunter2@x/health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "lines that end with LF": (b"GET /health HTTP/1.1\nHost: x\n\n", 400),
    "a field that ends with LF": (LINE + b"X: x\nY: y\r\n\r\n", 400),
    "no colon": (LINE + b"Authorization Bearer\r\n\r\n", 400),
    "a blank before the colon": (LINE + b"Host : x\r\n\r\n", 400),
    "a folded line": (LINE + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a value": (LINE + b"X: a\x00b\r\n\r\n", 400),
    "CR in a value": (LINE + b"X: a\rb\r\n\r\n", 400),
    "no host": (NO_HOST + b"\r\n", 400),
    "no host in HTTP/1.2": (b"GET /health HTTP/1.2\r\n\r\n", 400),
    "no host but one in the target": (b"GET http://x/health HTTP/1.1\r\n\r\n", 400),
    "two hosts": (LINE + b"Host: y\r\n\r\n", 400),
    "the same host twice": (LINE + b"Host: x\r\n\r\n", 400),
    "two hosts in HTTP/1.0": (b"GET /health HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "an empty host": (NO_HOST + b"Host:\r\n\r\n", 400),
    "a malformed host": (NO_HOST + b"Host: x/health\r\n\r\n", 400),
    "a malformed host in HTTP/1.0": (b"GET /health HTTP/1.0\r\nHost: x/y\r\n\r\n", 400),
    "two content types": (LINE + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
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
    "packed, then chunked": (LINE + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "CVE-2024-6827: packed, and not chunked": (LINE + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "CVE-2024-6827: an unknown coding": (LINE + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "a coding behind a control character": (LINE + b"Transfer-Encoding: \x0bchunked\r\n\r\n", 400),
    "chunks in HTTP/1.0": (b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
}


def with_secrets(raw: bytes) -> bytes:
    """The same request, carrying what nobody may repeat: a token, a query, and what went wrong itself."""
    line = b"GET /health?password=hunter2 HTTP/1.1\r\n" + TOKEN
    return raw.replace(NO_HOST, line, 1).replace(b"?q=", b"?password=hunter2")


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
    assert SECURITY_HEADERS
    for name, value in SECURITY_HEADERS:
        assert reply.headers[name.title()] == value
    problem = json.loads(reply.body)
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert SECRET not in reply.body.decode()
    assert SECRET not in service.output


def test_only_an_error_of_ours_is_500(service: Program) -> None:
    """Left by all the tests above."""
    assert "stacktrace" not in service.output


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"GET http://x/health HTTP/1.1\r\nHost: x\r\n", id="a whole address"),
        pytest.param(b"GET HTTP://X:80/health HTTP/1.1\r\nHost: x\r\n", id="in capitals"),
        pytest.param(b"GET http://x/health HTTP/1.1\r\nHost: y\r\n", id="another host than in the field"),
        pytest.param(b"GET /health HTTP/1.0\r\n", id="HTTP/1.0 without a host"),
        pytest.param(b"GET /health HTTP/1.2\r\nHost: x\r\n", id="a version to come"),
        pytest.param(b"\r\nGET /health HTTP/1.1\r\nHost: x\r\n", id="an empty line before it"),
        pytest.param(b"GET /health?a=http://b HTTP/1.1\r\nHost: x\r\n", id="an address in the query"),
    ],
)
def test_what_the_rules_allow_is_served(connect: Connect, raw: bytes) -> None:
    connection = connect()
    connection.sendall(raw + b"Connection: close\r\n\r\n")
    [reply] = replies(everything(connection))
    assert (reply.status, json.loads(reply.body)) == (200, {"status": "UP"})
    assert reply.version == ("HTTP/1.0" if b"HTTP/1.0" in raw else "HTTP/1.1")


@pytest.mark.parametrize(
    "host",
    ["x", "x:3000", "x:", "127.0.0.1:80", "[::1]", "[2001:db8::1]:65535", "my_app.internal", "a%20b", "x."],
)
def test_a_host_may_have_a_port(host: str) -> None:
    assert is_authority(host)


# fmt: off
MALFORMED_HOSTS = [
    "", ":80", "a b", "a/b", "a@b", "a:b", "a:80:80", "a:65536", "a:-1", "a:\u0663", "a\\b", "a?b", "a#b",
    "a, b", "a%2", "a%zz", "::1", "[::1", "::1]", "[]", "[::1]x", "[1.2.3.4]", "[:::]", "[a]:80", "\xe9",
    "a\x00", '"a"', "http://a", "<a>", "[fe80::1%eth0]", "[fe80::1%25eth0]",
    '[::1%"><a>]:80', "[::1%a b]", "[::1%\xe9]",
]
# fmt: on


@pytest.mark.parametrize("host", MALFORMED_HOSTS)
def test_what_is_no_host_with_a_port_is_malformed(host: str) -> None:
    assert not is_authority(host)


@pytest.mark.parametrize(
    "fields",
    [
        b"Connection: close",
        b"connection: CLOSE",
        b"Connection: close, TE",
        b"Connection: keep-alive,close",
        b"Connection: x-hop ,\t Close\t, y",
        b"Connection: keep-alive\r\nConnection: close",
        b"Connection: close\r\nConnection: keep-alive",
    ],
)
def test_close_among_the_connection_options_closes(connect: Connect, fields: bytes) -> None:
    connection = connect()
    connection.sendall(LINE + fields + b"\r\n\r\n" + HIDDEN)
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (200, "close")


@pytest.mark.parametrize(
    "fields", [b"", b"Connection: keep-alive\r\n", b"Connection: x-close, closed\r\n", b"X: close\r\n"]
)
def test_whoever_does_not_ask_for_it_is_not_hung_up_on(connect: Connect, fields: bytes) -> None:
    connection = connect()
    for _ in range(2):
        connection.sendall(LINE + fields + b"\r\n")
        assert one(connection).headers["Connection"] == "keep-alive"


def test_http_1_0_keeps_a_connection_for_whoever_asks(connect: Connect) -> None:
    connection = connect()
    for _ in range(2):
        connection.sendall(b"GET /health HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        assert one(connection).headers["Connection"] == "keep-alive"
    connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
    [reply] = replies(everything(connection))
    assert reply.headers["Connection"] == "close"


def test_a_header_cannot_say_where_the_service_is_mounted(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LINE + b"SCRIPT_NAME: /health\r\nPATH_INFO: /nowhere\r\nConnection: close\r\n\r\n")
    [reply] = replies(everything(connection))
    assert reply.status == 200


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
HIDDEN = b"GET /actuator/info HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = LINE + b"Connection: close\r\n\r\n"


BODIES = {
    "none of it": b"Content-Length: 60000\r\n\r\n",
    "a part of it": b"Content-Length: 60000\r\n\r\n" + HIDDEN,
    "all of it": b"Content-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN),
    "no chunk": CHUNKED,
    "half a chunk": CHUNKED + b"ffff\r\n" + HIDDEN,
    "a chunk, and no last one": CHUNKED + b"%x\r\n%s\r\n" % (len(HIDDEN), HIDDEN),
    "all chunks": CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /health", 200),
        (b"OPTIONS /health", 200),
        (b"POST /health", 405),
        (b"PUT /nowhere", 404),
        (b"GET /", 403),
        (b"DELETE /actuator/health/readiness", 405),
    ],
)
def test_a_body_that_nobody_reads_ends_the_connection_behind_the_answer(
    connect: Connect, request_line: bytes, status: int, body: bytes
) -> None:
    """RFC 9112 section 9.3; nothing of the body may be taken for a request, or waited for."""
    connection = connect()
    connection.settimeout(4)  # five seconds were waited for it
    connection.sendall(request_line + b" HTTP/1.1\r\nHost: x\r\n" + body + CLOSING)
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (status, "close")


def test_the_answer_to_head_tells_the_same(connect: Connect) -> None:
    connection = connect()
    connection.settimeout(4)
    connection.sendall(b"HEAD /health HTTP/1.1\r\nHost: x\r\n" + BODIES["none of it"])
    received = everything(connection)
    assert b"\r\nConnection: close\r\n" in received
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("body", ["all of it", "all chunks"])
def test_a_connection_is_kept_behind_a_body_that_was_read(connect_to_views: Connect, body: str) -> None:
    connection = connect_to_views()
    for _ in range(2):
        connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + BODIES[body])
        reply = one(connection)
        assert (reply.body, reply.headers["Connection"]) == (b"%d" % len(HIDDEN), "keep-alive")


def test_a_connection_is_kept_behind_a_body_of_no_length(connect: Connect) -> None:
    connection = connect()
    for _ in range(2):
        connection.sendall(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert one(connection).headers["Connection"] == "keep-alive"


@pytest.mark.slow
def test_a_view_that_reads_waits_for_a_body_for_some_seconds_only(connect_to_views: Connect) -> None:
    waiting = [connect_to_views() for _ in range(4)]
    for connection, body in zip(
        waiting, ("none of it", "a part of it", "no chunk", "a chunk, and no last one"), strict=True
    ):
        connection.settimeout(BODY_SECONDS * 3)
        connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + BODIES[body])
    for connection in waiting:
        [reply] = replies(everything(connection))
        assert (reply.status, reply.headers["Connection"]) == (408, "close")


BROKEN_CHUNKS = {
    "longer than it says": b"5\r\nhello" + HIDDEN,
    "no length": b"nothing\r\n" + HIDDEN,
    "a length in C": b"0x5\r\nhello\r\n0\r\n\r\n" + HIDDEN,
    "a bad extension": b"5;a=\x00\r\nhello\r\n0\r\n\r\n" + HIDDEN,
    "a length behind the body": b"0\r\nContent-Length: 5\r\n\r\n" + HIDDEN,
    "a trailer without a name": b"0\r\n: y\r\n\r\n" + HIDDEN,
    "LF": b"0\nX: y\n\n" + HIDDEN,
    "a length beyond all bounds": b"fffffffffffffffff\r\n" + HIDDEN,
}


@pytest.mark.parametrize("body", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_a_broken_body_is_400_to_a_view_that_reads(
    connect_to_views: Connect, service_with_views: Program, body: bytes
) -> None:
    connection = connect_to_views()
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + CHUNKED + body)
    connection.shutdown(socket.SHUT_WR)
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (400, "close")
    assert "stacktrace" not in service_with_views.output


def test_a_chunked_body_that_is_too_large_is_413_to_a_view_that_reads(connect_to_views: Connect) -> None:
    connection = connect_to_views()
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + CHUNKED + chunk * 5)
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (413, "close")


@pytest.mark.parametrize("announced", [b"Content-Length: 5\r\n\r\n", CHUNKED + b"5\r\n"])
def test_a_body_that_ends_too_early_is_400(connect_to_views: Connect, announced: bytes) -> None:
    connection = connect_to_views()
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + announced + b"hel")
    connection.shutdown(socket.SHUT_WR)
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (400, "close")


def test_the_app_and_the_worker_mean_the_same_body() -> None:
    assert MAX_BODY_BYTES == MAX_BODY


@pytest.mark.slow
def test_a_body_that_drips_has_no_more_time(connect_to_views: Connect) -> None:
    connection = connect_to_views()
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
    connection.settimeout(0.5)
    for _ in range(int(BODY_SECONDS) * 6):
        connection.sendall(b"x")
        with suppress(TimeoutError):
            assert b" 408 " in connection.recv(65536)
            return
    pytest.fail("it is still waited for")


def test_a_body_that_announces_too_much_is_413(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LINE + b"Content-Length: 100000\r\n\r\n")
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (413, "close")


EXPECT = b"Expect: 100-continue\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    ("request_line", "length", "status"),
    [(b"POST /reads", 70_000, 413), (b"GET /health", 10, 200), (b"POST /health", 10, 405)],
)
def test_nobody_is_told_to_go_on_with_a_body_that_is_not_read(
    connect_to_views: Connect, request_line: bytes, length: int, status: int
) -> None:
    connection = connect_to_views()
    connection.sendall(
        request_line + b" HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % length + EXPECT + b"\r\n"
    )
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (status, "close")


@pytest.mark.parametrize("body", ["all of it", "all chunks"])
def test_whoever_expects_it_is_told_to_go_on_when_the_body_is_wanted(
    connect_to_views: Connect, body: str
) -> None:
    connection = connect_to_views()
    head, _, rest = BODIES[body].partition(b"\r\n\r\n")
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + EXPECT + head + b"\r\n\r\n")
    assert connection.recv(len(CONTINUE), socket.MSG_WAITALL) == CONTINUE
    connection.sendall(rest)
    assert one(connection).body == b"%d" % len(HIDDEN)


def test_a_body_that_is_there_already_needs_no_word(connect_to_views: Connect) -> None:
    connection = connect_to_views()
    connection.sendall(b"POST /reads HTTP/1.1\r\nHost: x\r\n" + EXPECT + BODIES["all of it"])
    assert one(connection).status == 200


def test_http_1_0_is_not_told_to_go_on(connect_to_views: Connect) -> None:
    connection = connect_to_views()
    connection.sendall(b"POST /reads HTTP/1.0\r\n" + EXPECT + b"Content-Length: 5\r\n\r\n")
    connection.sendall(b"hello")
    [reply] = replies(everything(connection))
    assert (reply.status, reply.body) == (200, b"5")


@pytest.mark.parametrize("body", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_after_a_broken_body_the_connection_is_closed(connect: Connect, body: bytes) -> None:
    connection = connect()
    connection.sendall(LINE + CHUNKED + body)
    connection.shutdown(socket.SHUT_WR)
    received = replies(everything(connection))
    assert len(received) >= 1
    assert all(b"version" not in reply.body for reply in received), "the hidden request was served"


def test_a_large_chunked_body_is_not_received(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LINE + CHUNKED)
    with suppress(OSError):
        for _ in range(2000):
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        connection.sendall(b"0\r\n\r\n" + HIDDEN)
        pytest.fail("8 MB were taken")


def test_pipelined_requests_are_answered_in_their_order(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LINE + b"\r\n" + HIDDEN + CLOSING)
    bodies = [reply.body for reply in replies(everything(connection))]
    assert [b"version" in body for body in bodies] == [False, True, False]


def test_a_request_may_come_in_pieces(connect: Connect) -> None:
    connection = connect()
    for place in range(len(CLOSING)):
        connection.sendall(CLOSING[place : place + 1])
    [reply] = replies(everything(connection))
    assert reply.status == 200
