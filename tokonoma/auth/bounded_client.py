"""An HTTP client that takes no more time and no more bytes than it was given, whatever the server does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx

MAX_ANSWER = 256 * 1024
"""Bytes of an answer's body at most."""


class BoundedClient:
    """httpx, for a few GET requests one after the other that have `seconds` altogether.

    httpx itself limits single reads only: a server that sends a byte now and then would be read for ever.
    """

    def __init__(self, seconds: float, **options: Any) -> None:
        """`options` are those of httpx.Client."""
        self._client = httpx.Client(timeout=seconds, **options)
        self._socket: socket.socket | None = None
        self._over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._client.close()

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of the answer; redirects are not followed.

        Raises httpx.HTTPError or TimeoutError if there is none in time, ValueError if it is too long.
        """
        # A packed answer would be unpacked before its size can be seen.
        given = {**(headers or {}), "Accept-Encoding": "identity"}
        extensions = {"trace": self._trace}
        with self._client.stream("GET", url, params=params, headers=given, extensions=extensions) as answer:
            body = b""
            for piece in answer.iter_raw():
                body += piece
                if len(body) > MAX_ANSWER:
                    raise ValueError("the answer is too long")
            return answer.status_code, body

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's account of what it does; the socket is the last one that it names."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
        if self._over:
            raise TimeoutError

    def _end(self) -> None:
        self._over = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which would take its state from under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
