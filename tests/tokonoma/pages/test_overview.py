from __future__ import annotations

from collections.abc import Callable

from tests.tokonoma.pages.conftest import MARKUP, Visitor


def test_everybody_sees_what_the_policy_shows_them(alice: Visitor, bob: Visitor, carol: Visitor) -> None:
    labels = "//table//th[@scope='row']"
    assert {"Works", "Rooms", "Purchases"} <= set(alice.see("data/").all(labels))
    seen = bob.see("data/").all(labels)
    assert "Works" in seen
    assert "Purchases" not in seen
    assert "There is nothing here that you may see." in carol.see("data/").text
    assert carol.see("data/").all("//table") == []


def test_the_links_lead_to_the_tables(alice: Visitor) -> None:
    page = alice.see("data/")
    assert page.link("Works") == "../data/WORK"
    for address in page.all("//table//a/@href"):
        alice.see(address.removeprefix("../"))


def test_a_search_finds_by_name_and_label(alice: Visitor) -> None:
    page = alice.see("data/?search=climate%20DAY")
    assert page.all("//table//th[@scope='row']") == ["Climate by the day"]
    assert page.one("//p[@class='sentence']") == "1 of 11 tables and views"
    assert page.one("//input[@name='search']/@value") == "climate DAY"
    assert "No name fits “zzz”." in alice.see("data/?search=zzz").text


def test_markup_is_text(visitor: Callable[..., Visitor]) -> None:
    page = visitor("Curate", name=MARKUP).see("data/?search=" + "%3Cscript%3E%22%27")
    assert page.all("//script/@src") == ["../assets/" + page.one("//script/@src").split("/")[-1]]
    assert page.one("//span[@class='person']") == MARKUP
    assert page.one("//input[@name='search']/@value") == "<script>\"'"
    assert page.all("//th[@scope='row']") == []
    assert "<script>alert" not in visitor("Curate").see("data/").text


def test_german_is_spoken(alice: Visitor) -> None:
    page = alice.see("data/", Accept_Language="de-DE")
    assert page.one("//h1") == "Tabellen und Sichten"
    assert page.one("/html/@lang") == "de"
