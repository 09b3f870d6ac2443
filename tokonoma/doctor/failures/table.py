"""The table of all failures; that of docs/troubleshooting.md is written from it."""

from __future__ import annotations

from tokonoma.doctor.failures.beside import BESIDE
from tokonoma.doctor.failures.in_place import IN_PLACE
from tokonoma.doctor.failures.outside import DOCTOR, OUTSIDE
from tokonoma.doctor.failures.token import TOKEN

FAILURES = {each.name: each for each in (*IN_PLACE, *TOKEN, *BESIDE, *OUTSIDE, *DOCTOR)}
"""Every failure by its name."""


def as_markdown() -> str:
    """The table as docs/troubleshooting.md shows it."""
    lines = ["| doctor says | likely cause | next | more |", "|---|---|---|---|"]
    for each in FAILURES.values():
        kind = "" if each.is_problem else " (note)"
        lines.append(f"| `{each.name}`{kind} | {each.cause} | {each.next_step} | [here](#{each.paragraph}) |")
    return "\n".join(lines) + "\n"
