"""gunicorn's threads, with bounds on what a client can hold, and with our words for what gunicorn refuses.

gthread reads the head of a request in a thread, for as long as the client likes, and waits in its main loop
for clients to hang up, two seconds each: a dozen that say nothing keep all others out. Here both happen
between other events, and a thread begins when the head of a request has come as a whole.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import struct
import time
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors, wsgi
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from tokonoma.errors import UNEXPECTED, Answer
from tokonoma.wsgi.middleware import SHUTTERS
from tokonoma.wsgi.problems import PROBLEM, as_json

_log = logging.getLogger(__name__)

LONGEST_HEAD = 64 * 1024
"""Bytes of a request's line and header fields together."""
HEAD_SECONDS = 10.0
"""For the first head on a new connection; later ones have the time that `keepalive` says."""
SEND_SECONDS = 5
"""For a client to take some of what is sent to it, before the connection is cut."""
LINGER_SECONDS = 1.0
"""For a client to read the last answer and hang up (RFC 9112 section 9.6)."""
LINGER_BYTES = 256 * 1024
"""Of what is still on its way from such a client, before the connection is cut."""
_GULP = 64 * 1024

# What gunicorn refuses to read; the first that fits.
_REFUSED: list[tuple[type[Exception], int, str]] = [
    (errors.LimitRequestLine, 414, "The request line is too long."),
    (errors.LimitRequestHeaders, 431, "There are too many header fields, or too long ones."),
    (errors.ExpectationFailed, 417, "The only expectation that is met is 100-continue."),
    (errors.UnsupportedTransferCoding, 501, "The only transfer coding that is known is chunked."),
    # Of ours, not of the request's.
    (errors.InvalidResponseHeader, 500, ""),
    (errors.InvalidResponseHeaderName, 500, ""),
    (errors.ParseException, 400, "The request is not well-formed HTTP/1.1."),
]
_LEAVING = Answer(503, "restarting", "The service is being restarted", retry_after=10)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gthread, bounded. One process of the service."""

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answering: dict[TConn, None] = {}
        self._over: set[TConn] = set()
        self._hanging_up: dict[TConn, int] = {}

    def init_process(self) -> None:
        # The master kills after the configured time, and a look at the clock is up to a second late.
        self.cfg.set("graceful_timeout", max(self.cfg.graceful_timeout - 2, 0))
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop; whoever is not answered in the time that is left is told so."""
        super().run()
        late = list(self._answering)
        for conn in late:
            _send(conn.sock, _LEAVING, "It did not finish your request in time; try again.")
        if late:
            _log.warning("stopped with %d unfinished requests", len(late))
            os._exit(0)  # their threads would be waited for, and what they want of HANA is lost anyway

    def enqueue_req(self, conn: TConn) -> None:
        """Give a thread to a request whose head is there; let the others come in first."""
        if not conn.initialized:
            conn.init()
            conn.data_ready = True
            limit = struct.pack("ll", SEND_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if self._has_head(conn):
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)
        self._watch(conn, self.on_pending_socket_readable)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        if self._has_head(conn):
            super().on_client_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        if self._has_head(conn):
            super().on_pending_socket_readable(conn, client)

    def handle(self, conn: TConn) -> Any:
        """Serve one request, in a thread; true if the connection is to be kept."""
        self._answering[conn] = None
        try:
            head, _, _ = conn.parser.unreader.buf.getvalue().partition(b"\r\n\r\n")
            kept = False
            if len(head) > LONGEST_HEAD and b"\r\n" in head:
                self.handle_error(None, conn.sock, conn.client, errors.LimitRequestHeaders(""))
            else:
                kept = super().handle(conn)
            if not kept:
                self._over.add(conn)
            return kept
        finally:
            del self._answering[conn]

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Have the service answer; true if the connection may be kept. No hooks, files or upgrades here."""
        reply, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=_Reply
        )
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            _log.info("restarts after so many requests")
            self.alive = False
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            reply.force_close()
        pieces = self.wsgi(environ, reply.start_response)
        try:
            for piece in pieces:
                reply.write(piece)
            reply.close()
        except BlockingIOError:
            _log.info("a client does not take its answers")
            return False
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        return not reply.should_close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Refuse in the shape of all our errors, and quote nothing of the request, neither here nor there."""
        status, detail = next(
            ((status, detail) for kind, status, detail in _REFUSED if isinstance(exc, kind)), (500, "")
        )
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("unexpected error", exc_info=exc)
            _send(client, UNEXPECTED, "The fault is on our side; it has been logged.")
        else:
            _log.warning("A request could not be read: %d, %s", status, type(exc).__name__)
            _send(client, Answer(status, "about:blank", HTTPStatus(status).phrase), detail)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        if conn not in self._over:
            super().finish_request(conn, fs)
            return
        self._over.remove(conn)
        # What is still on its way must be taken off, or the system takes our answer back.
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            conn.timeout = time.monotonic() + LINGER_SECONDS
            self._hanging_up[conn] = LINGER_BYTES
            self._watch(conn, self._on_leaving_readable)
            return
        self._drop(conn)

    def _on_leaving_readable(self, conn: TConn, client: socket.socket) -> None:
        with suppress(OSError):
            taken = len(client.recv(_GULP, socket.MSG_DONTWAIT))
            self._hanging_up[conn] -= taken
            if taken and self._hanging_up[conn] > 0:
                return
        del self._hanging_up[conn]
        self._drop(conn)

    def murder_pending(self) -> None:
        """Close what has used its time up; called after every event, and every second."""
        super().murder_pending()
        for conn in list(self._hanging_up):  # in the order of their time
            if conn.timeout > time.monotonic():
                break
            del self._hanging_up[conn]
            self._drop(conn)

    def _watch(self, conn: TConn, callback: Any) -> None:
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(callback, conn))

    def _drop(self, conn: TConn) -> None:
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _has_head(self, conn: TConn) -> bool:
        """Whether the parser need not wait for the head of the next request; takes in what is there of it."""
        buffer = conn.parser.unreader.buf
        if self._is_enough(buffer.getvalue()):
            return True
        try:
            more = conn.sock.recv(_GULP, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            more = b""
        buffer.seek(0, os.SEEK_END)
        buffer.write(more)
        # At its end a thread finds out what is to be done about it.
        return not more or self._is_enough(buffer.getvalue())

    def _is_enough(self, head: bytes) -> bool:
        """Whether it is whole, or so wrong already that the parser refuses it as it is."""
        return (
            b"\r\n\r\n" in head
            or len(head) > LONGEST_HEAD
            or head.count(b"\n") != head.count(b"\r\n")
            or (len(head) > self.cfg.limit_request_line + 2 and b"\r\n" not in head)
        )


class _Reply(wsgi.Response):  # type: ignore[misc]
    """Sends head and body as one: each system call gives Python's lock away, and wakes the client up."""

    headers_sent: bool
    _head = b""
    """What of the head has not been sent."""

    def default_headers(self) -> list[str]:
        return [
            "HTTP/{}.{} {}\r\n".format(*self.req.version, self.status),
            f"Date: {_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
            *(["Transfer-Encoding: chunked\r\n"] if self.chunked else ()),
        ]

    def send_headers(self) -> None:
        if not self.headers_sent:
            lines = [*self.default_headers(), *[f"{name}: {value}\r\n" for name, value in self.headers]]
            self._head = "".join([*lines, "\r\n"]).encode("latin-1")
            self.headers_sent = True

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self.sock.sendall(head + data)

    def close(self) -> None:
        self.send_headers()
        if self._head or self.chunked:
            self.sock.sendall(self._head + (b"0\r\n\r\n" if self.chunked else b""))


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _send(client: socket.socket, answer: Answer, detail: str) -> None:
    """Write an answer outside of WSGI, without waiting, as the last one on its connection."""
    body = as_json(answer, detail).encode()
    headers = [
        ("Content-Type", PROBLEM),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *([("Retry-After", str(answer.retry_after))] if answer.retry_after else []),
        *SHUTTERS,
    ]
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    with suppress(OSError):
        write_nonblock(client, "\r\n".join([*lines, "", ""]).encode("ascii") + body)
