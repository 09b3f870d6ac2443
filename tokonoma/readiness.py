"""Whether an answer can be given now: HANA answers, tokens can be checked, and we are not leaving."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from tokonoma.auth.gate import Gate
from tokonoma.errors import HanaBusy, HanaError
from tokonoma.hana.schema import Hana

FRESH = 5.0
"""Seconds that a look at HANA is believed, however often somebody asks."""
PATIENCE = 1.0
"""Seconds that a look may take before whoever asks is told what was seen last; platforms ask again."""


class Readiness:
    """Looks at the components; at HANA in the background, one look at a time."""

    def __init__(self, hana: Hana, guard: Gate, leaving: Path | None = None) -> None:
        self._hana = hana
        self._guard = guard
        self._leaving = leaving
        self._lock = threading.Lock()
        self._hana_is_up = False
        self._began = self._ended = float("-inf")
        self._seen = threading.Event()
        self._seen.set()

    def look(self) -> dict[str, str]:
        """The status of each component: UP, DOWN, or OUT_OF_SERVICE for a process that is about to stop."""
        leaving = self._leaving is not None and self._leaving.exists()
        return {
            "hana": "UP" if self._look_at_hana() else "DOWN",
            "keys": "UP" if self._guard.usable else "DOWN",
            "process": "OUT_OF_SERVICE" if leaving else "UP",
        }

    def _look_at_hana(self) -> bool:
        with self._lock:
            if self._seen.is_set() and monotonic() - self._ended > FRESH:
                self._seen.clear()
                self._began = monotonic()
                threading.Thread(target=self._ask_hana, name="readiness", daemon=True).start()
        self._seen.wait(max(0.0, self._began + PATIENCE - monotonic()))
        return self._hana_is_up

    def _ask_hana(self) -> None:
        try:
            self._hana.select("SELECT 1 FROM DUMMY")
            self._hana_is_up = True
        except HanaBusy:
            # Nothing was seen: many callers are no reason to send them all elsewhere.
            pass
        except HanaError:
            self._hana_is_up = False
        finally:
            self._ended = monotonic()
            self._seen.set()
