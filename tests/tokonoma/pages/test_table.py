from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest

from tests.tokonoma.pages.conftest import HOSTILE, MARKUP, Seen, Visitor

CELLS = "//table[@class='rows']/tbody/tr/*"


def rows(page: Seen) -> list[list[str]]:
    """The exact values of a page's table."""
    found = page.tree.xpath("//table[@class='rows']/tbody/tr")
    return [[cell.get("title") or cell.text_content() for cell in row] for row in found]


def test_rows_come_in_words_and_in_the_readers_way(alice: Visitor) -> None:
    page = alice.see("data/WORK?ROOM_ID.is=IRIS&sort=-VALUE&size=25", Accept_Language="de")
    assert page.one("//h1") == "Works WORK"
    assert (
        page.one("//p[@class='sentence']")
        == "52 Zeilen (Room = „Iris Pavilion“), sortiert nach Insured value (absteigend)"
    )
    assert "Zeilen 1 bis 25 von 52" in page.text
    assert "4.704.600,00" in page.text
    assert page.one("//th[@aria-sort='descending']") == "Insured value"


def test_bob_sees_his_rooms_and_no_values(bob: Visitor) -> None:
    page = bob.see("data/WORK")
    assert page.one("//p[@class='sentence']") == "101 rows"
    for hidden in ("VALUE", "CURRENCY", "Insured", "JPY"):
        assert hidden not in page.text
    refused = bob.see("data/WORK?VALUE.from=1&sort=VALUE&columns=VALUE", 400)
    assert refused.text.count("There is no column “VALUE”.") == 3


@pytest.mark.parametrize("name", ["PURCHASE", "NOPE", "SYS.TABLES", "work", "WORK%20", "%00", "a" * 300])
def test_unknown_and_forbidden_are_the_same(bob: Visitor, carol: Visitor, name: str) -> None:
    told = {visitor.see(f"data/{name}", 404).one("//main") for visitor in (bob, carol)}
    told.add(carol.see("data/WORK", 404).one("//main"))
    assert told == {
        "Not found There is nothing of this name here that you may see. Try again To the tables and views"
    }


def test_all_pages_are_walked_and_back_again(alice: Visitor) -> None:
    address, pages = "data/WORK?sort=TECHNIQUE&size=25&columns=ID", []
    while True:
        page = alice.see(address)
        pages.append((address, rows(page)))
        following = page.all("//a[@rel='next']/@href")
        if not following:
            break
        address = following[0].removeprefix("../")
    assert len(pages) == 10
    walked = [row for _, each in pages for row in each]
    assert len(walked) == len(set(map(tuple, walked))) == 240
    for _, before in reversed(pages[:-1]):
        page = alice.see(page.one("//a[@rel='prev']/@href").removeprefix("../"))
        assert rows(page) == before
    assert page.all("//a[@rel='prev']") == []


def test_page_csv_and_odata_have_the_same_rows(alice: Visitor) -> None:
    page = alice.see(
        "data/WORK?TITLE.contains=the&YEAR_MADE.from=1900&sort=-HEIGHT&columns=ID,TITLE,HEIGHT&size=250"
    )
    options = (
        "$filter=contains(tolower(TITLE),'the') and YEAR_MADE ge 1900&$orderby=HEIGHT desc&"
        "$select=ID,TITLE,HEIGHT"
    )
    asked = quote(options, safe="=&$")
    exported = list(csv.reader(io.StringIO(alice.ask(f"data/WORK.csv?{asked}").text)))[1:]
    assert [[cell.replace("no value", "") for cell in row] for row in rows(page)] == exported
    found = alice.ask(f"odata/WORK?{asked}").get_json()["value"]
    assert [row[0] for row in rows(page)] == [str(each["ID"]) for each in found]


def test_a_heading_sorts_the_other_way_and_off_again(alice: Visitor) -> None:
    address = "data/WORK?ROOM_ID.is=IRIS"
    directions = []
    for _ in range(3):
        page = alice.see(address)
        directions += page.all("//th[normalize-space()='Title']/@aria-sort")
        address = page.one("//th[normalize-space()='Title']/a/@href").removeprefix("../")
    assert directions == ["none", "ascending", "descending"]
    assert address == "data/WORK?ROOM_ID.is=IRIS"


