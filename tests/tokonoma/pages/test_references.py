from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from localcloud.certificates import Authority
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.pages import map_of_pins
from tests.tokonoma.pages.conftest import MARKUP, Visitor
from tests.tokonoma.pages.map_of_pins import CODES, LONG_NAME
from tokonoma.pages.references import hashable


@pytest.fixture(scope="module")
def app(
    authority: Authority,
    xsuaa: LocalXsuaa,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    with map_of_pins.service(authority, xsuaa, authority_file, tmp_path_factory.mktemp("policy")) as app:
        yield app


@pytest.fixture
def viewer(visitor: Callable[..., Visitor]) -> Visitor:
    """Sees one place, no secret, and not where remarks belong."""
    return visitor("Display", rooms=["plain"])


def cells(visitor: Visitor, address: str, column: str) -> list[tuple[str, str, str]]:
    """Of each cell of a column: its text, its title, and where it leads."""
    page = visitor.see(address)
    place = page.all("//th[@scope='col']").index(column) + 1
    return [
        (cell.text_content(), cell.get("title", ""), "".join(cell.xpath("a/@href")))
        for cell in page.tree.xpath(f"//table[@class='rows']/tbody/tr/td[{place}]")
    ]


def test_a_foreign_key_is_the_label_of_its_row_and_leads_there(alice: Visitor) -> None:
    found = cells(alice, "data/PIN?ID.is=1", "PLACE")
    assert found == [("Place plain", "plain", "../data/PLACE/plain")]
    assert cells(alice, "data/PIN?ID.is=1", "SECRET") == [("nobody knows", "1", "../data/SECRET/1")]
    assert cells(alice, "data/PIN?ID.is=2", "PARENT") == [("plain", "1", "../data/PIN/1")]
    assert cells(alice, "data/PIN?ID.is=1", "TAG") == [("00ff10", "", "")]


def test_every_label_is_text_and_every_link_leads_to_its_row(alice: Visitor) -> None:
    found = cells(alice, "data/PIN?ID.from=100&sort=ID", "PLACE")
    shown = dict(zip(CODES, found, strict=False))
    assert shown[MARKUP][:2] == (MARKUP, MARKUP)
    assert shown["x" * 200][:2] == (LONG_NAME[:120].rstrip() + "…", "x" * 200)
    # Without a name there is no label, and the key is all.
    assert shown.pop("a,b") == ("a,b", "", "")
    assert shown.pop("%2F") == ("%2F", "", "")
    assert shown.pop("") == ("", "", "")
    for code, (_, title, address) in shown.items():
        page = alice.see(address.removeprefix("../"))
        assert title == code
        assert page.all("//script[not(@src)]") == []


def test_what_the_caller_may_not_see_stays_the_key_without_a_link(viewer: Visitor) -> None:
    assert cells(viewer, "data/PIN?ID.is=1", "SECRET") == [("1", "", "")]
    places = cells(viewer, "data/PIN?ID.from=100&sort=ID&columns=ID,PLACE", "PLACE")
    assert {address for _, _, address in places} == {""}
    assert not any("Place" in text for text, _, _ in places)
    assert cells(viewer, "data/PIN?ID.is=1", "PLACE") == [("Place plain", "plain", "../data/PLACE/plain")]
    assert "nobody knows" not in viewer.see("data/PIN").text


def test_a_chip_and_the_sentence_have_the_label_that_the_caller_may_see(
    alice: Visitor, viewer: Visitor
) -> None:
    address = "data/PIN?PLACE.is=it%27s"
    assert "PLACE = “Place it's”" in alice.see(address).one("//ul[@class='chips']")
    assert "PLACE = “it's”" in viewer.see(address).one("//ul[@class='chips']")
    hostile = alice.see(f"data/PIN?PLACE.is={quote(MARKUP, safe='')}")
    assert f"PLACE = “{MARKUP}”" in hostile.one("//p[@class='sentence']")


def test_the_first_column_leads_to_the_record_though_it_is_a_reference(alice: Visitor) -> None:
    assert cells(alice, "data/PIN?ID.is=1&columns=PLACE", "PLACE") == [
        ("Place plain", "plain", "../data/PIN/1?ID.is=1&columns=PLACE")
    ]


def test_keys_are_compared_by_their_bytes() -> None:
    assert hashable((memoryview(b"ab"), 1)) == (b"ab", 1)
