"""Each thread has the notes of the request that it serves."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest

from tokonoma.telemetry import request_notes
from tokonoma.telemetry.request_notes import add, current, start, timed


@pytest.fixture(autouse=True)
def no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a request at first, whatever test ran before."""
    monkeypatch.setattr(request_notes, "_current", contextvars.ContextVar("request_notes"))


def test_a_request_begins_without_route_user_and_times() -> None:
    notes = start()
    assert (notes.route, notes.user_id, notes.parts) == ("(none)", "-", {})
    assert current() is notes


def test_what_is_noted_outside_of_a_request_is_lost() -> None:
    add("hana", 1.0)
    assert current().parts == {}


def test_the_time_of_a_part_adds_up() -> None:
    start()
    add("hana", 1.0)
    add("hana", 0.5)
    add("auth", 0.25)
    assert current().parts == {"hana": 1.5, "auth": 0.25}


def test_a_block_that_fails_is_timed_too() -> None:
    start()
    with pytest.raises(ValueError, match="in it"), timed("auth"):
        raise ValueError("in it")
    assert current().parts["auth"] > 0


def test_the_next_request_of_a_thread_begins_anew() -> None:
    start().route = "/"
    assert start().route == "(none)"


def test_two_threads_do_not_share_notes() -> None:
    start().user_id = "alice"
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: start().user_id).result(30) == "-"
    assert current().user_id == "alice"
