"""Calls that may never end, and a bound on the wait for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def call_with_deadline(seconds: float, work: Callable[[], T], late: Callable[[T], object]) -> T | None:
    """What `work` returns; None if it is not done within `seconds`, and then `late` gets what it returns.

    Both run in a thread of their own, called `deadline`. What `work` raises in time is raised here; what it
    raises later is dropped.

    This is the one place where an error goes from one thread to another. It leaves its traceback behind,
    which would keep the frames of the other thread, and the connections in them, alive.
    """
    result: Future[T] = Future()
    Thread(target=_run, args=(result, work, late), name="deadline", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        # It may have come at the last moment.
        return None if result.cancel() else result.result()
    finally:
        # It holds the error, whose traceback holds this frame.
        del result


def _run(result: Future[T], work: Callable[[], T], late: Callable[[T], object]) -> None:
    try:
        found = work()
    except BaseException as error:
        with suppress(InvalidStateError):
            result.set_exception(error.with_traceback(None))
        return
    try:
        result.set_result(found)
    except InvalidStateError:
        late(found)
