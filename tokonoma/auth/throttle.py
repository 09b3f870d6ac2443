"""Slows down callers who send many bad credentials, and logs why they were refused.

A refusal costs a third of an answer, so whoever asks again as soon as they are refused would get most of the
service. Beyond a few refusals a second each one waits a little; in some of the threads, never in all of them.
"""

from __future__ import annotations

import logging
import threading
from random import uniform
from time import monotonic, sleep

_log = logging.getLogger(__name__)

UNDELAYED = 10
"""Refusals a second, in one worker, that are not delayed."""
DELAY = 0.05
"""Seconds that the others wait, give or take a half: those who came together shall not return together."""
MAX_DELAYED = 8
"""How many of a worker's threads may wait like this at the same time; a further refusal is not delayed."""
LOG_INTERVAL = 1.0
"""Seconds between two log lines about the same reason."""


class Throttle:
    """Counts the refusals of one gate in one worker."""

    def __init__(self, noun: str) -> None:
        """A throttle whose log lines begin with `noun`: "token refused: …"."""
        self._noun = noun
        self._delayed = threading.BoundedSemaphore(MAX_DELAYED)
        self._second, self._number = 0, 0
        self._logged: dict[str, tuple[float, int]] = {}

    def refused(self, reason: str) -> None:
        """Log a refusal and wait, if there were many; `reason` is one of a few fixed texts."""
        now = monotonic()
        self._log(reason, now)
        # Counted without a lock: one more or less does not matter.
        if int(now) != self._second:
            self._second, self._number = int(now), 0
        self._number += 1
        if self._number > UNDELAYED and self._delayed.acquire(blocking=False):
            try:
                sleep(DELAY * uniform(0.5, 1.5))  # noqa: S311 - not a secret
            finally:
                self._delayed.release()

    def _log(self, reason: str, now: float) -> None:
        """Log the first refusal for a while, and with the next line how many there were in between."""
        last, more = self._logged.get(reason, (float("-inf"), 0))
        if now - last < LOG_INTERVAL:
            self._logged[reason] = (last, more + 1)
        else:
            self._logged[reason] = (now, 0)
            since = f" ({more} more since the last line)" if more else ""
            _log.info("%s refused: %s%s", self._noun, reason, since)
