"""Readiness: whether HANA answers, tokens can be checked, and the process is not about to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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

    def __init__(
        self,
        hana: Schema,
        gate: Gate,
        stopping_file: Path | None = None,
        failing_objects: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`failing_objects` gives the reasons, by name, why this process cannot read some objects."""
        self._hana = hana
        self._failing_objects = failing_objects
        self._gate = gate
        self._stopping_file = stopping_file
        self._lock = threading.Lock()
        self._hana_is_up = False
        self._began = self._ended = float("-inf")
        self._checked = threading.Event()
        self._checked.set()

    def components(self) -> dict[str, str]:
        """The status of each component: UP, DOWN, or OUT_OF_SERVICE for a process about to stop."""
        is_stopping = self._stopping_file is not None and self._stopping_file.exists()
        return {
            "hana": "UP" if self._check_hana() else "DOWN",
            "keys": "UP" if self._gate.usable else "DOWN",
            "process": "OUT_OF_SERVICE" if is_stopping else "UP",
        }

    def details(self) -> dict[str, Mapping[str, str]]:
        """What is to be told of a component beside its status.

        An object that fails leaves HANA and the process UP: no other instance would do better.
        """
        return {"hana": self._failing_objects()}

    def _check_hana(self) -> bool:
        with self._lock:
            if self._checked.is_set() and monotonic() - self._ended > MAX_AGE:
                self._checked.clear()
                self._began = monotonic()
                threading.Thread(target=self._run_check, name="readiness", daemon=True).start()
        self._checked.wait(max(0.0, self._began + MAX_WAIT - monotonic()))
        return self._hana_is_up

    def _run_check(self) -> None:
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
            self._checked.set()
