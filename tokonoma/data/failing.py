"""The objects that HANA does not let this process read, with the last reason, until they answer again."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic
from typing import NamedTuple

from tokonoma.data.columns import Table
from tokonoma.errors import HanaError, HanaForbids, HanaObjectChanged

_log = logging.getLogger(__name__)

MOST = 50
"""Objects that are remembered; of more, those that failed last."""
FORGOTTEN = 900.0
"""Seconds after which an object that nobody has asked for again is left out: it may not be there any more."""

_REASONS: dict[type[HanaError], str] = {
    HanaForbids: "the bound user may not read it: grant SELECT on it",
    HanaObjectChanged: "it is gone or has changed, or a view's source has; the schema is read anew",
}


class _Failure(NamedTuple):
    reason: str
    at: float


class FailingObjects:
    """What fails now. Safe for many threads."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failure] = {}
        self._lock = Lock()

    def failed(self, table: Table, error: HanaError) -> None:
        """Remember a failure, if it is one of this object and not of HANA. It is logged once."""
        reason = _REASONS.get(type(error))
        if reason is None:
            return
        name = _name(table)
        with self._lock:
            last = self._failures.pop(name, None)
            self._failures[name] = _Failure(reason, monotonic())
            if len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]
        if last is None or last.reason != reason:
            _log.error("%s cannot be read: %s", name, reason)

    def answered(self, table: Table) -> None:
        """Forget the failure of an object, if there is one."""
        if not self._failures:
            return
        with self._lock:
            last = self._failures.pop(_name(table), None)
        if last is not None:
            _log.info("%s can be read again", _name(table))

    def reasons(self) -> dict[str, str]:
        """Why each failing object fails, by its name in HANA."""
        since = monotonic() - FORGOTTEN
        with self._lock:
            return {name: each.reason for name, each in self._failures.items() if each.at > since}


def _name(table: Table) -> str:
    return f"{table.schema}.{table.name}"
