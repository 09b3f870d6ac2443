from __future__ import annotations

import pytest

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.pages.conftest import Visitor


@pytest.mark.usefixtures("hurried")
def test_slow_labels_and_counts_keep_no_rows_away(alice: Visitor, museum: LocalHana) -> None:
    with museum.failing(Fault.SLOW, seconds=1.5):
        page = alice.see("data/WORK?columns=ID,ROOM_ID&ID.to=3")
    assert len(page.all("//table[@class='rows']/tbody/tr")) == 3
    assert page.one("//p[@class='note']").startswith("Room: the names could not be read in time")
    assert page.one("//p[@class='sentence']") == "Rows with Work to 3"
    assert page.all("//tbody//td[2]/a") == []


def test_large_values_lead_to_the_record_or_nowhere(alice: Visitor) -> None:
    page = alice.see("data/KINDS?columns=ID,NOTE&ID.is=1")
    assert page.one("//tbody//td[2]/a/@href") == "../data/KINDS/1?ID.is=1&columns=ID,NOTE"


def test_a_label_stands_left_like_other_texts(alice: Visitor) -> None:
    page = alice.see("data/WORK?columns=ID,ARTIST_ID&size=25")
    assert page.all("//th[@class='n']") == ["Work"]
    assert page.all("//tbody//td[2][@class='n']") == []
