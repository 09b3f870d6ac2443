from __future__ import annotations

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Visitor
from tokonoma.data.columns import Column, ForeignKey, Table
from tokonoma.data.policy.access import Shown
from tokonoma.pages.measurements import measured

FIGURE = "//figure[@class='drawing']"


def shown(key: tuple[str, ...]) -> Shown:
    columns = (
        Column("PLACE", "NVARCHAR", 10),
        Column("TAKEN", "TIMESTAMP"),
        Column("DEGREES", "DECIMAL", 5, 2),
    )
    reference = ForeignKey(("PLACE",), "S", "PLACE", ("ID",))
    table = Table("S", "READING", "TABLE", columns, key=key, foreign_keys=(reference,))
    by_name = {each.name: each for each in columns}
    return Shown("READING", "Readings", table, by_name, None, "", "r", 1, 100, None, "f")


def test_rows_are_measurements_if_their_time_is_part_of_their_key() -> None:
    found = measured(shown(("PLACE", "TAKEN")))
    assert found is not None
    assert (found.x, found.y) == ("TAKEN", "DEGREES")
    assert measured(shown(("PLACE",))) is None


def test_a_room_has_the_line_of_its_own_climate(alice: Visitor, bob: Visitor) -> None:
    page = alice.see("data/ROOM/IRIS")
    assert page.one(f"{FIGURE}/h3") == "Temperature (°C) over Time of measurement (UTC) by day"
    told = page.one(f"{FIGURE}/figcaption")
    assert bob.see("data/ROOM/IRIS").one(f"{FIGURE}/figcaption") == told
    assert alice.see("data/ROOM/LOTUS").one(f"{FIGURE}/figcaption") != told


def test_what_is_no_measurement_has_no_picture(alice: Visitor) -> None:
    assert alice.see("data/ARTIST/3").all(FIGURE) == []


@pytest.mark.usefixtures("hurried")
def test_where_rows_are_slow_no_picture_is_tried(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("data/ROOM/IRIS")
    assert page.all(FIGURE) == []
    assert page.one("//h1") == "Iris Pavilion IRIS"
    assert page.all("//section[h2[contains(.,'Climate')]]/p[@class='note']") == [
        "This could not be read in time."
    ]
