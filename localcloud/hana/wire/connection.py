"""One client's connection and its thread: TLS, initialisation, logon, then request and reply."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from localcloud.hana import model
from localcloud.hana.errors import GENERAL_ERROR, TIMED_OUT, HanaError, defect
from localcloud.hana.faults import Fault, FaultState
from localcloud.hana.releases import Release

from . import fields
from .constants import (
    INITIALISATION_LENGTH,
    INITIALISATION_REPLY,
    MessageType,
    PartKind,
    StatementContextOption,
)
from .framing import Header, Request, check_initialisation, parse_request, parse_requests, reply
from .logon import Logon
from .replies import Reply
from .request_handler import RequestHandler
from .scram import PasswordStore
from .stream import Stream

log = logging.getLogger(__name__)

_NO_SESSION = 0
_STATEMENTS = frozenset((MessageType.EXECUTEDIRECT, MessageType.PREPARE, MessageType.EXECUTE))
_HANG_POLL = 0.05
_NEVER = float("inf")
_MOST_ANSWERED = 64 << 20
"""Bytes of answers to a message of several segments, beyond which the rest is refused."""


@dataclass(frozen=True)
class Limits:
    """The most that clients can use."""

    connections: int = 2000
    logon_seconds: float = 10.0
    """Seconds from accept to CONNECT; slower clients are cut off."""
    logon_bytes: int = 64 << 10
    """The longest message before the logon is complete."""
    message_bytes: int = 64 << 20
    """The longest message after it."""


class ClientConnection:
    """A connection. `run` is its thread's work; `drop` may be called by any thread."""

    def __init__(
        self,
        sock: socket.socket,
        connection_id: int,
        context: ssl.SSLContext,
        users: PasswordStore,
        faults: FaultState,
        limits: Limits,
        connect: Callable[[str, int], model.Connection],
        release: Release,
    ) -> None:
        self.started = time.monotonic()
        self.logged_on = False
        self.busy = False
        """A request is being answered."""
        self._sock = sock
        self._id = connection_id
        self._context = context
        self._users = users
        self._faults = faults
        self._limits = limits
        self._connect = connect
        self._release = release
        self._connection: model.Connection | None = None
        self._handler: RequestHandler | None = None
        self._gone = threading.Event()
        self._deadline = _NEVER
        """Until when the statement may run that is running."""
        self._lock = threading.Lock()

    def run(self) -> None:
        """Serve the client until it leaves or is cut off."""
        try:
            self._serve()
        except (OSError, EOFError):
            pass  # The client left, or was cut off; ssl.SSLError is an OSError.
        except HanaError as error:
            log.info("connection %d ends: %s", self._id, error.text)
        except Exception:
            log.exception("connection %d ends", self._id)
        finally:
            self._close()

    def drop(self) -> None:
        """Cut the connection: wake its thread, whether it waits for the client, a fault or the engine."""
        self._gone.set()
        with self._lock:
            if self._sock.fileno() != -1:
                # Not SSLSocket.shutdown: that one takes the TLS state away from under the thread.
                with suppress(OSError):
                    socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
            if self._connection is not None:
                self._connection.interrupt()

    @property
    def socket(self) -> socket.socket:
        """The client's."""
        return self._sock

    def stop_if_late(self) -> None:
        """Stop what runs beyond its time, or for nobody; again each time: it may be between two steps."""
        if self._gone.is_set() or time.monotonic() > self._deadline:
            with self._lock:
                if self._connection is not None:
                    self._connection.interrupt()

    def _serve(self) -> None:
        self._hang(Fault.HANG_CONNECT)
        self._start_tls()
        stream = Stream(self._sock)
        check_initialisation(stream.exactly(INITIALISATION_LENGTH))
        self._sock.sendall(INITIALISATION_REPLY)
        handler = self._log_on(stream)
        if handler is not None:
            self.logged_on = True
            self._answer_requests(stream, handler)

    def _close(self) -> None:
        with self._lock:
            self._connection = None
        try:
            if self._handler is not None:
                self._handler.close()
        except Exception:
            log.exception("connection %d: what it held could not be given back", self._id)
        self.drop()
        with self._lock:
            self._sock.close()

    def _start_tls(self) -> None:
        with self._lock:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = self._context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
            self._sock = tls
            if self._gone.is_set():
                raise EOFError
        tls.do_handshake()

    def _log_on(self, stream: Stream) -> RequestHandler | None:
        """The handler, or None after a refused logon."""
        reject = Fault.REJECT_PASSWORD in self._faults.active
        logon = Logon(self._users, self._id, reject=reject, release=self._release)
        while True:
            header = Header(_NO_SESSION, 0, 0, 1, compressed=False)
            try:
                header, body = stream.message(self._limits.logon_bytes)
                answer = logon.answer(parse_request(header, body))
                handler = None if logon.user is None else self._open_handler(logon.user, logon)
            except HanaError as error:
                self._send(_NO_SESSION, header, [Reply.refusal(error)])
                return None
            self._send(_NO_SESSION if handler is None else self._id, header, [answer])
            if handler is not None:
                return handler

    def _open_handler(self, user: str, logon: Logon) -> RequestHandler:
        connection = self._connect(user, self._id)
        with self._lock:
            self._connection = connection
        self._handler = RequestHandler(connection, logon.version, logon.client)
        return self._handler

    def _answer_requests(self, stream: Stream, handler: RequestHandler) -> None:
        while not handler.ended:
            try:
                header, body = stream.message(self._limits.message_bytes)
            except HanaError as error:
                # It is not known where the next message would begin.
                self._send(self._id, Header(self._id, 0, 0, 1, compressed=False), [Reply.refusal(error)])
                return
            self.busy = True
            answers = self._answers(handler, header, body)
            # Before the reply: whoever has it may rely on it.
            self.busy = False
            self._send(self._id, header, answers)

    def _answers(self, handler: RequestHandler, header: Header, body: bytes) -> list[Reply]:
        """An answer for each segment; one that fails does not keep the next ones from being run."""
        try:
            requests = parse_requests(header, body)
        except HanaError as error:
            return [Reply.refusal(error)]
        if len(requests) == 1:
            return [self._answer(handler, requests[0])]
        answers: list[Reply] = []
        size = 0
        for request in requests:
            if size > _MOST_ANSWERED:
                text = f"the answers to one message exceed {_MOST_ANSWERED} bytes"
                answer = Reply.refusal(HanaError(GENERAL_ERROR, text))
            else:
                answer = self._answer(handler, request)
            size += sum(map(len, answer.parts))
            answers.append(answer.of_batch())
        return answers

    def _answer(self, handler: RequestHandler, request: Request) -> Reply:
        allowed = _time_out(request)
        try:
            self._deadline = time.monotonic() + allowed
            if self._faults.active and _is_statement(request):
                self._apply_faults(allowed)
            return handler.answer(request)
        except HanaError as error:
            if time.monotonic() > self._deadline:
                return Reply.refusal(_timed_out())
            return Reply.refusal(error)
        except EOFError:
            raise
        except Exception:
            log.exception("connection %d: a request failed", self._id)
            return Reply.refusal(defect())
        finally:
            self._deadline = _NEVER

    def _apply_faults(self, time_out: float) -> None:
        """Apply the faults of statements that are on."""
        if Fault.DROP_STATEMENT in self._faults.active:
            raise EOFError
        self._hang(Fault.HANG_STATEMENT)
        if Fault.SLOW in self._faults.active:
            if self._gone.wait(min(self._faults.delay, time_out)):
                raise EOFError
            if time_out < self._faults.delay:
                raise _timed_out()

    def _hang(self, fault: Fault) -> None:
        while fault in self._faults.active:
            if self._gone.wait(_HANG_POLL):
                raise EOFError

    def _send(self, session_id: int, header: Header, answers: Sequence[Reply]) -> None:
        self._sock.sendall(reply(session_id, header.packet_number, answers))


def _timed_out() -> HanaError:
    return HanaError(TIMED_OUT, "execution aborted by timeout")


def _time_out(request: Request) -> float:
    """Seconds that the client gives a statement (hdbcli's `setquerytimeout`)."""
    context = request.parts.get(PartKind.STATEMENTCONTEXT)
    given = fields.read_options(context.data).get(StatementContextOption.QUERY_TIMEOUT) if context else None
    return given if isinstance(given, int) and given > 0 else _NEVER


def _is_statement(request: Request) -> bool:
    """Whether faults of statements apply.

    SET SCHEMA belongs to the connect: if it were cut off, hdbcli would connect and be cut off for ever.
    """
    command = request.parts.get(PartKind.COMMAND)
    return request.type in _STATEMENTS and (command is None or not command.data.startswith(b"SET SCHEMA"))
