"""The order of checks, their bounds, and what becomes of a check that fails itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from tokonoma.doctor import __main__ as command
from tokonoma.doctor import checkup
from tokonoma.doctor.checkup import TOTAL, Check, Diagnosis, Seen, Status, examine
from tokonoma.doctor.database import Database
from tokonoma.doctor.failures.table import FAILURES
from tokonoma.doctor.place import AppPlace
from tokonoma.hana.one_logon import OneLogon


def fine() -> list[Seen]:
    return [Seen("fine")]


def wrong() -> list[Seen]:
    return [Seen("wrong", "hana.password")]


def noted() -> list[Seen]:
    return [Seen("noted", "policy.missing")]


def statuses(*checks: Check, seconds: float = 10.0) -> dict[str, Status]:
    return {finding.check: finding.status for finding in examine(checks, seconds)}


def test_what_needs_a_failed_check_is_not_looked_at_and_so_on() -> None:
    found = statuses(
        Check("first", wrong),
        Check("second", fine, needs=("first",)),
        Check("third", fine, needs=("second",)),
    )
    assert found == {"first": Status.PROBLEM, "second": Status.NOT_LOOKED_AT, "third": Status.NOT_LOOKED_AT}


def test_a_note_blocks_nothing() -> None:
    found = statuses(Check("first", noted), Check("second", fine, needs=("first",)))
    assert found == {"first": Status.NOTE, "second": Status.OK}


def test_a_check_that_hangs_ends_in_its_own_failure() -> None:
    never = threading.Event()

    def hang() -> Iterator[Seen]:
        never.wait()
        yield Seen("late")

    [finding] = examine([Check("slow", hang, seconds=0.05, when_late="hana.silent")])
    assert finding.failure is FAILURES["hana.silent"]
    [finding] = examine([Check("slow", hang, seconds=0.05)])
    assert finding.failure is FAILURES["doctor.slow"]
    never.set()


def test_when_time_is_up_the_rest_is_not_looked_at() -> None:
    assert statuses(Check("first", fine), seconds=0) == {"first": Status.NOT_LOOKED_AT}


def test_all_checks_together_have_the_time_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that each check moves on by all the time that it may take."""
    now, allowed = [100.0], list[float]()

    def bounded(seconds: float, work: Callable[[], list[Seen]], late: object) -> list[Seen]:
        allowed.append(seconds)
        now[0] += seconds
        return work()

    monkeypatch.setattr(checkup, "monotonic", lambda: now[0])
    monkeypatch.setattr(checkup, "call_with_deadline", bounded)
    checks = [Check(str(number), fine, seconds=7) for number in range(4)]
    assert [each.status for each in examine(checks)] == [Status.OK] * 3 + [Status.NOT_LOOKED_AT]
    assert allowed == [7, 7, TOTAL - 14]
    assert TOTAL < 20


def test_what_was_spent_before_the_checks_is_a_part_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token may be waited for."""
    times, left = iter([0.0, 8.0]), list[float]()

    def none(_checks: object, seconds: float) -> list[Diagnosis]:
        left.append(seconds)
        return []

    monkeypatch.setattr(command, "monotonic", lambda: next(times))
    monkeypatch.setattr(command, "examine", none)
    disabled = logging.root.manager.disable
    try:
        command.main(["--no-connect"])
    finally:
        logging.disable(disabled)
    assert left == [TOTAL - 8]
    assert TOTAL > command.READING


def test_a_connection_that_does_not_close_is_left_behind() -> None:
    never, closed = threading.Event(), threading.Event()

    class Stuck(OneLogon):
        def __init__(self) -> None:
            """Without a logon."""

        def close(self) -> None:
            never.wait(60)
            closed.set()

    Database(AppPlace(), connect=True, _connection=Stuck()).close()
    assert not closed.is_set()
    never.set()


def test_the_text_of_an_exception_is_never_told() -> None:
    def fail() -> Iterator[Seen]:
        raise ValueError("Geheim")
        yield

    [finding] = examine([Check("broken", fail)])
    assert finding.failure is FAILURES["doctor.failed"]
    assert "Geheim" not in finding.detail
    assert "ValueError" in finding.detail
