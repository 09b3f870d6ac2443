"""How long the parts of a request took: written where the time is spent, read by logs and metrics."""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Self

_parts: ContextVar[dict[str, float] | None] = ContextVar("timings", default=None)


def begin() -> dict[str, float]:
    """Start anew, for the request that this thread serves now; returns the parts, seconds by name."""
    parts: dict[str, float] = {}
    _parts.set(parts)
    return parts


def add(part: str, seconds: float) -> None:
    """Add to a part; outside of a request it is forgotten."""
    parts = _parts.get()
    if parts is not None:
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
