"""Findings for people, as lines, and for programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tokonoma.doctor.checkup import Diagnosis, Status


def lines(finding: Diagnosis) -> Iterator[str]:
    """A line of what was seen; under it the likely cause, the next step, and where to read on."""
    yield f"{finding.status:<13} {finding.check:<20} {_printable(finding.detail)}"
    if failure := finding.failure:
        margin = " " * 35
        yield f"{margin}{failure.name}: {failure.cause}"
        yield f"{margin}next: {failure.next_step}"
        yield f"{margin}more: {failure.link}"


def _printable(text: str) -> str:
    """A text on one line, whoever wrote it: what cannot be printed is escaped."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def summary(findings: Sequence[Diagnosis]) -> str:
    """The last line."""
    count = {status: sum(each.status is status for each in findings) for status in Status}
    if not count[Status.PROBLEM]:
        notes = count[Status.NOTE]
        return "No problem was found" + (f"; {notes} of {len(findings)} lines are notes." if notes else ".")
    unseen = count[Status.NOT_LOOKED_AT]
    found = f"{count[Status.PROBLEM]} problem" + ("s" if count[Status.PROBLEM] > 1 else "")
    checks = "1 check was" if unseen == 1 else f"{unseen} checks were"
    return f"{found} found; {checks} not looked at." if unseen else f"{found} found."


def as_json(findings: Sequence[Diagnosis]) -> str:
    """One object for each finding: name, status, detail; of a failure its name, cause, next step and link."""
    return json.dumps([_object(each) for each in findings], indent=2)


def exit_code(findings: Sequence[Diagnosis], *, strict: bool) -> int:
    """1 for a problem, with `strict` also for a note; else 0."""
    bad = {Status.PROBLEM, Status.NOTE} if strict else {Status.PROBLEM}
    return int(any(each.status in bad for each in findings))


def _object(finding: Diagnosis) -> dict[str, str]:
    told = {"name": finding.check, "status": finding.status.value, "detail": finding.detail}
    if failure := finding.failure:
        told |= {
            "failure": failure.name,
            "cause": failure.cause,
            "next": failure.next_step,
            "link": failure.link,
        }
    return told
