"""Gathers the wishes that all of this ends: signals, a closed terminal, a part that ended by itself."""

from __future__ import annotations

import queue
import signal
from dataclasses import dataclass


@dataclass
class ShutdownRequested(Exception):
    """It shall end; `reason` is a sentence, or empty where a person asked for it."""

    reason: str = ""
    by_hand: bool = False
    """Ctrl-C: who presses it again does not want to wait."""


class Shutdown:
    """Takes wishes at any time, from threads and signal handlers, and tells whoever waits for one."""

    def __init__(self) -> None:
        # The one queue into which a signal handler may put something while its own thread waits there.
        self._requests: queue.SimpleQueue[ShutdownRequested] = queue.SimpleQueue()

    def listen(self) -> None:
        """Turn signals into wishes; those that were ignored (by `nohup`, say) stay so."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: self.request(by_hand=number == signal.SIGINT))

    def request(self, reason: str = "", *, by_hand: bool = False) -> None:
        self._requests.put(ShutdownRequested(reason, by_hand))

    def wait(self, seconds: float | None = None) -> None:
        """Return after `seconds`, or never; raises ShutdownRequested once there is a wish."""
        try:
            requested = self._requests.get(timeout=seconds)
        except queue.Empty:
            return
        raise requested
