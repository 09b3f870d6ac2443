"""What is known about the request that a thread serves: its route, its user, and the time its parts took.

Each room writes what it knows; the middleware reads it for the log line, the counters and `Server-Timing`.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Self


class RequestNotes:
    """What is known about one request."""

    __slots__ = ("door", "parts", "refusals", "route", "rows", "size", "user_id")

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        """Seconds by part: auth, pool (waiting for a connection), hana, db (HANA's own count)."""
        self.route = "(none)"
        """The rule that matched, never the path that was asked for."""
        self.user_id = "-"
        """The caller's opaque id; `-` for one who is not known."""
        self.door = "other"
        """The door of the data that was asked: odata, csv, jsonl; `other` for what shows no data."""
        self.rows = self.size = 0
        """Rows and bytes of data in the answer; none of a streamed one, which is counted as it goes."""
        self.refusals: tuple[str, ...] = ()
        """The problem that was answered; in a batch, those of its parts."""


_current: ContextVar[RequestNotes] = ContextVar("request_notes")


def start() -> RequestNotes:
    """New notes, for the request that this thread begins to serve."""
    notes = RequestNotes()
    _current.set(notes)
    return notes


def current() -> RequestNotes:
    """The notes of this thread's request; outside of a request, notes that nobody reads."""
    return _current.get(None) or RequestNotes()


def add(part: str, seconds: float) -> None:
    """Add seconds to a part of this thread's request."""
    parts = current().parts
    parts[part] = parts.get(part, 0.0) + seconds


def refuse(problem: str) -> None:
    """Note that this thread's request, or a part of it, was refused; `problem` is a name that we gave."""
    current().refusals += (problem,)


class timed:  # noqa: N801 - reads as a word in `with timed("auth"):`
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
