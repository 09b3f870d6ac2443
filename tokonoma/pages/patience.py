"""How long a page waits for what it has beside its rows: counts, labels, what points to a record."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from tokonoma.errors import HanaError

T = TypeVar("T")

EACH, TOGETHER = 1, 3
"""Seconds for one statement, and for all statements of a page but those of its rows."""


class Patience:
    """The time that is left for the extras of one page."""

    def __init__(self, together: float = TOGETHER) -> None:
        self._until = monotonic() + together

    def ask(self, question: Callable[[int], T]) -> T | None:
        """The answer to a question, which is told its seconds; None if HANA fails, or no time is left."""
        if monotonic() >= self._until:
            return None
        try:
            return question(EACH)
        except HanaError:
            return None
