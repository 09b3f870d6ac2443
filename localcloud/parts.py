"""Waits for the parts of a local cloud, and stops them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from .child_process import ChildProcess
from .shutdown import Shutdown, ShutdownRequested

START_TIMEOUT = 60.0
"""Seconds that a part may take until it answers."""


def wait_for(
    name: str, answers: Callable[[], bool], shutdown: Shutdown, seconds: float = START_TIMEOUT
) -> None:
    """Return when the part `name` answers. Raises ShutdownRequested when it takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > deadline:
            raise ShutdownRequested(
                f"{name} does not answer within {seconds:.0f} s; its last lines are above."
            )
        shutdown.wait(0.05)


def stop(parts: Iterable[ChildProcess], shutdown: Shutdown) -> None:
    """Ask all to end and wait until they have; one more Ctrl-C kills them."""
    running = list(parts)
    for part in running:
        part.terminate()
    while any(part.is_running for part in running):
        try:
            shutdown.wait(0.05)
        except ShutdownRequested as again:
            if again.by_hand:
                for part in running:
                    part.kill()
