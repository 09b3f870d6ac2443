"""A pool of connections to the bound schema that survives what happens to HANA.

A connection is opened when it is needed, kept, checked before it is lent if it was idle for long, replaced
when it is old, and thrown away when it breaks. Every wait is bounded. Nobody waits for a connection to close:
the driver then waits for HANA's answer, and a network that drops packets silently brings none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from random import SystemRandom
from time import monotonic
from typing import Any

from hdbcli import dbapi

from tokonoma.deadline import call_with_deadline
from tokonoma.errors import HanaBusy
from tokonoma.hana.connector import CHECK_SQL, Connector
from tokonoma.settings import Settings

_random = SystemRandom()
_NEVER = float("-inf")

MAX_IDLE = 240.0
"""Seconds after which an unused connection is replaced without a check: routers forget it after 300."""
JITTER = 0.1
"""Share by which lifetimes differ, so that connections made together are not replaced together."""
CHECK_TIMEOUT = 1.0
"""Seconds that a connection has to answer the check."""
CONNECT_STAGGER = 1.0
"""Seconds for which a connect in progress keeps the next one waiting."""
RETURN_INTERVAL = 0.1
"""Seconds; while connections come back at least this often, any number of callers may wait for one."""
LONGEST_USER = 256
"""Characters of APPLICATIONUSER, which is NVARCHAR(256) in HANA's audit log and session context."""


class PooledConnection:
    """A driver's connection, its cursor and its age; used by one thread at a time."""

    __slots__ = ("cursor", "driver", "expires", "returned", "timeout", "user")

    def __init__(self, driver: Any, settings: Settings) -> None:
        self.driver = driver
        self.cursor = driver.cursor()
        # Goes along with every statement: HANA itself cancels one that takes longer.
        self.timeout = settings.statement_timeout
        self.cursor.setquerytimeout(self.timeout)
        self.expires = monotonic() + settings.connection_lifetime * _random.uniform(1 - JITTER, 1 + JITTER)
        self.returned = 0.0
        """When it was last given back; 0 if it never was."""
        self.user: str | None = None
        """The person for whom HANA runs its statements; None before the first one."""

    def act_for(self, user: str) -> None:
        """Have HANA run the next statements for `user`; costs no message of its own."""
        self.driver.setclientinfo("APPLICATIONUSER", _fitting(user.encode(errors="replace").decode()))
        self.user = user

    @contextmanager
    def within(self, seconds: int | None) -> Iterator[Any]:
        """The cursor, whose statements HANA cancels after so many seconds, if that is earlier than usual."""
        shorter = seconds is not None and seconds < self.timeout
        if shorter:
            self.cursor.setquerytimeout(seconds)
        try:
            yield self.cursor
        finally:
            if shorter:
                self.cursor.setquerytimeout(self.timeout)

    def answers(self) -> bool:
        """Whether HANA answers the check; may take as long as the driver waits."""
        try:
            self.cursor.execute(CHECK_SQL)
        except dbapi.Error:
            return False
        return True

    def close(self) -> None:
        """Close it; may take as long as the driver waits for HANA's answer."""
        with suppress(dbapi.Error):
            self.driver.close()


def _fitting(user: str) -> str:
    """A user as HANA takes it: of a longer one the beginning, and a hash that no other user has."""
    if len(user) <= LONGEST_USER:
        return user
    digest = sha256(user.encode()).hexdigest()
    return f"{user[: LONGEST_USER - len(digest) - 1]}#{digest}"


