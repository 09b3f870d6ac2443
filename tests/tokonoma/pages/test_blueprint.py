from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.tokonoma.pages.conftest import Seen, Visitor
from tokonoma.pages.rendering import CONTENT_SECURITY_POLICY


def test_a_page_is_private_and_runs_nothing_of_others(alice: Visitor) -> None:
    for page in (alice.see("data/WORK"), alice.see("data/"), alice.see("data/NOPE", 404)):
        headers = page.answer.headers
        assert headers.getlist("Content-Security-Policy") == [CONTENT_SECURITY_POLICY]
        assert headers.getlist("Cache-Control") == ["no-store"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Authorization" in headers["Vary"]
        assert page.all("//@style | //style | //script[not(@src)]") == []
        assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_without_a_token_nobody_comes_in_and_is_told_by_a_page(client: FlaskClient) -> None:
    answer = client.get("/data/WORK")
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert Seen(answer).one("//h1") == "Login required"


def test_the_start_page_is_offered_behind_an_approuter_alone(alice: Visitor) -> None:
    assert alice.see("data/WORK").all("//a[normalize-space()='Start page']") == []
    for path, forwarded, link in (
        ("data/WORK", "/myapp/data/WORK", "../../"),
        ("data/WORK", "/a/b/data/WORK?x=1", "../../../"),
        ("data/", "/myapp/data/", "../../"),
    ):
        assert alice.see(path, X_Forwarded_Path=forwarded).link("Start page") == link
    for forwarded in ("https://evil.example/", "/data/WORK", "//evil.example/x", "javascript:alert(1)"):
        page = alice.see("data/WORK", X_Forwarded_Path=forwarded)
        assert page.all("//a[normalize-space()='Start page']") == []
        assert "evil" not in page.text


def test_a_method_that_changes_something_is_refused(alice: Visitor) -> None:
    answer = alice.client.post("/data/WORK", headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code == 405


def test_a_record_without_its_key_is_the_table(bob: Visitor) -> None:
    answer = bob.ask("data/WORK/?ROOM_ID.is=IRIS&nope=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "../../data/WORK?ROOM_ID.is=IRIS")
    assert bob.see("data/NOPE/", 404).one("//h1") == "Not found"


@pytest.mark.parametrize("path", ["take/", "filter/", "pictures/", "filter/WORK/1", "pictures/WORK/a/b"])
def test_where_nothing_is_there_is_a_page_that_says_so(bob: Visitor, path: str) -> None:
    assert bob.see(path, 404).link("To the tables and views") == "../" * path.count("/") + "data/"
