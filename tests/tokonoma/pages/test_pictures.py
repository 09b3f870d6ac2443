from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import MARKUP, Seen, Visitor
from tokonoma.data.names import legal

SVG = "//*[local-name()='svg'][contains(@class, 'picture')]"


def drawn(page: Seen) -> str:
    assert page.all(f"{SVG}/@class") == ["picture wide", "picture narrow"]
    return page.one("//figure/h2")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("CLIMATE", "Temperature (°C) over Time of measurement (UTC) by day"),
        ("CLIMATE?MEASURED_AT.is=2026-03-05", "Temperature (°C) over Time of measurement (UTC)"),
        ("WORK?x=ACQUIRED&y=HEIGHT", "Height (cm) over Date of purchase by year"),
        ("WORK?x=HEIGHT&y=WIDTH", "Height (cm) and Width (cm)"),
        ("WORK?x=TECHNIQUE", "Rows by Technique"),
        ("WORK?x=ON_LOAN", "Rows by On loan"),
        ("WORK?x=VALUE&y=*", "How Insured value is distributed"),
        ("WORK?x=ACQUIRED&y=*", "How Date of purchase is distributed"),
        ("KINDS?x=DOUBLED&y=BIG", "DOUBLED and BIG"),
        ("KINDS?x=MOMENT&y=EXACT", "EXACT over MOMENT"),
        ("KINDS?x=DAY&y=*", "How DAY is distributed"),
        ("KINDS?x=NAME", "Rows by NAME"),
    ],
)
def test_each_kind_of_picture_is_drawn(alice: Visitor, path: str, title: str) -> None:
    assert drawn(alice.see(f"pictures/{path}")) == title


def test_a_picture_is_of_the_rows_that_are_left_and_has_its_table_behind_it(alice: Visitor) -> None:
    page = alice.see("pictures/WORK?ROOM_ID.is=IRIS&x=TECHNIQUE")
    assert page.one("//p[@class='sentence']") == "52 rows with Room = “Iris Pavilion”"
    cells = page.all("//details//td")
    assert sum(map(int, cells)) == 52
    bars = page.tree.xpath(f"{SVG}[1]//*[local-name()='a']/@href")
    assert len(bars) == len(cells)
    first = alice.see(bars[0].removeprefix("../"))
    assert first.one("//p[@class='sentence']").startswith(f"{cells[0]} rows with ")


