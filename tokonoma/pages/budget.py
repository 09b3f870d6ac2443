"""The time that a page spends on what it shows beside its rows."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from tokonoma.errors import HanaBusy, HanaCannotCompute, HanaStatementFailed, HanaTimeout

STATEMENT_SECONDS = 1
"""How long HANA may take for one statement of a figure."""
PAGE_SECONDS = 1.5
"""After which no further figure of a page is begun; one of two statements may end two seconds later."""

Figure = TypeVar("Figure")


class Budget:
    """Reads figures until its time is over."""

    def __init__(self, seconds: float = PAGE_SECONDS) -> None:
        self._end = monotonic() + seconds

    def read(self, figure: Callable[[], Figure]) -> Figure | None:
        """A figure; None if it could not be read in time. Raises what `figure` raises beside that."""
        if monotonic() >= self._end:
            return None
        try:
            return figure()
        except (HanaTimeout, HanaBusy, HanaCannotCompute, HanaStatementFailed):
            return None