class Pool:
    """Lends connections; opens the first one on demand, so that no two processes share one."""

    def __init__(self, connector: Connector, settings: Settings) -> None:
        self._connector = connector
        self._settings = settings
        self._size = settings.connections
        # Half of the threads beyond the connections stay free for requests that need none.
        self._max_waiting = (settings.threads - settings.connections) // 2
        self._idle: list[PooledConnection] = []
        self._in_use = 0
        """Connections that are lent or being opened."""
        self._waiting = 0
        self._connecting_since = _NEVER
        """When the newest connect that is going on began."""
        self._last_release = _NEVER
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def acquire(self, until: float) -> PooledConnection:
        """A connection that works, as far as can be told; the caller must release or discard it.

        `until` is the moment (of `time.monotonic`) up to which the caller waits for a free one.
        Raises HanaError.
        """
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else self._wait_for_one(until)
                self._in_use += 1
                began = self._connecting_since
            if connection is None:
                return self._open(began)
            if self._is_good(connection):
                return connection

    def release(self, connection: PooledConnection) -> None:
        """Take back a connection that works; what it does until it is lent again, it does for nobody."""
        connection.act_for("")
        connection.returned = self._last_release = monotonic()
        with self._lock:
            self._in_use -= 1
            self._idle.append(connection)
            if self._waiting:
                self._changed.notify()

    def discard(self, connection: PooledConnection) -> None:
        """Take back a connection that is broken, and close it."""
        self._forget()
        _close_in_background([connection])

    def close_idle(self) -> list[threading.Thread]:
        """Close the connections that are not lent; returns the threads that wait for HANA's answers."""
        with self._lock:
            idle, self._idle = self._idle, []
        return _close_in_background(idle)

    def __len__(self) -> int:
        """The number of connections, including those being opened."""
        return self._in_use + len(self._idle)

    def _wait_for_one(self, until: float) -> PooledConnection | None:
        """The next free connection, or None if the caller is to open one; called with the lock held."""
        while not self._idle:
            now = monotonic()
            outage = self._connector.outage
            returning = self._in_use > 0 and now - self._last_release <= RETURN_INTERVAL
            may_open = self._in_use < self._size and now - self._connecting_since >= CONNECT_STAGGER
            # During an outage a connection that still works is worth waiting for.
            if may_open and not (outage and returning):
                self._connecting_since = now
                return None
            is_queue_full = self._in_use + self._waiting >= self._size + self._max_waiting
            if until <= now or (not returning and (outage or is_queue_full)):
                raise (outage or HanaBusy)(self._connector.service)
            self._waiting += 1
            try:
                self._changed.wait(min(until - now, RETURN_INTERVAL))
            finally:
                self._waiting -= 1
        return self._idle.pop()

    def _open(self, began: float) -> PooledConnection:
        connection = None
        try:
            connection = PooledConnection(self._connector.connect(), self._settings)
            return connection
        finally:
            with self._lock:
                if connection is None:
                    self._in_use -= 1
                if self._connecting_since == began:
                    self._connecting_since = _NEVER
                self._changed.notify_all()

    def _is_good(self, connection: PooledConnection) -> bool:
        """Whether a connection may be lent; one that may not is discarded.

        A connection that was cut is not noticed here but when the driver sends, and then the statement is
        repeated on another one.
        """
        now = monotonic()
        idle = now - connection.returned
        if idle > MAX_IDLE or now > connection.expires:
            self.discard(connection)
            return False
        if idle <= self._settings.idle_probe:
            return True
        answers = call_with_deadline(CHECK_TIMEOUT, connection.answers, lambda _: connection.close())
        if answers:
            return True
        if answers is None:
            # The thread that checks it still waits, and closes it.
            self._forget()
        else:
            self.discard(connection)
        # What has cut this one has cut those that were idle with it.
        self.close_idle()
        return False

    def _forget(self) -> None:
        with self._lock:
            self._in_use -= 1
            self._changed.notify()


def _close_in_background(connections: Sequence[PooledConnection]) -> list[threading.Thread]:
    """Close connections, in threads of their own where the driver would wait for HANA's answer."""
    closing = []
    for connection in connections:
        if connection.driver.isconnected():
            closing.append(threading.Thread(target=connection.close, name="hana-close", daemon=True))
            closing[-1].start()
        else:
            connection.close()
    return closing
