"""Every error of an app has one shape: problem+json to programs, words to people."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from tokonoma.errors import WHO_KNOWS_WHY, Answer, HanaBusy, ScopeMissing, TokenMissing
from tokonoma.wsgi.problems import PROBLEM, as_json, show_problems

SECRET = "hunter2"


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("app")
    show_problems(app)

    @app.get("/raise/<name>")
    def fail(name: str) -> str:
        raise {
            "busy": HanaBusy("pyhana"),
            "scope": ScopeMissing("$XSAPPNAME.Display"),
            "token": TokenMissing(),
            "fault": ValueError(SECRET),
        }[name]

    @app.get("/gone")
    def gone() -> str:
        abort(410)

    return app.test_client()


@pytest.mark.parametrize(("name", "status"), [("busy", 503), ("scope", 403), ("token", 403), ("fault", 500)])
@pytest.mark.parametrize("accept", ["", "*/*", "application/json", PROBLEM])
def test_programs_get_problem_json(client: FlaskClient, name: str, status: int, accept: str) -> None:
    answer = client.get(f"/raise/{name}", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    document = json.loads(answer.text)
    assert document.keys() == {"type", "title", "status", "detail"}
    assert document["status"] == status
    assert document["type"].startswith("urn:tokonoma:problem:")


@pytest.mark.parametrize(("name", "behind"), [("scope", ""), ("busy", f"{WHO_KNOWS_WHY}\n")])
def test_people_get_the_same_words(client: FlaskClient, name: str, behind: str) -> None:
    """And behind those of a 503 who knows why."""
    document = json.loads(client.get(f"/raise/{name}").text)
    answer = client.get(f"/raise/{name}", headers={"Accept": "text/html,*/*;q=0.1"})
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == f"{document['title']}. {document['detail']}\n{behind}"
    assert "tokonoma.doctor" in WHO_KNOWS_WHY


def test_a_challenge_and_a_time_to_come_again_are_header_fields(client: FlaskClient) -> None:
    assert client.get("/raise/token").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/raise/busy").headers["Retry-After"] == "1"
    assert "Retry-After" not in client.get("/raise/scope").headers


def test_an_error_is_of_one_caller_and_one_form(client: FlaskClient) -> None:
    assert {"Authorization", "Accept"} <= set(client.get("/raise/busy").vary)


def test_what_is_unexpected_is_logged_and_not_shown(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/raise/fault")
    assert SECRET not in answer.text
    assert SECRET in caplog.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/none", 404), ("POST", "/gone", 405)])
def test_what_flask_refuses_has_the_same_shape(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    assert json.loads(answer.text)["type"] == "about:blank"
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_name_becomes_an_urn_and_an_address_stays() -> None:
    assert json.loads(as_json(Answer(503, "hana-busy", "t"), "d"))["type"] == "urn:tokonoma:problem:hana-busy"
    assert json.loads(as_json(Answer(404, "about:blank", "t"), "d"))["type"] == "about:blank"
