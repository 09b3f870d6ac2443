from __future__ import annotations

import pytest

from tests.tokonoma.pages.conftest import Visitor


@pytest.mark.parametrize("path", ["data/NOPE", "policy/explain"])
def test_people_get_an_error_as_a_page(carol: Visitor, path: str) -> None:
    page = carol.see(path, 404 if "data" in path else 403, Accept="text/html")
    assert page.one("//a[@class='brand']") == "Tokonoma"
    assert page.one("//p[@role='alert']")


def test_from_an_error_there_is_a_way_to_the_start_page(carol: Visitor) -> None:
    path = "data/NOPE/1"
    page = carol.see(path, 404, X_Forwarded_Path=f"/myapp/{path}?sort=ID")
    assert page.link("Start page") == "../../../"
    assert not carol.see(path, 404).all("//a[normalize-space()='Start page']")


def test_programs_get_a_problem_from_views_that_answer_json(carol: Visitor) -> None:
    answer = carol.ask("policy/explain", Accept="application/json")
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_page_says_which_scope_is_missing_as_programs_are_told(carol: Visitor) -> None:
    page = carol.see("policy/explain", 403, Accept="text/html")
    assert 'error="insufficient_scope"' in page.answer.headers["WWW-Authenticate"]
