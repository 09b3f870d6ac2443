"""The order of checks, their bounds, and what becomes of a check that fails itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tokonoma.doctor.checkup import Check, Seen, Status, examine
from tokonoma.doctor.failures.table import FAILURES


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


def test_the_text_of_an_exception_is_never_told() -> None:
    def fail() -> Iterator[Seen]:
        raise ValueError("Geheim")
        yield

    [finding] = examine([Check("broken", fail)])
    assert finding.failure is FAILURES["doctor.failed"]
    assert "Geheim" not in finding.detail
    assert "ValueError" in finding.detail
