from __future__ import annotations

from tests.tokonoma.pages.conftest import MARKUP, Visitor
from tokonoma.data.catalogue import Catalogue
from tokonoma.data.columns import Column, Table
from tokonoma.data.policy.access import Applied, Finding
from tokonoma.pages.hidden import MOST, hidden

COLUMN = Column("ID", "INTEGER")


def applied(*names: str, left_out: dict[str, str] | None = None) -> Applied:
    tables = {name: Table("S", name, "TABLE", (COLUMN,), left_out={"X": "why not"}) for name in names}
    return Applied(Catalogue("S", tables, left_out or {}), {}, (Finding("A", 3, "object 'A' is odd"),))


def test_everything_that_is_left_out_is_told_with_its_reason() -> None:
    found = hidden(applied("B", "A", left_out={MARKUP: "it is invalid"}))
    assert found.unseen == ["A", "B"]
    assert found.objects == [(MARKUP, "it is invalid")]
    assert found.columns == [("A.X", "why not"), ("B.X", "why not")]
    assert found.findings == ["policy line 3: object 'A' is odd."]
    assert found.more == 0


def test_a_long_list_is_cut_and_says_so() -> None:
    found = hidden(applied(*(f"T{number:04}" for number in range(MOST + 5))))
    assert len(found.unseen) == len(found.columns) == MOST
    assert found.more == 10


def test_operators_alone_see_what_is_not_shown(alice: Visitor, bob: Visitor) -> None:
    assert "What is not shown" in alice.see("data/").all("//h2")
    assert "What is not shown" not in bob.see("data/").text
    assert alice.see("data/").link("Why is something missing?") == "../policy/explain"
