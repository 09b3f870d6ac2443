"""gunicorn's worker with threads, with bounds on what a client can hold.

gthread reads the head of a request in a thread, for as long as the client likes; waits in a thread for bodies
that nobody reads; and waits in its main loop for clients to hang up, two seconds each. A dozen of them keep
all others out. Here the main loop does all of it between other events, and a thread begins with a whole head.

It replaces methods of gthread's worker that are undocumented; test_gunicorn_internals names them.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http import errors, wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

from tokonoma.errors import UNEXPECTED, Answer, TokonomaError
from tokonoma.wsgi.raw_problems import refusal_of, send_problem
from tokonoma.wsgi.request import Request, Unreader
from tokonoma.wsgi.response import ClientGone, Response, bound_sending

_log = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
"""Bytes of a request's line and header fields together."""
HEAD_SECONDS = 10.0
"""Seconds for the first head on a new connection; later ones have the time that `keepalive` says."""
LINGER_SECONDS = 1.0
"""Seconds that a client has to read the last answer and hang up (RFC 9112 section 9.6)."""
LINGER_BYTES = 256 * 1024
"""Bytes that such a client may still send before the connection is cut."""
RESERVED_FILES = 128
"""File descriptors of a process that are not for clients: HANA's connections, counters, listeners."""
_READ_BYTES = 64 * 1024

