from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Seen, Visitor


def counts(page: Seen, field: str) -> dict[str, int]:
    """Counts by value, of the checkboxes with a name and of null's."""
    column = field.removesuffix(".is")
    found = page.tree.xpath("//input[@type='checkbox'][@name=$f or @name=$n]", f=field, n=f"{column}.null")
    return {
        each.get("value") if each.get("name") == field else "": int(
            each.getparent().xpath("string(span[@class='n'])").replace(",", "")
        )
        for each in found
    }


def rows(visitor: Visitor, query: str) -> int:
    told = visitor.see(f"data/WORK?{query}&size=25").one("//p[@class='sentence']")
    number = re.match(r"[\d,]+|One|No", told)
    assert number, told
    return {"One": 1, "No": 0}.get(number[0]) or int(number[0].replace(",", "").replace("No", "0"))


def test_a_count_is_that_of_the_rows_which_all_other_conditions_leave(alice: Visitor) -> None:
    page = alice.see("filter/WORK?ROOM_ID.is=IRIS&TECHNIQUE.is=Bronze")
    rooms, techniques = counts(page, "ROOM_ID.is"), counts(page, "TECHNIQUE.is")
    assert len(rooms) == 6
    for value, number in rooms.items():
        asked = f"ROOM_ID.is={value}" if value else "ROOM_ID.null=yes"
        assert number == rows(alice, f"{asked}&TECHNIQUE.is=Bronze"), asked
    assert sum(techniques.values()) == rows(alice, "ROOM_ID.is=IRIS") == 52
    assert page.all("//input[@checked]/@value") == ["IRIS", "Bronze"]


def test_bars_lead_to_as_many_rows_as_they_say(alice: Visitor) -> None:
    page = alice.see("filter/WORK?ROOM_ID.is=PLUM&VALUE.not=1")
    svgs = page.tree.xpath("//*[local-name()='svg']")
    assert len(svgs) == 6
    for svg in svgs:
        for link in svg.xpath(".//*[local-name()='a']"):
            address, name = link.get("href"), link.xpath("string(*[local-name()='title'])")
            told = re.search(r": (One|[\d,]+) rows?$", name)
            assert told, name
            query = urlsplit(address).query
            assert ("ROOM_ID.is", "PLUM") in parse_qsl(query)
            assert rows(alice, query) == (1 if told[1] == "One" else int(told[1])), name


def test_numbers_have_a_range_and_many_texts_a_search(alice: Visitor) -> None:
    page = alice.see("filter/WORK?VALUE.from=1000.5&VALUE.above=7&TITLE.starts=The")
    fields = {each.get("name"): each for each in page.tree.xpath("//fieldset//input | //fieldset//select")}
    for name, type_, value in (
        ("VALUE.from", "number", "1000.5"),
        ("VALUE.above", "number", "7"),
        ("TITLE.contains", "text", ""),
        ("TITLE.starts", "text", "The"),
        ("ACQUIRED.to", "date", ""),
        ("EXAMINED_AT.from", "date", ""),
    ):
        assert (fields[name].get("type"), fields[name].get("value")) == (type_, value), name
    assert page.all("//details[@open]/ancestor::fieldset/legend") == ["Title", "Insured value"]


def test_an_exact_moment_is_kept_in_its_field(alice: Visitor) -> None:
    page = alice.see("filter/CLIMATE?MEASURED_AT.from=2026-03-01T06:00:00Z&MEASURED_AT.to=2026-03-02")
    fields = {each.get("name"): each for each in page.tree.xpath("//fieldset//input")}
    assert [fields[f"MEASURED_AT.{each}"].get("type") for each in ("from", "to")] == ["text", "date"]
    assert fields["MEASURED_AT.from"].get("value") == "2026-03-01T06:00:00Z"


def test_every_kind_has_what_fits_it(alice: Visitor) -> None:
    page = alice.see("filter/KINDS")
    names = set(page.all("//fieldset//*[@name]/@name"))
    assert {
        "BIG.is",
        "FLOATING.from",
        "DOUBLED.to",
        "DAY.from",
        "CLOCK.from",
        "SECONDS.to",
        "FLAG.is",
    } <= names
    assert {"NOTE.contains", "NOTE.null", "FILE.null", "BYTES.null"} <= names
    assert not {"FILE.is", "BYTES.is", "NOTE.is", "ID.null"} & names
    assert page.tree.xpath("//input[@name='CLOCK.from']/@type") == ["time"]


def test_a_column_without_a_value_or_a_table_without_rows_has_no_picture(alice: Visitor) -> None:
    assert alice.see("filter/KINDS?ID.is=3").all("//*[local-name()='svg']") == []
    assert alice.see("filter/NOTHING").all("//input[@type='number']/@name")[:2] == ["ID.from", "ID.to"]


def test_withheld_columns_are_nowhere_and_counts_are_of_own_rooms(bob: Visitor) -> None:
    page = bob.see("filter/WORK?VALUE.from=1", 400)
    assert "There is no column “VALUE”." in page.text
    for hidden in ("Insured", "CURRENCY", "VALUE.", "JPY", "PLUM"):
        assert hidden not in page.text.replace("“VALUE”.", "")
    assert counts(page, "ROOM_ID.is") == {"IRIS": 52, "LOTUS": 49}


@pytest.mark.usefixtures("hurried")
def test_what_is_slow_says_so_and_the_form_is_there(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("filter/WORK?ROOM_ID.is=IRIS")
    assert page.all("//p[.='This could not be read in time.']")
    assert page.all("//input[@name='ROOM_ID.is' and @value='IRIS'] | //input[@name='VALUE.from']")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_field_has_a_name_for_screen_readers(alice: Visitor, language: str) -> None:
    page = alice.see("filter/KINDS?DAY.not=2020-01-01", Accept_Language=language)
    ids = page.all("//fieldset//*[@id]/@id")
    assert len(ids) == len(set(ids)) > 20
    assert set(page.all("//fieldset//label[@for]/@for")) == set(ids)
    unnamed = page.tree.xpath(
        "//fieldset//*[self::input or self::select][not(@id)][not(ancestor::label)][not(@aria-label)]"
    )
    assert unnamed == []
    assert len(page.all("//fieldset")) == len(page.all("//fieldset/legend"))
