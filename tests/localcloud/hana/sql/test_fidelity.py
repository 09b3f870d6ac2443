"""The page about what is there and what is not tells the truth, and all of it."""

from __future__ import annotations

from localcloud.hana.wire.constants import MessageType, PartKind

from . import fidelity


def test_the_page_is_up_to_date() -> None:
    written = fidelity.PAGE.read_text(encoding="utf-8")
    assert written == fidelity.render(), "run: python -m tests.localcloud.hana.sql.fidelity"


def test_every_message_type_and_part_kind_is_on_it() -> None:
    assert {row.name for row in fidelity.MESSAGE_TYPES} == {each.name for each in MessageType}
    assert {row.name for row in fidelity.PART_KINDS} == {each.name for each in PartKind}


def test_nothing_is_on_it_twice() -> None:
    for title, rows in fidelity.sections():
        names = [row.name for row in rows]
        assert len(names) == len(set(names)), title
