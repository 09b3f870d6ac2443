"""What an answer looks like on the wire, in how many pieces it goes to the system, and how it is cut off."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.programs import Program
from tests.tokonoma.wsgi.raw_http import SECRET, Connect, everything, replies
from tokonoma.wsgi.response import Response


class Wire:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, data: memoryview) -> int:
        self.sent.append(bytes(data))
        return len(data)


def sent(
    *pieces: bytes,
    headers: tuple[tuple[str, str], ...] = (),
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
    status: str = "200 OK",
    is_body_read: bool = True,
) -> list[bytes]:
    request = SimpleNamespace(
        method=method, version=version, should_close=lambda: version == (1, 0), is_body_read=is_body_read
    )
    wire = Wire()
    reply = Response(request, wire, SimpleNamespace())
    reply.start_response(status, list(headers))
    for piece in pieces:
        reply.write(piece)
    reply.close()
    return wire.sent


def test_head_and_body_are_sent_together() -> None:
    [all_of_it] = sent(b"hello", headers=(("Content-Length", "5"),))
    head, _, body = all_of_it.partition(b"\r\n\r\n")
    assert body == b"hello"
    first, *rest = head.split(b"\r\n")
    assert first == b"HTTP/1.1 200 OK"
    names = [line.partition(b":")[0] for line in rest]
    assert names == [b"Date", b"Connection", b"Content-Length"]
    assert b"Connection: keep-alive" in rest


def test_who_speaks_the_old_version_is_hung_up_on() -> None:
    [all_of_it] = sent(b"hello", headers=(("Content-Length", "5"),), version=(1, 0))
    assert all_of_it.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in all_of_it


def test_a_body_in_pieces_is_sent_as_it_comes() -> None:
    first, second = sent(b"hel", b"lo", headers=(("Content-Length", "5"),))
    assert first.endswith(b"\r\n\r\nhel")
    assert second == b"lo"


def test_a_body_of_unknown_length_is_sent_in_chunks() -> None:
    first, second, end = sent(b"hel", b"lo")
    assert b"\r\nTransfer-Encoding: chunked\r\n" in first
    assert first.endswith(b"\r\n\r\n3\r\nhel\r\n")
    assert second == b"2\r\nlo\r\n"
    assert end == b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "status", "length"), [("HEAD", "200 OK", "5"), ("GET", "204 No Content", "0")]
)
def test_a_head_goes_without_a_body(method: str, status: str, length: str) -> None:
    [head] = sent(b"", headers=(("Content-Length", length),), method=method, status=status)
    assert head.startswith(f"HTTP/1.1 {status}\r\n".encode())
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\r\n\r\n") == 1


GET = b"GET /%b %b\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("kind", ["own", "value", "system"])
def test_an_answer_that_fails_in_its_middle_ends_without_its_last_chunk(
    connect_to_views: Connect, kind: str
) -> None:
    connection = connect_to_views()
    connection.sendall(GET % (b"fails/" + kind.encode(), b"HTTP/1.1"))
    head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked" in head
    assert body == b"3E8\r\n" + b"x" * 1000 + b"\r\n" + (b"3E8\r\n" + b"x" * 1000 + b"\r\n") * 2


@pytest.mark.parametrize(
    "path", [b"fails/own?length", b"fails/value?length", b"fails/system?length", b"short"]
)
def test_an_answer_of_a_known_length_that_fails_is_shorter_than_announced(
    connect_to_views: Connect, path: bytes
) -> None:
    """A problem that was written into the middle of it would be taken for its rest."""
    connection = connect_to_views()
    connection.sendall(GET % (path, b"HTTP/1.1"))
    head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert b"\r\nContent-Length: 5000" in head
    assert body == b"x" * 3000


def test_an_answer_without_a_length_or_chunks_is_reset_when_it_fails(connect_to_views: Connect) -> None:
    """A client of HTTP/1.0 takes the end of the connection for the end of the body."""
    connection = connect_to_views()
    connection.sendall(GET % (b"fails/value", b"HTTP/1.0"))
    with pytest.raises(ConnectionResetError):
        everything(connection)


def test_an_answer_that_fails_before_it_begins_is_500(connect_to_views: Connect) -> None:
    connection = connect_to_views()
    connection.sendall(GET % (b"fails-at-once", b"HTTP/1.1"))
    [reply] = replies(everything(connection))
    assert (reply.status, reply.headers["Connection"]) == (500, "close")
    assert SECRET not in reply.body.decode()


def test_what_cut_an_answer_off_is_logged_by_kind_and_place(
    connect_to_views: Connect, service_with_views: Program
) -> None:
    before = len(service_with_views.output)
    for kind in (b"own", b"value", b"system"):
        connection = connect_to_views()
        connection.sendall(GET % (b"fails/" + kind, b"HTTP/1.1"))
        everything(connection)
    lines = [line for line in service_with_views.output[before:].splitlines() if "cut off" in line]
    assert ["TokonomaError: The schema is being changed." in line for line in lines] == [True, False, False]
    assert ["ValueError" in line for line in lines] == [False, True, False]
    assert ["FileNotFoundError" in line for line in lines] == [False, False, True]
    assert all("service_with_views.py:" in line for line in lines)
    assert not any(SECRET in line or "stacktrace" in line for line in lines)
