"""What CAP does on HANA, and on its own sqlite cannot or does differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

from .project import hana, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def found(cap: None, driver: str, authority: Authority, trust: Path) -> Any:
    with LocalHana(authority=authority, schema="TOOLS") as server:
        return run("hana.js", hana(server, driver), None, trust)


def test_a_view_takes_parameters(found: Any) -> None:
    assert found["parameters"] == [1]


def test_a_search_finds_words_and_words_that_are_alike(found: Any) -> None:
    assert found["searched"] == [1, 2]
    assert found["alike"] == [1]


def test_hints_are_read_over(found: Any) -> None:
    assert found["hints"] == [1]


def test_texts_sort_as_the_caller_s_language_does(found: Any) -> None:
    assert [row["name"] for row in found["sorted"]] == ["Ärmel", "Hammer", "Saw", "zip"]


def test_rows_are_written_through_a_view(found: Any) -> None:
    written = [(row["ID"], row["name"], row["price"]) for row in found["written"]]
    assert written == [(5, "Pliers", None), (6, "Rasp", None), (7, "Files", None)]
