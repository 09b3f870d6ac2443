"""A check-up: checks in the order in which they block each other, each bounded in time, as findings.

What depends on a check that found a problem is not looked at. A check that finds nothing to look at, such as
one of a service that is not bound and need not be, gives no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from tokonoma.deadline import call_with_deadline
from tokonoma.doctor.failures.failure import Failure
from tokonoma.doctor.failures.table import FAILURES

TOTAL = 18.0
"""Seconds for all checks together; the whole is done within 20."""


class Status(StrEnum):
    """What a finding comes to."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True)
class Seen:
    """What a check saw: one sentence without secrets; and the name of a failure if something is wrong."""

    detail: str
    failure: str = ""


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    name: str
    look: Callable[[], Iterable[Seen]]
    needs: tuple[str, ...] = ()
    """The checks without which this one can tell nothing."""
    seconds: float = 5.0
    when_late: str = "doctor.slow"
    """The failure that it is when it takes longer than `seconds`."""


@dataclass(frozen=True)
class Diagnosis:
    """A line of the report."""

    check: str
    status: Status
    detail: str
    failure: Failure | None = None


def examine(checks: Sequence[Check], seconds: float = TOTAL) -> Iterator[Diagnosis]:
    """Make the checks one after the other, in `seconds` altogether."""
    end = monotonic() + seconds
    blocked: set[str] = set()
    for check in checks:
        if missing := next((name for name in check.needs if name in blocked), None):
            blocked.add(check.name)
            yield Diagnosis(check.name, Status.NOT_LOOKED_AT, f"because of {missing}")
            continue
        left = end - monotonic()
        if left <= 0:
            blocked.add(check.name)
            yield Diagnosis(check.name, Status.NOT_LOOKED_AT, "because time is up")
            continue
        for seen in _look(check, min(left, check.seconds)):
            finding = _finding(check, seen)
            if finding.status is Status.PROBLEM:
                blocked.add(check.name)
            yield finding


def _look(check: Check, seconds: float) -> list[Seen]:
    try:
        found = call_with_deadline(seconds, lambda: list(check.look()), late=lambda _: None)
    except Exception as error:
        # Its text could quote a credential.
        return [Seen(f"the check ended with {type(error).__name__}", "doctor.failed")]
    return [Seen(f"no answer within {seconds:.0f} s", check.when_late)] if found is None else found


def _finding(check: Check, seen: Seen) -> Diagnosis:
    if not seen.failure:
        return Diagnosis(check.name, Status.OK, seen.detail)
    failure = FAILURES[seen.failure]
    return Diagnosis(check.name, Status.PROBLEM if failure.is_problem else Status.NOTE, seen.detail, failure)
