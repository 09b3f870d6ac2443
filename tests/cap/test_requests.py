"""CAP answers on the local HANA as on its own sqlite."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Answers
from .requests import REQUESTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DIFFERENT = {
    "an average": "HANA's average of DECIMAL(9, 2) has two digits",
    "the same again": "the error is the database's own",
}
"""Requests whose answers differ as the databases do, and why."""

_SAME = [each.name for each in REQUESTS if each.name not in DIFFERENT]


@pytest.mark.parametrize("name", _SAME)
def test_an_answer_is_that_of_sqlite(name: str, answers: Answers, expected: Answers) -> None:
    assert answers[name] == expected[name]


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_answers_have_the_same_status(name: str, answers: Answers, expected: Answers) -> None:
    assert answers[name]["status"] == expected[name]["status"]


def test_a_key_that_is_there_is_hana_s_own_error(answers: Answers) -> None:
    error = answers["the same again"]["body"]["error"]
    assert error["code"] == "301"
    assert "unique constraint violated" in error["message"]


def test_requests_find_something(expected: Answers) -> None:
    """That two answers are equal would say little if both were empty, or errors."""
    refused = {name for name, answer in expected.items() if answer["status"] >= 400}
    assert refused == {
        "none",
        "the same again",
        "a value that does not fit",
        "a word in place of a number",
        "gone already",
    }
    empty = {name for name, answer in expected.items() if _rows(answer) == []}
    assert empty == {"searched for nothing that is there", "nothing is active yet"}


def _rows(answer: dict[str, Any]) -> Any:
    body = answer["body"]
    return body.get("value") if isinstance(body, dict) else None
