"""What the rooms note about the request that is being served: written where it is known, read by `watch`."""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Self


class Notes:
    """One request's notes."""

    __slots__ = ("parts", "route", "user_id")

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        """Seconds by part: auth, pool (waiting for a connection), hana, db (HANA's own count)."""
        self.route = "(none)"
        """The rule that matched, never the path that was asked for."""
        self.user_id = "-"


_current: ContextVar[Notes] = ContextVar("notes")


def begin() -> Notes:
    """A fresh sheet, for the request that this thread serves now."""
    notes = Notes()
    _current.set(notes)
    return notes


def current() -> Notes:
    """The sheet of the request; outside of one, a sheet that nobody reads."""
    return _current.get(None) or Notes()


def add(part: str, seconds: float) -> None:
    """Add to a part."""
    parts = current().parts
    parts[part] = parts.get(part, 0.0) + seconds


class measured:  # noqa: N801 - reads as a word in `with measured("auth"):`
    """Add the time that the block takes to a part."""

    __slots__ = ("_part", "_started")

    def __init__(self, part: str) -> None:
        self._part = part

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        add(self._part, perf_counter() - self._started)
