"""Waits for something that may never end, and then no longer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], late: Callable[[T], object]) -> T | None:
    """What `work` returns, if it is done in time; else None, and its result goes to `late` when there is one.

    Both run in a thread of their own. `work` raises nothing: an error that crosses threads holds on to the
    frames of both.
    """
    result: Future[T] = Future()
    Thread(target=_deliver, args=(result, work, late), name="within", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        # It may have come at the last moment.
        return None if result.cancel() else result.result()


def _deliver(result: Future[T], work: Callable[[], T], late: Callable[[T], object]) -> None:
    found = work()
    try:
        result.set_result(found)
    except InvalidStateError:
        late(found)
