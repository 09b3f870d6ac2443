"""The last good value serves while the next one is read, and callers wait for the first one only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tokonoma.data import refreshed
from tokonoma.data.refreshed import Refreshed
from tokonoma.errors import CatalogueUnavailable, HanaUnavailable

WAIT = 30


class Source:
    """What is read; a test says what comes of it, and when."""

    def __init__(self) -> None:
        self.answers: list[int | Exception] = [1]
        self.reads = 0
        self.may_read = threading.Event()
        self.may_read.set()

    def __call__(self) -> int:
        assert self.may_read.wait(WAIT)
        self.reads += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`later(seconds)` moves the clock on."""
    passed = [0.0]
    clock = time.monotonic

    def move(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(refreshed, "monotonic", lambda: clock() + passed[0])
    return move


def join(thread: threading.Thread | None) -> None:
    assert thread is not None
    thread.join(WAIT)


def test_the_first_caller_waits_for_the_value(source: Source) -> None:
    value = Refreshed(source)
    assert (value.current(), value.current(), source.reads) == (1, 1, 1)


def test_an_old_value_serves_while_the_next_is_read(source: Source, later: Callable[[float], None]) -> None:
    value = Refreshed(source)
    source.answers = [1, 2]
    assert value.current() == 1
    later(refreshed.FRESH + 1)
    source.may_read.clear()
    assert value.current() == 1
    reading = value.read_soon()
    source.may_read.set()
    join(reading)
    assert (value.current(), source.reads) == (2, 2)


def test_a_value_stays_when_it_cannot_be_read_again(source: Source, later: Callable[[float], None]) -> None:
    value = Refreshed(source)
    source.answers = [1, HanaUnavailable("pyhana")]
    assert value.current() == 1
    later(refreshed.FRESH + 1)
    join(value.read_soon())
    assert value.current() == 1


def test_without_a_first_value_callers_get_hanas_error_each_their_own(source: Source) -> None:
    source.answers = [HanaUnavailable("pyhana")]
    value = Refreshed(source)
    errors = []
    for _ in range(2):
        with pytest.raises(HanaUnavailable) as failure:
            value.current()
        errors.append(failure.value)
    assert errors[0] is not errors[1]
    assert source.reads == 1, "a second read has to wait"


def test_what_goes_wrong_in_the_service_is_not_shown_as_hanas(source: Source) -> None:
    source.answers = [ZeroDivisionError("ours")]
    with pytest.raises(CatalogueUnavailable):
        Refreshed(source).current()


def test_the_first_value_is_not_waited_for_for_ever(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshed, "FIRST_WAIT", 0.05)
    source.may_read.clear()
    value = Refreshed(source)
    with pytest.raises(CatalogueUnavailable):
        value.current()
    reading = value.read_soon()
    source.may_read.set()
    join(reading)
    assert value.current() == 1


def test_many_who_ask_have_it_read_once(source: Source, later: Callable[[float], None]) -> None:
    value = Refreshed(source)
    assert value.current() == 1
    assert value.read_soon() is None
    later(refreshed.PAUSE)
    source.may_read.clear()
    readings = {value.read_soon() for _ in range(20)}
    source.may_read.set()
    [reading] = readings
    join(reading)
    assert source.reads == 2
