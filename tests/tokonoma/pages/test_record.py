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
from tests.tokonoma.pages.map_of_pins import CODES, STORY


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
    """Sees one place without what it costs, no secret, and not where remarks belong."""
    return visitor("Display", rooms=["plain"])


def link(code: str) -> str:
    written = "~" + code if code in ("", "..") else code
    return f"data/PLACE/{quote(written, safe='~')}"


@pytest.mark.parametrize("code", CODES)
def test_every_key_has_a_page_on_which_everything_is_text(alice: Visitor, code: str) -> None:
    page = alice.see(link(code))
    assert page.tree.xpath("//dd[1]")[0].text_content() == code
    assert page.all("//script[not(@src)]") == []
    assert page.all("//*[@onload or @onerror]") == []
    assert page.all("//main//script") == []


def test_facts_are_whole_with_their_line_breaks(alice: Visitor) -> None:
    page = alice.see("data/PLACE/plain")
    assert STORY in [each.text_content() for each in page.tree.xpath("//dd")]
    assert page.one("//h1") == "Place plain plain"
    assert page.all("//section[h2='Record']//dt") == ["CODE", "NAME"]
    assert page.one("//section[h2='Numbers']//dd/@title") == "1234.5"


def test_nulls_are_shown_as_such(alice: Visitor) -> None:
    page = alice.see("data/PIN/2")
    assert page.all("//dd[@class='null']") == ["no value"] * 4


def test_unknown_withheld_and_misshapen_keys_are_the_same(viewer: Visitor, alice: Visitor) -> None:
    withheld = viewer.see("data/PLACE/it%27s", 404)
    for person, path in (
        (viewer, "data/PLACE/nowhere"),
        (viewer, "data/SECRET/1"),
        (viewer, "data/NOPE/1"),
        (alice, "data/PIN/abc"),
        (alice, "data/PIN/1,2"),
        (alice, "data/PIN/1/2"),
        (alice, "data/PIN/1e400"),
        (alice, "data/PIN/%ff"),
        (alice, "data/PIN/99999999999999999999999999"),
        (alice, "data/TAG/zz"),
        (alice, "data/SPOT/n%2Ce"),
        (alice, f"data/PLACE/{'y' * 6000}"),
    ):
        assert person.see(path, 404).one("//main") == withheld.one("//main"), path
    assert alice.see("data/PLACE/it%27s").status == 200


def test_what_it_points_to_is_there_with_some_facts(alice: Visitor, viewer: Visitor) -> None:
    page = alice.see("data/PIN/1")
    links = dict(
        zip(
            page.all("//div[@class='pointed']//a"),
            page.all("//div[@class='pointed']//a/@href"),
            strict=True,
        )
    )
    assert links == {
        "Place plain": "../../data/PLACE/plain",
        "nobody knows": "../../data/SECRET/1",
        "East": "../../data/SPOT/n%2Ce,2",
        "00ff10": "../../data/TAG/00ff10",
    }
    assert "1,234.5" in page.one("//div[@class='pointed'][.//a='Place plain']/dl")
    seen = viewer.see("data/PIN/1")
    assert set(seen.all("//div[@class='pointed']//a")) == links.keys() - {"nobody knows"}
    for hidden in ("nobody knows", "1,234", "COST", "SECRET/1"):
        assert hidden not in seen.text


def test_what_points_to_it_is_counted_begun_and_linked(alice: Visitor) -> None:
    page = alice.see("data/PLACE/plain")
    assert page.all("//section[@class='pointing']/h2") == ["Pins by PLACE", "Remarks by PLACE"]
    pins = "//section[@class='pointing'][1]"
    assert len(page.all(f"{pins}//tbody/tr")) == 5
    assert page.one(f"{pins}/p/a") == "7 rows: show in the table"
    address = page.one(f"{pins}/p/a/@href")
    assert address == "../../data/PIN?PLACE.is=plain"
    assert "7 rows" in alice.see(address.removeprefix("../../")).one("//p[@class='sentence']")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("SPOT/n%2Ce,2", "One row with A = “n,e” and B = 2"),
        ("TAG/00ff10", "One row with “TAG eq binary'AP8Q'”"),
        ("PLACE/~", "One row with “PLACE eq ''”"),
    ],
)
def test_keys_of_every_sort_filter_what_points_to_them(alice: Visitor, record: str, sentence: str) -> None:
    address = alice.see(f"data/{record}").one(
        "//section[@class='pointing'][h2[contains(.,'Pins')]]/p/a/@href"
    )
    assert alice.see(address.removeprefix("../../")).one("//p[@class='sentence']") == sentence


def test_a_reference_by_a_withheld_column_is_none(viewer: Visitor) -> None:
    page = viewer.see("data/PLACE/plain")
    assert page.all("//section[@class='pointing']/h2") == ["Pins by PLACE"]
    assert "COST" not in page.text
    assert "about a place" not in page.text


def test_the_walk_goes_on_in_the_order_that_the_person_came_from(alice: Visitor) -> None:
    address, walked = "data/PIN/7?ID.to=7&sort=-ID&columns=ID", []
    while address:
        page = alice.see(address)
        walked.append(page.one("//h1"))
        assert page.link("Back to the rows") == "../../data/PIN?ID.to=7&sort=-ID&columns=ID"
        address = "".join(page.all("//a[@rel='next']/@href")).removeprefix("../../")
    assert walked == [f"plain {number}" for number in (7, 6, 5, 4, 3, 2, 1)]
    assert page.one("//a[@rel='prev']/@href") == "../../data/PIN/2?ID.to=7&sort=-ID&columns=ID"


def test_a_wrong_state_is_told_and_the_record_shown(viewer: Visitor) -> None:
    page = viewer.see("data/PLACE/plain?COST.from=3&sort=COST", 400)
    assert page.all("//div[@role='alert']/p") == ["There is no column “COST”."] * 2
    assert page.one("//h1") == "Place plain plain"


def test_a_record_of_empty_and_blank_texts_has_a_title_and_can_be_reached(alice: Visitor) -> None:
    assert alice.see(link("")).one("//h1") == "(empty)"
    links = alice.see("data/PLACE").tree.xpath("//tbody//a[@href='../data/PLACE/~']")
    assert [each.text_content() for each in links] == ["(empty)"]


def test_markup_in_a_title_is_text(alice: Visitor) -> None:
    page = alice.see(link(MARKUP))
    assert page.one("//h1").startswith(MARKUP)
    assert page.one("//title").startswith(f"{MARKUP} ")
