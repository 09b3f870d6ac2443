from __future__ import annotations

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Visitor

ARTISTS = "//input[@name='ARTIST_ID.is']/following-sibling::span[@class='value']"


def test_a_reference_is_called_by_its_label_and_sent_by_its_value(bob: Visitor) -> None:
    page = bob.see("filter/WORK?ARTIST_ID.is=7")
    assert "Åse Öberg" in page.all(ARTISTS)
    [chosen] = page.tree.xpath("//input[@name='ARTIST_ID.is'][@checked]/..")
    assert chosen.get("title") == "7"
    assert not chosen.xpath("normalize-space(span[@class='value'])").isdigit()


def test_rooms_that_somebody_may_not_see_have_no_labels(alice: Visitor, bob: Visitor) -> None:
    asked = "filter/WORK?ROOM_ID.is=PLUM&ROOM_ID.is=IRIS"
    labels = {visitor: visitor.see(asked).all("//input[@name='ROOM_ID.is']/..") for visitor in (alice, bob)}
    assert labels[alice][:2] == ["Iris Pavilion 52", "Plum Veranda, outside 41"]
    for page in ("filter", "pictures"):
        told = bob.see(f"{page}/WORK?ROOM_ID.is=PLUM&ROOM_ID.is=IRIS").one("//p[@class='sentence']")
        assert told == "52 rows with Room = “PLUM” and Room = “Iris Pavilion”"
    assert labels[bob] == ["Iris Pavilion 52", "PLUM 0", "Lotus Pavilion 49"]


@pytest.mark.usefixtures("hurried")
def test_there_are_values_where_labels_have_no_time(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=0.7):
        page = alice.see("filter/WORK")
    values = page.all("//input[@type='checkbox']/following-sibling::span[@class='value']")
    late = page.all("//p[.='This could not be read in time.']")
    assert late
    assert page.all("//input[@name='VALUE.from']")
    assert all("None" not in each for each in values)
