"""The table of problems in docs/troubleshooting.md is the one that the service answers from."""

from __future__ import annotations

import re
from pathlib import Path

from tokonoma import errors
from tokonoma.odata.batch_json import DEPENDENCY_FAILED

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text()
TABLE = PAGE.partition("## Problems by name\n")[2].partition("\n## ")[0]
ROWS = [line.strip("|").split("|") for line in TABLE.splitlines() if line.startswith("| `")]


def test_every_problem_is_in_the_table_with_its_status() -> None:
    known: dict[str, set[int]] = {}
    for answer in (*errors._ANSWERS.values(), errors.UNEXPECTED, DEPENDENCY_FAILED):
        known.setdefault(answer.problem, set()).add(answer.status)
    told = {
        name: {int(number) for number in re.findall(r"\b\d{3}\b", row[1])}
        for row in ROWS
        for name in re.findall(r"`([a-z-]+)`", row[0])
    }
    assert told == known


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    assert len(ROWS) > 20
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in ROWS)