def test_a_chip_takes_its_filter_off(alice: Visitor) -> None:
    page = alice.see("data/WORK?ROOM_ID.is=IRIS&ID.from=3&filter=YEAR_MADE%20gt%201900&sort=ID")
    assert page.all("//ul[@class='chips']//a/@href") == [
        "../data/WORK?ID.from=3&filter=YEAR_MADE%20gt%201900&sort=ID",
        "../data/WORK?ROOM_ID.is=IRIS&filter=YEAR_MADE%20gt%201900&sort=ID",
        "../data/WORK?ROOM_ID.is=IRIS&ID.from=3&sort=ID",
    ]


def test_a_form_is_answered_by_its_states_address(alice: Visitor) -> None:
    answer = alice.ask("data/WORK?TITLE.contains=&ID.from=3&column=ROOM_ID&operator=is&value=IRIS")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "../data/WORK?ID.from=3&ROOM_ID.is=IRIS"


def test_a_stale_place_is_told_and_the_rest_is_kept(alice: Visitor) -> None:
    token = alice.see("data/WORK?size=25").one("//a[@rel='next']/@href").partition("at=")[2]
    for place in (token, "nonsense", token[:-1]):
        page = alice.see(f"data/WORK?ROOM_ID.is=IRIS&at={place}", 400)
        assert "so the first page is shown" in page.one("//div[@role='alert']")
        assert len(rows(page)) == 52


@pytest.mark.parametrize("query", ["%ff=1", "TITLE.is=%ff"])
def test_bytes_that_are_no_text_are_refused_in_words(alice: Visitor, query: str) -> None:
    assert "not UTF-8" in alice.see(f"data/WORK?{query}", 400).one("//p[@role='alert']")


def test_units_stand_beside_their_numbers_and_not_again(alice: Visitor) -> None:
    page = alice.see("data/WORK?columns=ID,VALUE&ID.is=119")
    assert page.all(f"{CELLS}[2]") == ["4,704,600.00 JPY"]
    assert "Currency" not in alice.see("data/WORK").all("//th[@scope='col']")
    assert "Currency" in alice.see("data/WORK?columns=VALUE,CURRENCY").all("//th[@scope='col']")


def test_markup_is_text_wherever_it_is(alice: Visitor) -> None:
    for address in (
        "data/HOSTILE",
        "data/HOSTILE?sort=_x003C_i_x003E_",
        "data/odd_x002F__x003C_b_x003E__x0022_table",
    ):
        page = alice.see(address)
        assert page.all("//script[not(@src)]") == []
        assert page.all("//*[@onload or @onerror]") == []
        assert page.all("//main//b | //main//i") == []
    page = alice.see("data/HOSTILE")
    assert MARKUP in page.all(f"{CELLS}[2]")
    wrong = alice.see("data/HOSTILE?" + quote(MARKUP) + ".is=1&" + quote(MARKUP) + "=2", 400)
    assert wrong.all("//script[not(@src)]") == []
    chip = alice.see("data/HOSTILE?ID.is=" + quote(MARKUP, safe=""))
    assert chip.all("//script[not(@src)]") == []
    assert MARKUP in chip.one("//ul[@class='chips']")
    assert len(rows(chip)) == 1


def test_every_key_is_linked_and_every_value_shown(alice: Visitor) -> None:
    page = alice.see("data/HOSTILE")
    assert len(page.all(f"{CELLS}[1]/a/@href")) == len(HOSTILE)
    kinds = rows(
        alice.see("data/KINDS?columns=ID,BIG,EXACT,FLOATING,SINGLE,DOUBLED,DAY,CLOCK,SECONDS,MOMENT,FLAG")
    )
    assert kinds[0][1:] == [
        *("9223372036854775807", "9999999999999999999999999999.0123456789", "1" + "0" * 30, "0.1", "1e+300"),
        *("0001-01-01", "23:59:59", "2020-02-29T12:30:45Z", "9999-12-31T23:59:59.9999999Z", "true"),
    ]
    assert set(kinds[2][1:]) == {"no value"}


def test_a_table_without_rows_and_a_view_without_a_key_are_shown(alice: Visitor) -> None:
    assert "There are no rows that you may see." in alice.see("data/NOTHING").text
    assert "No row fits the filters." in alice.see("data/WORK?ID.is=-1").text
    page = alice.see("data/PURCHASE")
    assert rows(page)
    assert page.all(f"{CELLS}/a") == []


def test_columns_are_chosen(alice: Visitor) -> None:
    page = alice.see("data/WORK?columns=TITLE,ID")
    assert page.all("//th[@scope='col']") == ["Title", "Work"]
    assert page.all("//input[@name='columns'][@checked]/@value") == ["ID", "TITLE"]
    assert len(alice.see("data/WORK").all("//input[@name='columns']")) == 14
