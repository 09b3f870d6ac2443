from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.tokonoma.pages.conftest import MARKUP, Seen, Visitor


def explained(visitor: Visitor, **asked: str) -> Seen:
    return visitor.see(f"policy/explain?{urlencode(asked)}", Accept="text/html")


def test_the_page_says_which_line_decides_and_what_it_leaves_out(alice: Visitor) -> None:
    page = explained(alice, object="WORK", scopes="Display", attributes="rooms=IRIS")
    assert page.one("//h2") == "WORK is shown"
    assert "the first grant whose role is held is that of 'viewer'" in page.one("//div[dt='Why']/dd")
    assert page.one("//div[dt='Rows']/dd") == "ROOM_ID in @user.rooms"
    assert page.one("//div[dt='Withheld columns']/dd") == "CURRENCY, VALUE"
    assert page.one("//input[@name='scopes']/@value") == "Display"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("PURCHASE", "no role is held that has a grant: curator"),
        ("NOPE", "the schema has no table, view or synonym of that name"),
        (MARKUP, "the schema has no table, view or synonym of that name"),
    ],
)
def test_it_says_why_something_is_not_shown(alice: Visitor, name: str, why: str) -> None:
    page = explained(alice, object=name, scopes="Display")
    assert page.one("//h2") == f"{name} is not shown"
    assert why in page.one("//div[dt='Why']/dd")
    assert page.all("//script[not(@src)]") == []


def test_programs_get_json_and_others_nothing(alice: Visitor, bob: Visitor) -> None:
    answer = alice.ask("policy/explain?object=WORK&scopes=Display", Accept="*/*")
    assert answer.get_json()["visible"] is True
    assert answer.headers["Vary"] == "Accept, Authorization"
    refused = bob.ask("policy/explain?object=WORK", Accept="text/html")
    assert refused.status_code == 403
    assert "WORK" not in refused.text


def test_what_is_too_long_is_told(alice: Visitor) -> None:
    page = alice.see(f"policy/explain?object={'x' * 1001}", 400, Accept="text/html")
    assert page.one("//p[@role='alert']") == "A field holds at most 1,000 characters."
