from __future__ import annotations

import pytest
from flask import Flask

from tokonoma.wsgi.negotiation import MAX_ACCEPT, preferred

TEXT, JSON = "text/plain", "application/json"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, TEXT),
        ("", TEXT),
        ("*/*", TEXT),
        (JSON, JSON),
        (f"{TEXT};q=0.5, {JSON}", JSON),
        (f"{JSON};q=0, {TEXT}", TEXT),
        ("image/png", TEXT),
        ("text/*, application/*;q=0.9", TEXT),
        ("nonsense;;;q=", TEXT),
        (f"{JSON}{' ' * (MAX_ACCEPT - len(JSON))}", JSON),
        (f"{JSON}{' ' * (MAX_ACCEPT + 1 - len(JSON))}", TEXT),
    ],
)
def test_the_callers_preference_decides_and_else_the_first_that_is_offered(
    accept: str | None, chosen: str
) -> None:
    with Flask("app").test_request_context(headers={} if accept is None else {"Accept": accept}):
        assert preferred(TEXT, JSON) == chosen
