from __future__ import annotations

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Visitor


@pytest.mark.usefixtures("hurried")
def test_what_is_slow_is_told_in_its_place(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("data/WORK/5")
    assert page.one("//h1").startswith("Two Herons")
    notes = page.all("//p[@class='note']")
    assert [each.partition(":")[0] for each in notes[:2]] == ["Artist", "Room"]
    assert "The records beside this one could not be found in time." in notes
    assert page.all("//div[@class='pointed']") == []
    assert page.one("//div[dt='Room']/dd") == "IRIS"


def test_a_withheld_column_of_what_it_points_to_is_nowhere(alice: Visitor, bob: Visitor) -> None:
    assert "Biography" not in bob.see("data/WORK/5").text
    artist = alice.see("data/WORK/5").one("//div[@class='pointed'][.//span[text()='Artist']]//a/@href")
    assert "Biography" in alice.see(artist.removeprefix("../../")).text
    assert "Biography" not in bob.see(artist.removeprefix("../../")).text
