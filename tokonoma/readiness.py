"""Whether an answer can be given now: HANA answers, tokens can be checked, and we are not leaving."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from .errors import HanaError
from .guard import Gate
from .hana import Hana

FRESH = 5.0
"""Seconds that a look at HANA is believed, however often somebody asks."""


class Readiness:
    """Looks at the components, one look at a time."""

    def __init__(self, hana: Hana, guard: Gate, leaving: Path | None = None) -> None:
        self._hana = hana
        self._guard = guard
        self._leaving = leaving
        self._lock = threading.Lock()
        self._hana_is_up = False
        self._looked = float("-inf")

    def look(self) -> dict[str, str]:
        """The status of each component: UP, DOWN, or OUT_OF_SERVICE for a process that is about to stop."""
        leaving = self._leaving is not None and self._leaving.exists()
        return {
            "hana": "UP" if self._look_at_hana() else "DOWN",
            "keys": "UP" if self._guard.usable else "DOWN",
            "process": "OUT_OF_SERVICE" if leaving else "UP",
        }

    def _look_at_hana(self) -> bool:
        # Whoever comes while another one looks is told what was seen last.
        if time.monotonic() - self._looked > FRESH and self._lock.acquire(blocking=False):
            try:
                self._hana.select("SELECT 1 FROM DUMMY")
                self._hana_is_up = True
            except HanaError:
                self._hana_is_up = False
            finally:
                self._looked = time.monotonic()
                self._lock.release()
        return self._hana_is_up
