"""gunicorn's response, sent in as few system calls as there can be; a client that takes nothing is cut off.

It relies on attributes of gunicorn's Response that are undocumented.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache

from gunicorn.http import wsgi

SEND_SECONDS = 5
"""Seconds that a client has to take `SEND_BYTES`, or else it is cut off; 10 kB a second are enough."""
SEND_BYTES = 32 * 1024
SEND_BUFFER = 64 * 1024
"""What the system keeps for a client. Linux doubles it, and lets a writer go on when a third is free."""

_SEND_TIMEOUT = struct.pack("ll", SEND_SECONDS, 0)
_RESET = struct.pack("ii", 1, 0)


class ClientGone(Exception):
    """The client has hung up, or does not take its answer."""


def bound_sending(sock: socket.socket) -> None:
    """Have the system give up on a client that takes nothing, and keep little for it meanwhile."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


class Response(wsgi.Response):  # type: ignore[misc]
    """One answer; sending it raises ClientGone.

    Head and body go out together: each system call gives Python's lock away, and wakes the client.
    """

    headers_sent: bool
    sock: socket.socket
    _head = b""
    """The part of the head that has not been sent."""

    begun = False
    """Whether the client has got some of it, so that nothing else can be answered any more."""

    @property
    def is_whole(self) -> bool:
        """Whether all that the head announces has been sent."""
        return self._omits_body or self.response_length is None or self.sent >= self.response_length

    def default_headers(self) -> list[str]:
        """The status line, and the fields that are the server's. No version above HTTP/1.1 is spoken here."""
        _, minor = self.req.version
        return [
            f"HTTP/1.{min(minor, 1)} {self.status}\r\n",
            f"Date: {_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
            *(["Transfer-Encoding: chunked\r\n"] if self.chunked else ()),
        ]

    def send_headers(self) -> None:
        """Make the head, once; it is sent with the first piece of the body.

        A body that nobody has read ends the connection behind the answer (RFC 9112 section 9.3).
        """
        if not self.headers_sent:
            if not self.req.is_body_read:
                self.force_close()
            lines = [*self.default_headers(), *[f"{name}: {value}\r\n" for name, value in self.headers]]
            self._head = "".join([*lines, "\r\n"]).encode("latin-1")
            self.headers_sent = True

    def close(self) -> None:
        """Send what is left: the head of an answer without a body, or the last chunk."""
        self.send_headers()
        if self._head or self.chunked:
            self._send(b"0\r\n\r\n" if self.chunked else b"")

    def cut(self) -> None:
        """End an answer in its middle so that the client sees it.

        The last chunk is missing then, or a part of what was announced. Where the end of the connection means
        the end of the body, it is reset.
        """
        if not self.chunked and self.response_length is None:
            self.reset()

    def reset(self) -> None:
        """End the connection at once, and drop what the system keeps for the client."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.sock.close()

    def _emit_body(self, data: bytes) -> None:
        self._send(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def _send(self, data: bytes) -> None:
        rest = memoryview(self._head + data)
        self._head = b""
        self.begun = True
        try:
            while rest:
                piece = rest[:SEND_BYTES]
                taken = self.sock.send(piece)
                if taken < len(piece):  # a blocking socket's time was up
                    raise BlockingIOError
                rest = rest[taken:]
        except BlockingIOError:
            raise ClientGone("the client takes too little of it") from None
        except OSError as error:
            raise ClientGone("the client has hung up") from error


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
