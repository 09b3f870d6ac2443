"""Requests to shut down: by a signal, by a closed terminal, or because a part has ended by itself."""

from __future__ import annotations

import queue
import signal
from contextlib import suppress
from dataclasses import dataclass

_PAUSE = 0.5
"""Seconds. A signal just before a thread falls asleep does not wake it; its handler runs after the pause."""


@dataclass
class ShutdownRequested(Exception):
    """A shutdown was requested; `reason` is a sentence, or empty where a person asked for it."""

    reason: str = ""
    by_hand: bool = False
    """Whether a person pressed Ctrl-C; pressed once more, it means that they do not want to wait."""


class Shutdown:
    """Takes requests from threads and signal handlers at any time; `wait` raises the first."""

    def __init__(self) -> None:
        # The one queue into which a signal handler may put something while its own thread waits there.
        self._requests: queue.SimpleQueue[ShutdownRequested] = queue.SimpleQueue()

    def listen(self) -> None:
        """Make signals requests; a signal that was ignored (by `nohup`, say) stays ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: self.request(by_hand=number == signal.SIGINT))

    def request(self, reason: str = "", *, by_hand: bool = False) -> None:
        """Request a shutdown."""
        self._requests.put(ShutdownRequested(reason, by_hand))

    def wait(self, seconds: float | None = None) -> None:
        """Return after `seconds`, with None never; raises ShutdownRequested once there is a request."""
        while True:
            with suppress(queue.Empty):
                raise self._requests.get(timeout=_PAUSE if seconds is None else seconds)
            if seconds is not None:
                return