_RESTARTING = Answer(503, "restarting", "The service is being restarted", retry_after=10)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Worker(ThreadWorker):  # type: ignore[misc]
    """One process of the service: gthread, bounded."""

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_flight: dict[TConn, Response | None] = {}
        """Connections whose requests are in threads, with their responses as soon as there are any."""
        self._finished: set[TConn] = set()
        """Connections that have had their last response."""
        self._lingering: dict[TConn, int] = {}
        """Connections that the client is to close, the oldest first, with the bytes that may still come."""
        self._out_of_files = False
        self._is_late = False
        """Whether the worker has ended before its requests have."""

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse settings that this worker would not honour; called in the master, before any fork."""
        if cfg.is_ssl:
            sys.exit("Tokonoma does not start: it speaks no TLS, which is for the router in front of it.")
        super().check_config(cfg, log)

    def init_process(self) -> None:
        """Run the worker, within what the system allows it."""
        # The master kills after the configured time, and a look at the clock is up to a second late.
        self.cfg.set("graceful_timeout", max(self.cfg.graceful_timeout - 2, 0))
        allowed = _allowed_connections(self.cfg.worker_connections)
        self.worker_connections = max(allowed, self.cfg.threads + 1)
        self.max_keepalived = self.worker_connections - self.cfg.threads
        self.cfg.set("worker_exit", partial(self._end_process, self.cfg.worker_exit))
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop; whoever is not answered in the time that is left is told so."""
        super().run()
        late = list(self._in_flight.items())
        for conn, response in late:
            if response is None or not response.begun:
                send_problem(conn.sock, _RESTARTING, "It did not finish your request in time; try again.")
            else:
                response.cut()
        if late:
            _log.warning("stopped with %d unfinished requests", len(late))
            self._is_late = True

    def _end_process(self, worker_exit: Callable[[Any, Any], object], server: Any, worker: Any) -> None:
        """Call gunicorn's hook `worker_exit`, the last thing that happens in the process of a worker."""
        try:
            worker_exit(server, worker)
        except Exception:
            _log.exception("the hook worker_exit failed")
        if self._is_late:
            os._exit(0)  # the threads would be waited for, and what they want of HANA is lost anyway

    def accept(self, listener: socket.socket) -> None:
        """Let one client in."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            _log.error("cannot let a client in: %s", error.strerror)
            self._out_of_files = True

    def enqueue_req(self, conn: TConn) -> None:
        """Give a thread to a request whose head is there; let the others come in first."""
        if not conn.initialized:
            conn.init()
            conn.parser.mesg_class = Request
            conn.parser.unreader = Unreader(conn.sock)
            conn.data_ready = True
            bound_sending(conn.sock)
        if self._has_head(conn):
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)
        self._register(conn, self.on_pending_socket_readable)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Take in what a kept connection sends, and serve it once its head is whole."""
        if self._has_head(conn):
            super().on_client_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Take in what a new connection sends, and serve it once its head is whole."""
        if self._has_head(conn):
            super().on_pending_socket_readable(conn, client)

    def handle(self, conn: TConn) -> Any:
        """Serve one request, in a thread; true if the connection is to be kept."""
        self._in_flight[conn] = None
        try:
            head, _, _ = conn.parser.unreader.buf.getvalue().partition(b"\r\n\r\n")
            kept = False
            if len(head) > MAX_HEAD_BYTES and b"\r\n" in head:
                self.handle_error(None, conn.sock, conn.client, errors.LimitRequestHeaders(""))
            else:
                kept = super().handle(conn)
            if not kept:
                self._finished.add(conn)
            return kept
        finally:
            del self._in_flight[conn]

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Have the app answer; true if the connection may be kept."""
        self.cfg.pre_request(self, req)
        response, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=Response
        )
        environ["wsgi.multithread"] = True
        self._in_flight[conn] = response
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            _log.info("restarts after so many requests")
            self.alive = False
        if not self.alive or not self.cfg.keepalive or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        try:
            self._answer(response, environ)
        except ClientGone as reason:
            _log.info("an answer was not taken: %s", reason)
            response.reset()
            return False
        except Exception as error:
            self._fail(response, error, conn)
            return False
        finally:
            self._call_post_request(req, environ, response)
        return response.is_whole and not response.should_close()

    def _answer(self, response: Response, environ: dict[str, Any]) -> None:
        pieces = self.wsgi(environ, response.start_response)
        try:
            for piece in pieces:
                response.write(piece)
            response.close()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _fail(self, response: Response, error: Exception, conn: TConn) -> None:
        """Answer 500; an answer that has begun is cut off, and logged without quoting what it carries."""
        if response.begun:
            _log.error("an answer was cut off in its middle: %s", _kind(error))
            response.cut()
        else:
            self.handle_error(response.req, conn.sock, conn.client, error)

    def _call_post_request(self, req: Request, environ: dict[str, Any], response: Response) -> None:
        try:
            self.cfg.post_request(self, req, environ, response)
        except Exception:
            _log.exception("the hook post_request failed")

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        # gthread would wait here for bodies that nobody read; those have ended their connections already.
        return keepalive

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Refuse what cannot be read, and quote nothing of it, neither in the answer nor in the log."""
        answer, detail = refusal_of(exc)
        if answer is UNEXPECTED:
            _log.error("unexpected error", exc_info=exc)
        else:
            _log.warning("A request could not be read: %d, %s", answer.status, type(exc).__name__)
        send_problem(client, answer, detail)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Keep the connection, or wait a moment for the client to hang up."""
        if conn not in self._finished:
            super().finish_request(conn, fs)
            return
        self._finished.remove(conn)
        # What is still on its way must be taken off, or the system takes our answer back.
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            conn.timeout = time.monotonic() + LINGER_SECONDS
            self._lingering[conn] = LINGER_BYTES
            self._register(conn, self._on_lingering_readable)
            return
        self._drop(conn)

    def _on_lingering_readable(self, conn: TConn, client: socket.socket) -> None:
        with suppress(OSError):
            taken = len(client.recv(_READ_BYTES, socket.MSG_DONTWAIT))
            self._lingering[conn] -= taken
            if taken and self._lingering[conn] > 0:
                return
        del self._lingering[conn]
        self._drop(conn)

    def murder_pending(self) -> None:
        """Close what has used its time up, and make room for the next; called when all events are handled."""
        super().murder_pending()
        now = time.monotonic()
        while self._lingering and next(iter(self._lingering)).timeout <= now:
            self._stop_lingering()
        if self._out_of_files:
            self._out_of_files = False
            if not self._made_room():
                time.sleep(0.05)  # nobody can be let in; the next try follows at once
        while self.nr_conns >= self.worker_connections and self._has_kept_waiting(now):
            self._made_room()

    def _has_kept_waiting(self, now: float) -> bool:
        """Whether somebody is to go; of a single client that has just come the request is on its way."""
        if len(self.pending_conns) + len(self._lingering) > 1:
            return True
        return bool(self.pending_conns) and now - (self.pending_conns[0].timeout - HEAD_SECONDS) > 1

    def _made_room(self) -> bool:
        """Whether there was somebody to hang up on: who has kept the service waiting longest."""
        pending, lingering = next(iter(self.pending_conns), None), next(iter(self._lingering), None)
        if lingering and (not pending or lingering.timeout - LINGER_SECONDS < pending.timeout - HEAD_SECONDS):
            self._stop_lingering()
        elif pending:
            self._drop(self.pending_conns.popleft())
            _log.warning("no room for more clients: the one whose request was awaited longest has to go")
        else:
            return False
        return True

    def _stop_lingering(self) -> None:
        """Drop the one that has lingered longest."""
        conn = next(iter(self._lingering))
        del self._lingering[conn]
        self._drop(conn)

    def _register(self, conn: TConn, callback: Any) -> None:
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
            more = conn.sock.recv(_READ_BYTES, socket.MSG_DONTWAIT)
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
            or len(head) > MAX_HEAD_BYTES
            or head.count(b"\n") != head.count(b"\r\n")
            or (len(head) > self.cfg.limit_request_line + 2 and b"\r\n" not in head)
        )


def _allowed_connections(wanted: int) -> int:
    """How many connections there may be: as many as wanted, if the system allows it so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + RESERVED_FILES
    if soft == resource.RLIM_INFINITY or soft >= files:
        return wanted
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files - RESERVED_FILES


def _kind(error: Exception) -> str:
    """What went wrong, and where; the words of an error only where callers may see them."""
    words = f": {error}" if isinstance(error, TokonomaError) else ""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}{words}{where}"
