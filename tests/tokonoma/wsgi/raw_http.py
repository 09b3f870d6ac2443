"""HTTP/1.1 on a bare socket: what no client library would send, and what it would hide of the answers."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import NamedTuple

PATIENCE = 60.0
SECRET = "hunter2"
LARGE = 20_000_000
"""Bytes, more than all buffers between the service and a client take."""
LINE = b"GET /health HTTP/1.1\r\nHost: x\r\n"

Connect = Callable[[], socket.socket]


class Reply(NamedTuple):
    version: str
    status: int
    headers: dict[str, str]
    body: bytes


def everything(connection: socket.socket) -> bytes:
    """All that comes until the service hangs up; a reset raises ConnectionResetError."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def replies(received: bytes) -> list[Reply]:
    """Answers that tell their length."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.title(): value for name, _, value in (each.partition(": ") for each in fields)}
        length = int(headers["Content-Length"])
        version, status, _ = line.split(" ", 2)
        found.append(Reply(version, int(status), headers, rest[:length]))
        received = rest[length:]
    return found


def one(connection: socket.socket) -> Reply:
    """The next answer on a connection that stays open."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if found and length and len(body) >= int(length[1]):
            [reply] = replies(received)
            return reply
    raise AssertionError(f"the service hung up behind {received!r}")


def is_served(connect: Connect) -> bool:
    """Whether somebody else is."""
    connection = connect()
    connection.sendall(LINE + b"\r\n")
    return one(connection).status == 200
