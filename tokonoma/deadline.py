"""Waits for work that may never end, up to a deadline."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def run_with_deadline(seconds: float, work: Callable[[], T], late: Callable[[T], object]) -> T | None:
    """The result of `work`, or None if that takes longer than `seconds`; then `late` gets the result.

    Both run in a thread of their own. `work` must not raise: an error that crosses threads holds on to the
    frames of both. It should end some time, because its thread lives until then.
    """
    result: Future[T] = Future()
    Thread(target=_run, args=(result, work, late), name="deadline", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        # It may have come at the last moment.
        return None if result.cancel() else result.result()


def _run(result: Future[T], work: Callable[[], T], late: Callable[[T], object]) -> None:
    found = work()
    try:
        result.set_result(found)
    except InvalidStateError:
        late(found)
