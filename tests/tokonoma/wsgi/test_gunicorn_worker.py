"""What an answer looks like on the wire, and in how many pieces it is handed to the system."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tokonoma.wsgi.gunicorn_worker import _Reply


class Wire:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def sent(
    *pieces: bytes,
    headers: tuple[tuple[str, str], ...] = (),
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
    status: str = "200 OK",
) -> list[bytes]:
    request = SimpleNamespace(method=method, version=version, should_close=lambda: version == (1, 0))
    wire = Wire()
    reply = _Reply(request, wire, SimpleNamespace())
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
