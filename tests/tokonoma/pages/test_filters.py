from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.tokonoma.pages.conftest import HOSTILE, MARKUP, Seen, Visitor
from tokonoma.data.names import legal

STATE = (
    "ROOM_ID.is=IRIS&ROOM_ID.is=PINE&ROOM_ID.null=yes&TITLE.contains=a&TITLE.contains=e&TITLE.not=%C3%BC"
    "&VALUE.from=10&VALUE.from=20&YEAR_MADE.null=no&HEIGHT.above=0.5&ON_LOAN.is=false"
    "&EXAMINED_AT.to=2026-01-01T12:00:00Z&filter=ID%20gt%203&sort=-VALUE,TITLE&columns=ID,TITLE&size=25"
)


def sent(page: Seen) -> list[tuple[str, str]]:
    """What a browser sends for the form as it is."""
    found = []
    for each in page.tree.xpath("//form[@class='filters']//*[@name]"):
        if each.tag == "select":
            value = "".join(each.xpath("option[@selected]/@value"))
        elif each.get("type") == "checkbox" and (each.get("checked") is None or "disabled" in each.attrib):
            continue
        else:
            value = each.get("value")
        found.append((each.get("name"), value))
    return found


@pytest.mark.parametrize("state", ["", STATE, "TITLE.is=a&TITLE.is=b", "VALUE.null=no&VALUE.null=yes"])
def test_a_form_that_is_sent_as_it_is_leads_to_the_same_state(alice: Visitor, state: str) -> None:
    page = alice.see(f"filter/WORK?{state}")
    action = page.one("//form[@class='filters']/@action")
    assert action == "../data/WORK"
    answer = alice.ask(f"data/WORK?{urlencode(sent(page))}")
    assert answer.status_code == 303
    query = urlsplit(answer.headers["Location"]).query
    assert sorted(parse_qsl(query)) == sorted(parse_qsl(state))


def test_the_page_says_what_is_shown_now_and_leads_back(alice: Visitor) -> None:
    page = alice.see("filter/WORK?ROOM_ID.is=IRIS&sort=-VALUE&at=token")
    assert page.one("//h1") == "Filters: Works WORK"
    assert (
        page.one("//p[@class='sentence']")
        == "52 rows with Room = “Iris Pavilion”, by Insured value descending"
    )
    assert page.link("Works") == "../data/WORK?ROOM_ID.is=IRIS&sort=-VALUE"
    assert page.link("Remove all filters") == "../data/WORK?sort=-VALUE"
    assert "Remove all filters" not in alice.see("filter/WORK").text


def test_the_table_leads_to_its_filters(alice: Visitor) -> None:
    page = alice.see("data/WORK?ROOM_ID.is=IRIS&size=25")
    assert page.link("Filters") == "../filter/WORK?ROOM_ID.is=IRIS&size=25"
    assert page.one("//details[@class='panel']/@data-from") == page.link("Filters")


def test_what_is_wrong_is_said_and_the_rest_is_kept(alice: Visitor) -> None:
    page = alice.see("filter/WORK?NOPE.is=1&ROOM_ID.is=IRIS&VALUE.from=many&more=1", 400)
    assert page.all("//div[@role='alert']/p") == [
        "There is no column “NOPE”.",
        "VALUE: “many” cannot be a number.",
        "“more” means nothing here.",
    ]
    assert page.all("//input[@checked]/@value") == ["IRIS"]


@pytest.mark.parametrize("name", ["PURCHASE", "NOPE", "%00", "a" * 300])
def test_unknown_and_forbidden_are_the_same(bob: Visitor, carol: Visitor, name: str) -> None:
    told = {visitor.see(f"filter/{name}", 404).one("//main") for visitor in (bob, carol)}
    assert told == {carol.see("filter/WORK", 404).one("//main")}


def test_markup_in_names_labels_and_values_stays_a_text(alice: Visitor) -> None:
    assert {row[1] for row in HOSTILE} == {MARKUP}
    for name in ("HOSTILE", 'odd/<b>"table'):
        page = alice.see(f"filter/{quote(legal(name))}")
        assert len(page.tree.xpath("//script")) == 1
        assert page.tree.xpath("//i | //b | //fieldset//@onload") == []
    page = alice.see("filter/HOSTILE")
    assert MARKUP in page.all("//span[@class='value']")
    assert MARKUP in page.tree.xpath("//input[@type='checkbox']/@value")


def test_a_hostile_value_can_be_chosen_and_taken_off(alice: Visitor) -> None:
    column = "_x003C_i_x003E_"
    page = alice.see(f"filter/HOSTILE?{urlencode({f'{column}.is': MARKUP})}")
    assert page.all("//input[@checked]/@value") == [MARKUP]
    assert page.one("//p[@class='sentence']").startswith("14 rows with ")


def test_the_form_of_a_wide_table_has_parts(alice: Visitor) -> None:
    page = alice.see("filter/NOTHING?C90.from=1&columns=C80")
    columns = {each.partition(".")[0] for each in page.all("//fieldset//input/@name")}
    assert len(columns) == 40
    assert {"ID", "C38", "C80", "C90"} <= columns
    assert page.link("Columns 41 to 80") == "../filter/NOTHING?C90.from=1&columns=C80&part=2"
    for part in (2, 3):
        page = alice.see(f"filter/NOTHING?C90.from=1&columns=C80&part={part}")
        columns |= {each.partition(".")[0] for each in page.all("//fieldset//input/@name")}
        assert ("C90.from", "1") in sent(page)
    assert len(columns) == 100
    for odd in ("0", "-1", "99", "x", "%D9%A9", "9" * 5000):
        assert alice.see(f"filter/NOTHING?part={odd}").all("//fieldset")


def test_what_has_no_field_in_the_form_goes_along(alice: Visitor) -> None:
    """With script or without: then a browser sends every field."""
    state = "&".join(f"C{n}.to={n}" for n in range(50, 99))
    for part in (1, 2, 3):
        page = alice.see(f"filter/NOTHING?{state}&part={part}")
        fields = sent(page)
        assert len(fields) > 100
        for given in (fields, [each for each in fields if each[1]]):
            answer = alice.ask(f"data/NOTHING?{urlencode(given)}")
            query = urlsplit(answer.headers["Location"]).query
            assert sorted(query.split("&")) == sorted(state.split("&"))
