"""Calls that may never end, and the wait for them."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from tokonoma.deadline import call_with_deadline


def never(found: object) -> None:
    pytest.fail(f"{found!r} came in time")


def test_what_is_done_in_time_is_returned() -> None:
    assert call_with_deadline(30, lambda: "in time", never) == "in time"


def test_what_comes_too_late_is_handed_to_whoever_cleans_up() -> None:
    release, cleaned = threading.Event(), threading.Event()

    def work() -> str:
        release.wait()
        return "late"

    def clean(found: str) -> None:
        assert found == "late"
        cleaned.set()

    assert call_with_deadline(0.1, work, clean) is None
    release.set()
    assert cleaned.wait(30)


class Held:
    """Something that a frame holds."""


def test_an_error_in_time_is_raised_here_and_keeps_nothing_of_the_other_thread() -> None:
    held: list[weakref.ref[Held]] = []

    def work() -> None:
        something = Held()
        held.append(weakref.ref(something))
        raise LookupError("nothing there")

    gc.disable()
    try:
        with pytest.raises(LookupError, match="nothing there") as raised:
            call_with_deadline(30, work, never)
        while "deadline" in {thread.name for thread in threading.enumerate()}:
            time.sleep(0.01)
        assert raised.value is not None
        assert held[0]() is None
    finally:
        gc.enable()


def test_a_time_out_of_the_work_is_no_time_out_of_the_wait() -> None:
    def work() -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        call_with_deadline(30, work, never)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_comes_too_late_is_dropped() -> None:
    release = threading.Event()

    def work() -> None:
        release.wait()
        raise LookupError

    assert call_with_deadline(0.1, work, never) is None
    release.set()
    while "deadline" in {thread.name for thread in threading.enumerate()}:
        time.sleep(0.01)
