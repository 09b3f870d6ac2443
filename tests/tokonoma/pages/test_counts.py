from __future__ import annotations

from tests.tokonoma.pages.conftest import Seen, Visitor


def counts(page: Seen) -> dict[str, str]:
    return dict(zip(page.all("//td/@data-part"), page.all("//td[@data-part]"), strict=True))


def test_rows_are_counted_when_somebody_asks(alice: Visitor, bob: Visitor) -> None:
    page = alice.see("data/?search=climate")
    assert set(counts(page).values()) == {"…"}
    counted = alice.see(page.one("//a[@data-late]/@href").removeprefix("../"))
    assert counts(counted) == {"CLIMATE": "7,200", "CLIMATE_BY_DAY": "300"}
    assert counted.all("//a[@data-late]") == []
    assert counts(alice.see("data/?counts=yes&search=works"))["WORK"] == "240"
    assert counts(bob.see("data/?counts=yes"))["WORK"] == "101"


def test_what_is_not_shown_is_not_counted(bob: Visitor, carol: Visitor) -> None:
    assert "PURCHASE" not in counts(bob.see("data/?counts=yes"))
    assert counts(carol.see("data/?counts=yes")) == {}
