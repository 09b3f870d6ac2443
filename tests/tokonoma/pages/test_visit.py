from __future__ import annotations

from flask import Flask

from tests.tokonoma.pages.conftest import Visitor
from tokonoma.pages import visit


def test_the_query_is_read_in_its_order(app: Flask) -> None:
    with app.test_request_context(environ_overrides={"QUERY_STRING": "b=1&a=%C3%BC+x&b=2&&c"}):
        assert visit.pairs() == [("b", "1"), ("a", "ü x"), ("b", "2"), ("c", "")]


def test_a_redirect_is_relative(app: Flask) -> None:
    with app.test_request_context():
        answer = visit.see_other("../data/WORK?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "../data/WORK?x=1")


def test_the_language_of_a_page_is_the_browsers(alice: Visitor) -> None:
    assert alice.see("data/", Accept_Language="de-CH").one("/html/@lang") == "de-CH"
    assert alice.see("data/", Accept_Language="fr").one("/html/@lang") == "en"
