"""Connections to the bound schema that survive what happens to HANA.

One is opened when it is needed, kept, looked at before it is lent, replaced when it is old, and thrown away
when it breaks. Nobody waits without a bound, and nobody for a connection to close: the driver says goodbye to
HANA then, and where connections are dropped in silence there is no answer.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from random import SystemRandom
from time import monotonic
from typing import Any

from hdbcli import dbapi

from tokonoma.deadline import within
from tokonoma.errors import HanaBusy
from tokonoma.hana.connector import PROOF, Connector
from tokonoma.settings import Settings

_random = SystemRandom()
_NEVER = float("-inf")

MAX_IDLE = 240.0
"""Seconds after which an unused connection is replaced unseen: routers forget idle ones after 5 minutes."""
JITTER = 0.1
"""Share by which lifetimes differ, so that connections made together are not replaced together."""
PROBE = 1.0
"""Seconds that an idle connection has to answer before it is lent."""
TURN = 1.0
"""Seconds after which a connect that is still going on no longer keeps the next one waiting."""
BRISK = 0.1
"""Seconds since a connection came back, within which everybody may wait for the next one."""


class Pooled:
    """A connection and what is known about it; belongs to one thread at a time."""

    __slots__ = ("cursor", "driver", "expires", "returned", "user")

    def __init__(self, driver: Any, settings: Settings) -> None:
        self.driver = driver
        self.cursor = driver.cursor()
        # Travels with every statement: it is HANA that cancels one that takes longer.
        self.cursor.setquerytimeout(settings.statement_timeout)
        self.expires = monotonic() + settings.connection_lifetime * _random.uniform(1 - JITTER, 1 + JITTER)
        self.returned = 0.0
        """When it came back last; 0 before it was lent."""
        self.user: str | None = None
        """On whose behalf HANA believes to work."""

    def act_for(self, user: str) -> None:
        """Tell HANA on whose behalf it works; goes with the next statement."""
        self.driver.setclientinfo("APPLICATIONUSER", user.encode(errors="replace").decode())
        self.user = user

    def answers(self) -> bool:
        """Whether HANA answers on it; takes as long as the driver waits."""
        try:
            self.cursor.execute(PROOF)
        except dbapi.Error:
            return False
        return True

    def close(self) -> None:
        """Say goodbye to HANA, which takes as long as the driver waits."""
        with suppress(dbapi.Error):
            self.driver.close()


class Pool:
    """Lends connections. Opens nothing before it is asked to, so that no two processes share one."""

    def __init__(self, connector: Connector, settings: Settings) -> None:
        self._connector = connector
        self._settings = settings
        self._size = settings.connections
        # Half of the threads that can have no connection stay free for what needs none.
        self._crowd = settings.connections + (settings.threads - settings.connections) // 2
        self._free: list[Pooled] = []
        self._taken = 0
        """Connections that are lent or being opened."""
        self._waiting = 0
        self._connecting = _NEVER
        """When the newest connect that is going on began."""
        self._came_back = _NEVER
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def lend(self, until: float) -> Pooled:
        """A connection that works as far as can be told; it is to be given back, or thrown away.

        `until` is the moment (of `time.monotonic`) up to which the caller will wait for one to be free.
        Raises HanaError.
        """
        while True:
            with self._lock:
                pooled = self._free.pop() if self._free else self._wait_for_one(until)
                self._taken += 1
                began = self._connecting
            if pooled is None:
                return self._open(began)
            if self._is_good(pooled):
                return pooled

    def give_back(self, pooled: Pooled) -> None:
        """Take back a connection that works."""
        pooled.returned = self._came_back = monotonic()
        with self._lock:
            self._taken -= 1
            self._free.append(pooled)
            if self._waiting:
                self._changed.notify()

    def throw_away(self, pooled: Pooled) -> None:
        """Take back a connection that is of no more use."""
        self._forget()
        _close_unseen([pooled])

    def drop_idle(self) -> None:
        """Throw away the connections that are not lent."""
        with self._lock:
            idle, self._free = self._free, []
        _close_unseen(idle)

    def __len__(self) -> int:
        """How many connections there are, those that are being opened included."""
        return self._taken + len(self._free)

    def _wait_for_one(self, until: float) -> Pooled | None:
        """The next free connection, or None for the caller's turn to open one; the lock is held."""
        while not self._free:
            now = monotonic()
            away = self._connector.away
            brisk = self._taken > 0 and now - self._came_back <= BRISK
            may_open = self._taken < self._size and now - self._connecting >= TURN
            # While HANA refuses new connections, those that are left are worth waiting for.
            if may_open and not (away and brisk):
                self._connecting = now
                return None
            crowded = self._taken + self._waiting >= self._crowd
            if until <= now or (not brisk and (away or crowded)):
                raise HanaBusy if away is None else copy(away)
            self._waiting += 1
            try:
                self._changed.wait(min(until - now, BRISK))
            finally:
                self._waiting -= 1
        return self._free.pop()

    def _open(self, began: float) -> Pooled:
        pooled = None
        try:
            pooled = Pooled(self._connector.connect(), self._settings)
            return pooled
        finally:
            with self._lock:
                if pooled is None:
                    self._taken -= 1
                if self._connecting == began:
                    self._connecting = _NEVER
                self._changed.notify_all()

    def _is_good(self, pooled: Pooled) -> bool:
        """Whether a connection may be lent; one that may not is gone.

        That it was cut is not seen here: the driver notices when it sends, and the statement is tried again.
        """
        now = monotonic()
        idle = now - pooled.returned
        if idle > MAX_IDLE or now > pooled.expires:
            self.throw_away(pooled)
            return False
        if idle <= self._settings.idle_probe:
            return True
        answers = within(PROBE, pooled.answers, lambda _: pooled.close())
        if answers:
            return True
        if answers is None:
            # The driver is still waiting; it is that thread's connection now.
            self._forget()
        else:
            self.throw_away(pooled)
        # What has swallowed this one has swallowed those that were idle with it.
        self.drop_idle()
        return False

    def _forget(self) -> None:
        with self._lock:
            self._taken -= 1
            self._changed.notify()


def _close_unseen(connections: Sequence[Pooled]) -> None:
    """Close connections; those that the driver believes to be alive behind the caller's back."""
    for pooled in connections:
        if pooled.driver.isconnected():
            threading.Thread(target=pooled.close, name="goodbye", daemon=True).start()
        else:
            pooled.close()
