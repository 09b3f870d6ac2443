"""Sequences and identity columns: numbers that no rollback takes back."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from localcloud.hana.errors import SEQUENCE_EXHAUSTED, HanaError
from localcloud.hana.sql.parser.tree import Identity

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@dataclass(slots=True)
class SequenceCounter:
    """`next` is the number to be given out next."""

    options: Identity
    next: int


class Sequences:
    """All counters of a database, by the id of their sequence."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[int, SequenceCounter] = {}
        self._moved: set[int] = set()

    def add(self, id_: int, options: Identity, value: int | None = None) -> None:
        with self._lock:
            self._counters[id_] = SequenceCounter(options, options.start if value is None else value)
            self._moved.add(id_)

    def change(self, id_: int, options: Identity, restart: int | None) -> None:
        """New options; the count goes on unless `restart` says where."""
        with self._lock:
            counter = self._counters[id_]
            counter.options = options
            self._moved.add(id_)
            if restart is not None:
                counter.next = restart

    def remove(self, id_: int) -> None:
        with self._lock:
            self._counters.pop(id_, None)
            self._moved.discard(id_)

    def take(self, id_: int) -> int:
        """The next number; 312 when there is none."""
        with self._lock:
            counter = self._counters[id_]
            options = counter.options
            rising = options.increment > 0
            low = options.minimum if options.minimum is not None else (1 if rising else _LOWEST)
            high = options.maximum if options.maximum is not None else (_HIGHEST if rising else -1)
            value = counter.next
            if not min(low, options.start) <= value <= max(high, options.start):
                if not options.cycle:
                    raise HanaError(SEQUENCE_EXHAUSTED, "sequence is exhausted")
                value = low if rising else high
            counter.next = value + options.increment
            self._moved.add(id_)
            return value

    def unsaved(self) -> list[tuple[int, int]]:
        """The counters that moved since the last call, with their next numbers."""
        if not self._moved:
            return []
        with self._lock:
            moved = [(id_, self._counters[id_].next) for id_ in self._moved]
            self._moved.clear()
            return moved