def test_a_line_of_the_table_leads_to_as_many_rows_as_it_says(alice: Visitor) -> None:
    for query in (
        "CLIMATE?x=MEASURED_AT&y=TEMPERATURE&split=ROOM_ID&HUMIDITY.from=50",
        "CLIMATE?x=MEASURED_AT&y=TEMPERATURE&MEASURED_AT.is=2026-03-05",
        "WORK?x=EXAMINED_AT&y=HEIGHT",
        "WORK?x=HEIGHT&y=*",
        "KINDS?x=DAY&y=TINY",
    ):
        page = alice.see(f"pictures/{query}")
        rows = page.tree.xpath("//details//tbody/tr[th/a]")
        assert rows
        for row in rows[:: max(1, len(rows) // 5)]:
            address, number = row.xpath("string(th/a/@href)"), row.xpath("string(td[last()])")
            told = alice.see(address.removeprefix("../")).one("//p[@class='sentence']")
            # Rows whose number is null are not in a line, and in the table.
            at_least = 1 if told.startswith("One") else int(told.partition(" ")[0].replace(",", ""))
            assert at_least >= int(number.replace(",", "")), address


def test_every_picture_has_a_text_that_says_what_is_seen(alice: Visitor) -> None:
    page = alice.see("pictures/CLIMATE?x=MEASURED_AT&y=TEMPERATURE&split=ROOM_ID")
    for svg in page.tree.xpath(SVG):
        assert svg.get("role") == "img"
        title, description = (svg.xpath(f"string(*[local-name()='{each}'])") for each in ("title", "desc"))
        assert title == page.one("//figure/h2")
        assert description.count("On average") == 5
    assert len(page.all("//ul[@class='legends']/li")) == 5
    assert "style=" not in page.text


def test_rows_by_the_hour_have_no_gaps_in_narrower_buckets(alice: Visitor) -> None:
    page = alice.see("pictures/CLIMATE?MEASURED_AT.is=2026-03-05&ROOM_ID.is=IRIS")
    assert len(page.all("//details//tbody/tr")) == 24
    [line] = page.tree.xpath(f"({SVG})[1]//*[contains(@class, 'line ')]/@d")
    assert line.count("M") == 1
    assert line.count("L") == 23


def test_the_form_keeps_the_state_and_says_what_is_drawn(alice: Visitor) -> None:
    page = alice.see("pictures/WORK?TITLE.contains=a&sort=-VALUE&size=25&x=EXAMINED_AT&y=VALUE")
    chosen = page.all("//form//option[@selected]/@value")
    assert chosen == ["EXAMINED_AT", "VALUE", "CURRENCY"]
    hidden = page.tree.xpath("//form//input[@type='hidden']")
    assert [(each.get("name"), each.get("value")) for each in hidden] == [
        ("TITLE.contains", "a"),
        ("sort", "-VALUE"),
        ("size", "25"),
    ]
    assert page.link("Rows") == "../data/WORK?TITLE.contains=a&sort=-VALUE&size=25"
    assert alice.see("data/WORK?sort=-VALUE").link("Pictures") == "../pictures/WORK?sort=-VALUE"


def test_each_suggestion_can_be_drawn(alice: Visitor) -> None:
    for table in ("WORK", "CLIMATE", "ROOM", "CLIMATE_BY_DAY"):
        page = alice.see(f"pictures/{table}?size=25")
        links = page.tree.xpath("//nav[@class='others']//a")
        assert links
        for link in links:
            other = alice.see(link.get("href").removeprefix("../"))
            assert drawn(other).startswith(link.text_content()), link.get("href")
            assert other.all("//nav[@class='others']//a[@aria-current]") == [link.text_content()]


def test_what_is_wrong_is_said_and_something_is_drawn(alice: Visitor) -> None:
    page = alice.see("pictures/WORK?x=NOPE&y=TITLE&split=VALUE&NOPE.is=1", 400)
    assert page.all("//div[@role='alert']/p") == [
        "There is no column “NOPE”.",
        "There is no column “NOPE”.",
        "Title is no number.",
        "Lines cannot be split by Insured value.",
    ]
    assert drawn(page)


def test_withheld_columns_are_nowhere(bob: Visitor) -> None:
    page = bob.see("pictures/WORK?x=ACQUIRED&y=VALUE&split=CURRENCY", 400)
    assert page.all("//div[@role='alert']/p") == [
        "There is no column “VALUE”.",
        "There is no column “CURRENCY”.",
    ]
    rest = page.text.replace("“VALUE”", "").replace("“CURRENCY”", "")
    assert not [each for each in ("VALUE", "CURRENCY", "Insured", "JPY") if each in rest]
    counted = bob.see("pictures/WORK?x=ROOM_ID")
    assert sorted(counted.all("//details//th[@scope='row']")) == ["Iris Pavilion", "Lotus Pavilion"]


@pytest.mark.parametrize("name", ["PURCHASE", "NOPE", "%00", "a" * 300])
def test_unknown_and_forbidden_are_the_same(bob: Visitor, carol: Visitor, name: str) -> None:
    told = {visitor.see(f"pictures/{name}", 404).one("//main") for visitor in (bob, carol)}
    assert told == {carol.see("pictures/WORK", 404).one("//main")}


def test_markup_stays_a_text(alice: Visitor) -> None:
    column = legal("<i>")
    for query in (
        "",
        urlencode({"x": column}),
        urlencode({"x": MARKUP}),
        f"x={column}&{column}.is={quote(MARKUP)}",
    ):
        status = 400 if query == urlencode({"x": MARKUP}) else 200
        page = alice.see(f"pictures/HOSTILE?{query}", status)
        assert len(page.tree.xpath("//script")) == 1
        assert page.tree.xpath("//i | //b | //@onload") == []
    assert MARKUP in alice.see(f"pictures/HOSTILE?x={column}").all("//details//th")


def test_nothing_to_draw_is_said(alice: Visitor) -> None:
    assert "There are no values to be drawn." in alice.see("pictures/NOTHING").text
    assert "There are no values to be drawn." in alice.see("pictures/WORK?VALUE.above=1E%2B20").text


@pytest.mark.usefixtures("hurried")
def test_a_picture_that_takes_too_long_says_so(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("pictures/CLIMATE")
    assert page.one("//p[@class='empty']") == "This could not be read in time."
    assert page.one("//p[@class='sentence']") == "Rows"
