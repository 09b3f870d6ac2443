"""Readiness: whether HANA answers, tokens can be checked, and the process is not about to stop."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from tokonoma.auth.gate import Gate
from tokonoma.errors import HanaBusy, HanaError
from tokonoma.hana.connector import CHECK_SQL
from tokonoma.hana.schema import Schema

MAX_AGE = 5.0
"""Seconds for which a check of HANA counts, however often somebody asks."""
MAX_WAIT = 1.0
"""Seconds for which a caller waits for a check; then the last result is given, and platforms ask again."""


class Readiness:
    """Checks the components; HANA in the background, one check at a time."""

    def __init__(self, hana: Schema, gate: Gate, leaving: Path | None = None) -> None:
        self._hana = hana
        self._gate = gate
        self._leaving = leaving
        self._lock = threading.Lock()
        self._hana_is_up = False
        self._began = self._ended = float("-inf")
        self._seen = threading.Event()
        self._seen.set()

    def look(self) -> dict[str, str]:
        """The status of each component: UP, DOWN, or OUT_OF_SERVICE for a process about to stop."""
        leaving = self._leaving is not None and self._leaving.exists()
        return {
            "hana": "UP" if self._look_at_hana() else "DOWN",
            "keys": "UP" if self._gate.usable else "DOWN",
            "process": "OUT_OF_SERVICE" if leaving else "UP",
        }

    def _look_at_hana(self) -> bool:
        with self._lock:
            if self._seen.is_set() and monotonic() - self._ended > MAX_AGE:
                self._seen.clear()
                self._began = monotonic()
                threading.Thread(target=self._ask_hana, name="readiness", daemon=True).start()
        self._seen.wait(max(0.0, self._began + MAX_WAIT - monotonic()))
        return self._hana_is_up

    def _ask_hana(self) -> None:
        try:
            self._hana.select(CHECK_SQL)
            self._hana_is_up = True
        except HanaBusy:
            # This says nothing about HANA: many callers are no reason to send them all elsewhere.
            pass
        except HanaError:
            self._hana_is_up = False
        finally:
            self._ended = monotonic()
            self._seen.set()
