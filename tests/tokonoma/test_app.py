"""The app keeps Flask's promises: whoever adds a hook, a guard or a handler to it is asked."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, Response, abort, request
from werkzeug.exceptions import Forbidden, ImATeapot

from tokonoma.app import MAX_BODY


@pytest.fixture
def asked(app: Flask) -> list[str]:
    """Adds a blueprint `/added` with every kind of hook; lists those that were called."""
    calls: list[str] = []
    added = Blueprint("added", __name__)

    @added.get("/added/<word>")
    def view(word: str) -> str:
        calls.append("view")
        if word == "teapot":
            raise ImATeapot
        return word

    def hook(name: str) -> None:
        calls.append(name)

    def passing_on(name: str, response: Response) -> Response:
        calls.append(name)
        return response

    def handled(_error: Exception) -> tuple[str, int]:
        calls.append("blueprint's error handler")
        return "handled", 418

    for place, name in ((app, "app"), (added, "blueprint")):
        place.before_request(lambda name=name: hook(f"{name}'s before_request"))
        place.after_request(lambda response, name=name: passing_on(f"{name}'s after_request", response))
        place.teardown_request(lambda _error, name=name: hook(f"{name}'s teardown_request"))
        place.url_value_preprocessor(lambda *_, name=name: hook(f"{name}'s url_value_preprocessor"))
    added.register_error_handler(ImATeapot, handled)
    app.register_blueprint(added)
    return calls


def test_every_hook_of_the_app_and_of_a_blueprint_is_asked(app: Flask, asked: list[str]) -> None:
    assert app.test_client().get("/added/word").text == "word"
    assert asked == [
        "app's url_value_preprocessor",
        "blueprint's url_value_preprocessor",
        "app's before_request",
        "blueprint's before_request",
        "view",
        "blueprint's after_request",
        "app's after_request",
        "blueprint's teardown_request",
        "app's teardown_request",
    ]


def test_an_error_handler_of_a_blueprint_is_asked(app: Flask, asked: list[str]) -> None:
    answer = app.test_client().get("/added/teapot")
    assert (answer.status_code, answer.text) == (418, "handled")
    assert "blueprint's error handler" in asked


@pytest.mark.parametrize("place", ["app", "blueprint"])
def test_a_guard_in_before_request_shuts_the_door(app: Flask, place: str) -> None:
    added = Blueprint("added", __name__)
    seen: list[str] = []

    @added.get("/added")
    def view() -> str:
        seen.append("view")
        return "open"

    (app if place == "app" else added).before_request(lambda: abort(Forbidden.code))
    app.register_blueprint(added)
    answer = app.test_client().get("/added")
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"
    assert seen == []


def test_a_coroutine_is_awaited_or_refused(app: Flask) -> None:
    """Flask awaits it with the package asgiref, and refuses it without."""
    added = Blueprint("added", __name__)

    @added.get("/added")
    async def view() -> str:
        return "awaited"

    app.register_blueprint(added)
    answer = app.test_client().get("/added")
    assert answer.text == "awaited" or answer.get_json()["title"] == "Something went wrong"


@pytest.mark.parametrize(("length", "status"), [(0, 200), (MAX_BODY, 200), (MAX_BODY + 1, 413)])
def test_a_large_body_is_refused_before_any_hook_could_read_it(app: Flask, length: int, status: int) -> None:
    read: list[int] = []
    app.before_request(lambda: read.append(len(request.get_data())))
    answer = app.test_client().get("/health", data=b"x" * length)
    assert answer.status_code == status
    assert read == ([] if status == 413 else [length])


def test_the_route_is_noted_for_what_a_hook_refuses_too(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.before_request(lambda: abort(Forbidden.code))
    with caplog.at_level("INFO", "tokonoma.requests"):
        app.test_client().get("/actuator/info")
    assert [record.route for record in caplog.records if hasattr(record, "route")] == ["/actuator/info"]


@pytest.mark.parametrize(("host", "status"), [("tokonoma.example", 200), ("evil.invalid", 400)])
def test_trusted_hosts_are_the_only_ones_once_they_are_named(app: Flask, host: str, status: int) -> None:
    app.config["TRUSTED_HOSTS"] = ["tokonoma.example"]
    assert app.test_client().get("/health", headers={"Host": host}).status_code == status


def test_a_route_of_another_host_is_not_found_here(app: Flask) -> None:
    app.url_map.host_matching = True
    assert app.test_client().get("/health", headers={"Host": "tokonoma.example"}).status_code == 404
