"""The table of failures: the page shows it as it is, and each of them is made and diagnosed by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.test_links import anchors
from tokonoma.doctor.failures.table import FAILURES, as_markdown

PROJECT = Path(__file__).parents[3]
PAGE = PROJECT / "docs" / "troubleshooting.md"
HERE = [
    *(file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)),
    PROJECT / "tests" / "cumulocity" / "test_doctor.py",
]
CODE = list((PROJECT / "tokonoma" / "doctor").glob("*.py"))


def test_the_page_has_the_table() -> None:
    assert as_markdown() in PAGE.read_text()


def test_every_link_leads_to_a_paragraph() -> None:
    assert {each.paragraph for each in FAILURES.values()} <= set(anchors(PAGE))


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_diagnosed_by_a_test_and_told_by_the_code(name: str) -> None:
    assert any(f'"{name}"' in file.read_text() for file in HERE)
    # What is true of XSUAA and of IAS is told by the same lines.
    told = [f'"{name}"', f'"{{kind}}.{name.partition(".")[2]}"']
    assert any(each in file.read_text() for file in CODE for each in told)


def test_every_name_that_the_code_tells_is_in_the_table() -> None:
    told = {
        name
        for file in CODE
        for name in re.findall(r'Seen\([^"]*"[^"]*", "([a-z_]+\.[a-z_]+)"', file.read_text())
    }
    assert len(told) > 40
    assert told <= FAILURES.keys()


def test_names_are_used_once() -> None:
    text = "".join(file.read_text() for file in (PROJECT / "tokonoma" / "doctor" / "failures").glob("*.py"))
    names = re.findall(r'(?:Failure|note)\(\s*"([a-z_.]+)"', text)
    assert len(names) == len(set(names)) == len(FAILURES)
