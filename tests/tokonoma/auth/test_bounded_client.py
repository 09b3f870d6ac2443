"""The client gives up in time, whatever a server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from tokonoma.auth.bounded_client import MAX_ANSWER, BoundedClient

Play = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Play], str]]:
    """`server(play)`: the address of a server that has `play` answer each connection."""
    listeners = []

    def serve(play: Play) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.recv(65536)
                        play(connection)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serve
    for listener in listeners:
        listener.close()


def head(length: int, more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def test_status_and_body_come_back(server: Callable[[Play], str]) -> None:
    address = server(lambda connection: connection.sendall(head(5) + b"pearl"))
    with BoundedClient(10) as client:
        assert client.get(address) == (200, b"pearl")


def test_a_redirect_is_not_followed(server: Callable[[Play], str]) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with BoundedClient(10) as client:
        assert client.get(server(lambda connection: connection.sendall(moved))) == (302, b"")


@pytest.mark.parametrize("surplus", [0, 1])
def test_an_answer_of_the_largest_size_is_taken_and_no_longer_one(
    server: Callable[[Play], str], surplus: int
) -> None:
    length = MAX_ANSWER + surplus
    address = server(lambda connection: connection.sendall(head(length) + b"x" * length))
    with BoundedClient(10) as client:
        if surplus:
            with pytest.raises(ValueError, match="too long"):
                client.get(address)
        else:
            assert len(client.get(address)[1]) == length


def test_a_packed_answer_is_not_unpacked(server: Callable[[Play], str]) -> None:
    packed = head(4, "Content-Encoding: gzip\r\n") + b"\x1f\x8b\x08\x00"
    with BoundedClient(10) as client:
        assert client.get(server(lambda connection: connection.sendall(packed)))[1] == b"\x1f\x8b\x08\x00"


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(server: Callable[[Play], str]) -> None:
    """Each single read is in time, the whole is not."""

    def dribble(connection: socket.socket) -> None:
        connection.sendall(head(1000))
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.1)

    began = time.monotonic()
    with BoundedClient(0.5) as client, pytest.raises((httpx.HTTPError, TimeoutError)):
        client.get(server(dribble))
    assert time.monotonic() - began < 10
