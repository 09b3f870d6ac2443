"""Refuses tokens, and keeps those who send many from taking the time of everybody else.

A refusal costs a third of an answer, so whoever asks as fast as he is refused would get most of the service.
Beyond a few a second the refused wait a little; in some of the threads, not in all, so that others find one.
"""

from __future__ import annotations

import logging
import threading
from random import uniform
from time import monotonic, sleep

from tokonoma.errors import TokenInvalid

_log = logging.getLogger(__name__)

AT_ONCE = 10
"""Refusals a second, in one worker, that are not delayed."""
DELAY = 0.05
"""Seconds that the others wait, give or take a half: who came together is not to come back together."""
SEATS = 8
"""How many of a worker's threads may wait so at the same time; who finds no seat is refused at once."""
QUIET = 1.0
"""Seconds between two log lines about the same reason."""


class Refusals:
    """Those of one worker."""

    def __init__(self) -> None:
        self._seats = threading.BoundedSemaphore(SEATS)
        self._second, self._number = 0, 0
        self._told: dict[str, tuple[float, int]] = {}

    def refuse(self, reason: str) -> TokenInvalid:
        """The error to raise, in a moment; `reason` is for the log and is one of a few fixed texts."""
        now = monotonic()
        self._tell(reason, now)
        # Counted without a lock: one more or less does not matter.
        if int(now) != self._second:
            self._second, self._number = int(now), 0
        self._number += 1
        if self._number > AT_ONCE and self._seats.acquire(blocking=False):
            try:
                sleep(DELAY * uniform(0.5, 1.5))  # noqa: S311 - not a secret
            finally:
                self._seats.release()
        return TokenInvalid()

    def _tell(self, reason: str, now: float) -> None:
        """At once if it is the first for a while, then with the number of those in between."""
        last, more = self._told.get(reason, (float("-inf"), 0))
        if now - last < QUIET:
            self._told[reason] = (last, more + 1)
        else:
            self._told[reason] = (now, 0)
            _log.info("token refused: %s%s", reason, f" ({more} more since the last line)" if more else "")
