"""The listening socket, a thread for every connection, and one that looks after them."""

from __future__ import annotations

import atexit
import errno
import itertools
import logging
import os
import resource
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from localcloud.hana import model
from localcloud.hana.faults import Fault, FaultState
from localcloud.hana.releases import DEFAULT_LINE, RELEASES, Release

from .connection import ClientConnection, Limits
from .scram import PasswordStore

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

_BACKLOG = 1024
_STACK = 2 << 20
_LOOK_SECONDS = 0.2
"""How often connections are looked at: who takes too long to log on, what runs too long or for nobody."""
_PAUSE_SECONDS = 0.05
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_STOP_SECONDS = 10.0
_DESCRIPTORS = 65_536

_stack_lock = threading.Lock()


class HanaServer:
    """Listens on `host`. `start`, `stop`, `refuse` and `accept` may be called by any thread.

    `context` is the TLS context of the next connection, and may be replaced at any time.
    """

    def __init__(
        self,
        connect: Callable[[str, int], model.Connection],
        users: PasswordStore,
        context: ssl.SSLContext,
        faults: FaultState | None = None,
        limits: Limits | None = None,
        host: str = HOST,
        release: Release = RELEASES[DEFAULT_LINE],
    ) -> None:
        self.context = context
        self.faults = faults or FaultState()
        self.port = 0
        self._host = host
        self._connect = connect
        self._release = release
        self._users = users
        self._limits = limits or Limits()
        self._ids = itertools.count(200_001)
        self._clients: dict[ClientConnection, threading.Thread] = {}
        self._lock = threading.RLock()
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._wake: int | None = None
        self._stopped = threading.Event()

    def start(self, port: int = 0) -> None:
        """Listen; `port` is then the port in use. OSError if it is taken."""
        self.port = port
        self.accept()
        self._stopped.clear()
        threading.Thread(target=self._look_after, name="hana-look", daemon=True).start()
        # A client in this process that disconnects at its exit must not wait for an answer forever.
        atexit.register(self.stop)

    def stop(self) -> None:
        """Close everything, and return when every thread is gone."""
        atexit.unregister(self.stop)
        self._stopped.set()
        self.refuse()
        with self._lock:
            threads = list(self._clients.values())
        self.drop_connections()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def accept(self) -> None:
        """Take connections (again)."""
        with self._lock:
            if self._listener is not None:
                return
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((self._host, self.port))
                listener.listen(_BACKLOG)
            except OSError:
                listener.close()
                raise
            # A client may be gone between `poll` and `accept`; that must not block.
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            woken, self._wake = os.pipe()
            self._listener = listener
            self._acceptor = threading.Thread(
                target=self._accept_connections, args=(listener, woken), name="hana-accept", daemon=True
            )
            self._acceptor.start()

    def refuse(self) -> None:
        """Refuse new connections: nobody listens any more. Open connections go on."""
        with self._lock:
            acceptor, self._acceptor = self._acceptor, None
            wake, self._wake = self._wake, None
            self._listener = None
        if wake is not None:
            os.close(wake)
        if acceptor is not None:
            acceptor.join()

    def drop_connections(self, *, idle: bool = True, busy: bool = True) -> int:
        """Cut connections, those that wait for a request and those that are in one; returns how many."""
        with self._lock:
            clients = [client for client in self._clients if (busy if client.busy else idle)]
        for client in clients:
            client.drop()
        return len(clients)

    @property
    def connections(self) -> int:
        """How many connections are open, half-open ones included."""
        with self._lock:
            return len(self._clients)

    def _accept_connections(self, listener: socket.socket, woken: int) -> None:
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        poll.register(woken, select.POLLIN)
        try:
            while woken not in dict(poll.poll()):
                self._accept_one(listener)
        finally:
            listener.close()
            os.close(woken)

    def _accept_one(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                log.warning("cannot take a connection: %s", error.strerror)
                time.sleep(_PAUSE_SECONDS)
            return
        sock.setblocking(True)
        with self._lock:
            if len(self._clients) >= self._limits.connections:
                sock.close()
                return
            client = ClientConnection(
                sock,
                next(self._ids),
                self.context,
                self._users,
                self.faults,
                self._limits,
                self._connect,
                self._release,
            )
            thread = threading.Thread(target=self._run, args=(client,), name="hana-client", daemon=True)
            self._clients[client] = thread
        try:
            _start(thread)
        except RuntimeError:
            log.warning("cannot take a connection: no more threads")
            self._forget(client)
            sock.close()

    def _run(self, client: ClientConnection) -> None:
        try:
            client.run()
        finally:
            self._forget(client)

    def _forget(self, client: ClientConnection) -> None:
        with self._lock:
            self._clients.pop(client, None)

    def _look_after(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            self._drop_slow_logons()
            self._stop_statements()

    def _stop_statements(self) -> None:
        """Stop what runs longer than its client allows, or for a client that has gone."""
        with self._lock:
            busy = [client for client in self._clients if client.busy]
        gone = hung_up([client.socket for client in busy]) if busy else set()
        for client in busy:
            if client.socket in gone:
                client.drop()
            client.stop_if_late()

    def _drop_slow_logons(self) -> None:
        if Fault.HANG_CONNECT in self.faults.active:
            return
        latest = time.monotonic() - self._limits.logon_seconds
        with self._lock:
            slow = [client for client in self._clients if not client.logged_on and client.started < latest]
        for client in slow:
            client.drop()


def hung_up(sockets: Iterable[socket.socket]) -> set[socket.socket]:
    """Those whose clients have closed their end."""
    poll = select.poll()
    numbers = {number: each for each in sockets if (number := each.fileno()) != -1}
    for number in numbers:
        poll.register(number, getattr(select, "POLLRDHUP", 0))  # macOS tells by POLLHUP, which is always told
    return {numbers[number] for number, _ in poll.poll(0)}


def allow_many_descriptors() -> None:
    """Raise this process's limit of open files as far as the machine allows: each connection takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _start(thread: threading.Thread) -> None:
    """Start a thread with a small stack, and leave the process's setting as it was."""
    with _stack_lock:
        before = threading.stack_size(_STACK)
        try:
            thread.start()
        finally:
            with suppress(ValueError):
                threading.stack_size(before)
