"""Tables that a transaction has locked as a whole, by LOCK TABLE: others may change others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from localcloud.hana.errors import RESOURCE_BUSY, HanaError

from .store import lock_timeout

_LOOK_SECONDS = 0.1


class TableLocks:
    """Who holds which table, by the tables' ids, until the end of the holder's transaction.

    A table is taken by whoever is the one writer, so that nobody has changed it without a commit. Safe for
    many threads.
    """

    def __init__(self) -> None:
        self._owners: dict[int, object] = {}
        self._freed = threading.Condition()

    def take(self, table: int, owner: object) -> None:
        with self._freed:
            self._owners[table] = owner

    def free(self, owner: object) -> None:
        """Free all tables that `owner` holds."""
        if self._owners:
            with self._freed:
                self._owners = {table: each for table, each in self._owners.items() if each is not owner}
                self._freed.notify_all()

    def owner(self, table: int) -> object:
        """Who holds the table; None if nobody does."""
        return self._owners.get(table)

    def of(self, owner: object) -> tuple[int, ...]:
        """The tables that somebody holds."""
        with self._freed:
            return tuple(table for table, each in self._owners.items() if each is owner)

    def held(self, table: int | None, owner: object) -> bool:
        """Whether somebody else than `owner` holds the table; without a table, whether they hold any."""
        if not self._owners:
            return False
        with self._freed:
            held = self._owners.values() if table is None else (self._owners.get(table, owner),)
            return any(each is not owner for each in held)

    def wait(self, table: int | None, owner: object, seconds: float, given_up: Callable[[], bool]) -> None:
        """Wait until nobody else holds the table; 131 after so many seconds, 146 at once if they are 0."""
        if not seconds:
            raise resource_busy()
        deadline = time.monotonic() + seconds
        while self.held(table, owner):
            if given_up() or time.monotonic() >= deadline:
                raise lock_timeout()
            with self._freed:
                self._freed.wait(_LOOK_SECONDS)


def resource_busy() -> HanaError:
    """What a statement with NOWAIT meets on something that is locked."""
    return HanaError(RESOURCE_BUSY, "resource busy and NOWAIT specified")
