"""How much a flood may write: a platform that limits an app's log drops lines, whosever they are.

Cloud Foundry's limit is `log-rate-limit-per-second` in manifest.yml.
"""

from __future__ import annotations

import logging
from collections import Counter
from threading import Lock
from time import monotonic

from tokonoma.telemetry.log_lines import NOBODY, RequestRecord

SHARE = 16 * 1024
"""Bytes a second of lines of one kind, from all workers together: a quarter of what manifest.yml allows."""

MAX_KINDS = 20
"""Kinds in a second; beyond it all messages of a logger are of one kind."""

_REQUESTS = "requests of callers who are not known"
_LEFT_OUT = "%d log lines were left out, because there were too many in a second: %s"


class LogRate:
    """The share of one process.

    Requests of unknown callers are one kind of lines; messages are of one kind if they have the same words,
    apart from what is put into them. The request of a known caller always gets its line.
    """

    def __init__(self, workers: int = 1) -> None:
        self._share = SHARE // workers
        self._lock = Lock()
        self._second = 0
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written; the first of its kind in a second always is."""
        kind = self._kind(record)
        if kind is None:
            return True
        with self._lock:
            if self._written[kind] < self._share:
                return True
            self._left_out[kind] += 1
            return False

    def count(self, record: logging.LogRecord, size: int) -> None:
        """Note that so many bytes were written for a record."""
        kind = self._kind(record)
        if kind is not None:
            with self._lock:
                self._written[kind] += size

    def report(self) -> list[logging.LogRecord]:
        """Once a new second has begun: what was left out in the last one that had lines."""
        now = int(monotonic())
        if now <= self._second:
            return []
        with self._lock:
            left_out, self._left_out = self._left_out, Counter()
            self._written.clear()
            self._second = now
        return [
            logging.LogRecord(__name__, logging.WARNING, "", 0, _LEFT_OUT, (number, kind), None)
            for kind, number in left_out.items()
        ]

    def _kind(self, record: logging.LogRecord) -> str | None:
        """What a line is counted as; None for one that is always written."""
        if isinstance(record, RequestRecord):
            return _REQUESTS if record.user_id == NOBODY else None
        # Not every library keeps what it quotes apart from its words.
        return f"{record.name}: {record.msg}"[:200] if len(self._written) < MAX_KINDS else record.name
