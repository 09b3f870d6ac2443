from __future__ import annotations

import jinja2
import pytest
from flask import Flask

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.errors import Answer, HanaBusy, answer_to
from tokonoma.pages import rendering


def test_an_error_is_a_page_that_says_when_to_come_back(app: Flask) -> None:
    error = HanaBusy("pyhana")
    with app.test_request_context("/data/WORK"):
        answer = rendering.problem(answer_to(error), str(error))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "HANA has too much to do" in answer.get_data(as_text=True)
    assert "python -m tokonoma.doctor" in answer.get_data(as_text=True)


def test_what_a_template_is_given_is_escaped(app: Flask) -> None:
    with app.test_request_context("/data/WORK"):
        answer = rendering.problem(Answer(400, "x", MARKUP), MARKUP)
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_what_a_template_lacks_is_a_fault(app: Flask) -> None:
    with app.test_request_context("/data/WORK"), pytest.raises(jinja2.UndefinedError):
        rendering._response("table.html", 200)
