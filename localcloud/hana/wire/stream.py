"""Reads whole messages from a socket. It takes no more memory than what has arrived."""

from __future__ import annotations

import socket

from localcloud.hana.errors import PARSE_ERROR, HanaError

from .constants import HEADER_LENGTH
from .framing import Header, parse_header

_CHUNK = 64 << 10


class Stream:
    """Reads one side of a connection; EOFError when the client is gone."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = b""

    def exactly(self, length: int) -> bytes:
        """The next `length` bytes."""
        data = self._fill(self._rest, length)
        self._rest = data[length:]
        return data[:length]

    def message(self, most: int) -> tuple[Header, bytes]:
        """The next message: header and what follows it; HanaError if that is longer than `most`."""
        data = self._rest or self._sock.recv(_CHUNK)
        if len(data) < HEADER_LENGTH:
            data = self._fill(data, HEADER_LENGTH)
        header = parse_header(data)
        if header.length > most:
            raise HanaError(PARSE_ERROR, f"protocol error: a message of {header.length} bytes")
        end = HEADER_LENGTH + header.length
        if len(data) < end:
            data = self._fill(data, end)
        self._rest = data[end:]
        return header, data[HEADER_LENGTH:end]

    def _fill(self, data: bytes, length: int) -> bytes:
        chunks, size = [data], len(data)
        while size < length:
            chunk = self._sock.recv(_CHUNK)
            if not chunk:
                raise EOFError
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
