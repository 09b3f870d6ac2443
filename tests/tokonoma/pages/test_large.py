from __future__ import annotations

from tests.tokonoma.pages.conftest import Visitor

LARGE = "//section[contains(@class,'wide')]"


def test_a_text_begins_on_the_page_and_all_of_it_is_downloaded(alice: Visitor) -> None:
    page = alice.see("data/KINDS/1")
    assert page.all(f"{LARGE}/h2") == ["NOTE", "FILE"]
    assert page.tree.xpath(f"{LARGE}/p[@class='long']")[0].text_content() == "a note\nwith two lines"
    note, file = page.all(f"{LARGE}//a[@download]/@href")
    assert alice.ask(note.removeprefix("../../")).text == "a note\nwith two lines"
    assert alice.ask(file.removeprefix("../../")).data == b"\x00file"


def test_null_is_told_and_an_empty_text_is_none(alice: Visitor) -> None:
    assert alice.see("data/KINDS/3").one(f"{LARGE}[h2='NOTE']/p") == "no value"
    empty = alice.see("data/KINDS/2")
    assert empty.all(f"{LARGE}[h2='NOTE']/p[@class='long']") == []
    assert len(empty.all(f"{LARGE}[h2='NOTE']//a")) == 1


def test_a_withheld_one_is_nowhere(bob: Visitor) -> None:
    page = bob.see("data/KINDS/1")
    assert page.all(LARGE) == []
    assert "NOTE" not in page.text
