from __future__ import annotations

import pytest

from tests.tokonoma.pages.conftest import Visitor
from tokonoma import errors
from tokonoma.pages.problem_texts import GERMAN, translated

NOT_OF_PAGES = {
    *("method-refused", "not-acceptable", "condition-failed", "too-much-asked", "export-too-large"),
}
"""Problems that only programs meet."""


def test_every_problem_that_a_page_may_have_is_told_in_german() -> None:
    problems = {answer.problem for answer in [*errors._ANSWERS.values(), errors.UNEXPECTED]}
    assert problems - NOT_OF_PAGES == {name for name in GERMAN if not name.startswith("http-")}
    assert all(title for title, _ in GERMAN.values())


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", ("Not found", "Nothing.")), ("de-AT", ("Nicht gefunden", GERMAN["unknown-object"][1]))],
)
def test_a_problem_is_told_in_the_readers_language(language: str, told: tuple[str, str]) -> None:
    assert translated("unknown-object", "Not found", "Nothing.", language) == told


def test_what_only_the_error_knows_stays_as_it_is() -> None:
    assert translated("query-invalid", "The query is invalid", "x.", "de") == (
        "Die Abfrage ist fehlerhaft",
        "x.",
    )
    assert translated("no-such-problem", "Title", "x.", "de") == ("Title", "x.")


def test_a_german_sees_a_german_page(alice: Visitor) -> None:
    page = alice.see("data/NOPE", 404, Accept_Language="de")
    assert page.one("//h1") == "Nicht gefunden"
    assert page.link("Noch einmal versuchen") == ""
