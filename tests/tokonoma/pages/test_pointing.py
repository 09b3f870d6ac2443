from __future__ import annotations

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Visitor

SECTIONS = "//section[@class='pointing']"


def test_both_count_what_they_may_see(alice: Visitor, bob: Visitor) -> None:
    artist = "data/ARTIST/3"
    assert alice.see(artist).one(f"{SECTIONS}/p/a") == "18 rows: show in the table"
    seen = bob.see(artist)
    count = int(seen.one(f"{SECTIONS}/p/a").split()[0])
    assert count < 18
    table = bob.see(seen.one(f"{SECTIONS}/p/a/@href").removeprefix("../../"))
    assert len(table.all("//table[@class='rows']/tbody/tr")) == count
    assert "VALUE" not in seen.text


def test_first_rows_are_linked_to_their_records(alice: Visitor) -> None:
    page = alice.see("data/ROOM/IRIS")
    assert page.all(f"{SECTIONS}/h2") == ["Climate by the hour by Room", "Works by Room"]
    first = page.all(f"{SECTIONS}[2]//tbody/tr[1]/td[1]/a/@href")[0]
    assert first == "../../data/WORK/5?ROOM_ID.is=IRIS"
    assert (
        alice.see(first.removeprefix("../../")).link("Next").startswith("../../data/WORK/15?ROOM_ID.is=IRIS")
    )


@pytest.mark.usefixtures("hurried")
def test_what_is_slow_is_told_in_its_place(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("data/ROOM/IRIS")
    assert page.one("//h1") == "Iris Pavilion IRIS"
    assert page.all(f"{SECTIONS}/p[@class='note']") == ["This could not be read in time."] * 2
    assert page.all(f"{SECTIONS}/p/a") == ["Rows: show in the table"] * 2
