"""Foreign keys are followed where both of their sides are seen, and tell nothing of what is not."""

from __future__ import annotations

from collections.abc import Iterable

from tokonoma.data.catalogue import Catalogue
from tokonoma.data.columns import Column, ForeignKey, Table
from tokonoma.data.policy.access import AccessControl, Shown, apply
from tokonoma.data.policy.file import parse
from tokonoma.data.references import Link, incoming, outgoing, pointing

COLUMNS = tuple(Column(name, "INTEGER", 10, 0) for name in ("ID", "PART", "ROOM ID", "PLACE", "SECRET"))
ROOM = Table("S", "ROOM", "TABLE", COLUMNS, ("ID", "PART"))
TO_ROOM = ForeignKey(("ROOM ID", "PLACE"), "S", "ROOM", ("ID", "PART"))
SECRETLY = ForeignKey(("SECRET",), "S", "ROOM", ("ID",))
BY_SECRET = ForeignKey(("ID",), "S", "ROOM", ("SECRET",))
WORK = Table("S", "WORK", "TABLE", COLUMNS, ("ID",), (TO_ROOM, SECRETLY, BY_SECRET))
ITSELF = Table("S", "TREE", "TABLE", COLUMNS, ("ID",), (ForeignKey(("PLACE",), "S", "TREE", ("ID",)),))
ELSEWHERE = Table("OTHER", "ROOM", "TABLE", COLUMNS, ("ID",))


class Anybody:
    def has(self, scope: str) -> bool:
        return bool(scope)


def seen(
    columns: str = '["*"]', tables: Iterable[tuple[str, Table]] = (), shown: str = "*"
) -> dict[str, Shown]:
    """What everybody sees of some tables, by their names in the schema."""
    found = dict(tables) or {"ROOM": ROOM, "WORK": WORK, "TREE": ITSELF}
    policy = parse(
        f'[roles]\nall = {{ xsuaa = "x" }}\n[objects."{shown}"]\ngrants=[{{role="all", columns={columns}}}]\n'
    )
    applied = apply(policy, Catalogue("S", found), lambda sql, values=(): [])
    control = AccessControl(policy, "xsuaa", lambda: applied)
    return control.objects(Anybody())


def test_an_object_points_to_others_and_they_know_it() -> None:
    objects = seen()
    links = [
        Link("WORK", ("ROOM_x0020_ID", "PLACE"), "ROOM", ("ID", "PART")),
        Link("WORK", ("SECRET",), "ROOM", ("ID",)),
        Link("WORK", ("ID",), "ROOM", ("SECRET",)),
    ]
    assert outgoing(objects, objects["WORK"]) == links
    assert incoming(objects, objects["ROOM"]) == links
    assert outgoing(objects, objects["ROOM"]) == []
    assert incoming(objects, objects["WORK"]) == []


def test_an_object_may_point_to_itself() -> None:
    objects = seen()
    assert outgoing(objects, objects["TREE"]) == incoming(objects, objects["TREE"])
    assert len(outgoing(objects, objects["TREE"])) == 1


def test_a_key_with_a_withheld_column_on_either_side_is_none() -> None:
    objects = seen('["*", "-SECRET"]')
    assert [link.columns for link in outgoing(objects, objects["WORK"])] == [("ROOM_x0020_ID", "PLACE")]
    assert [link.columns for link in incoming(objects, objects["ROOM"])] == [("ROOM_x0020_ID", "PLACE")]
    assert outgoing(seen('["*", "-PART"]'), seen('["*", "-PART"]')["WORK"])[0].columns == ("SECRET",)


def test_an_object_that_is_not_seen_is_pointed_to_by_nobody() -> None:
    objects = seen(shown="WORK")
    assert objects.keys() == {"WORK"}
    assert outgoing(objects, objects["WORK"]) == []


def test_a_table_of_the_same_name_in_another_schema_is_another_one() -> None:
    objects = seen(tables=[("WORK", WORK), ("ROOM", ELSEWHERE)])
    assert outgoing(objects, objects["WORK"]) == []
    assert incoming(objects, objects["ROOM"]) == []


def test_a_table_with_a_synonym_is_pointed_to_once_and_both_know_it() -> None:
    objects = seen(tables=[("ALIAS", ROOM), ("ROOM", ROOM), ("WORK", WORK)])
    assert {link.target for link in outgoing(objects, objects["WORK"])} == {"ROOM"}
    assert len(outgoing(objects, objects["WORK"])) == 3
    assert {link.target for link in incoming(objects, objects["ALIAS"])} == {"ALIAS"}
    only_alias = seen(tables=[("ALIAS", ROOM), ("WORK", WORK)])
    assert {link.target for link in outgoing(only_alias, only_alias["WORK"])} == {"ALIAS"}


def test_what_points_to_a_row_has_a_filter_and_nothing_points_to_null() -> None:
    link, columns = Link("WORK", ("A", "B"), "ROOM", ("ID", "PART")), {"A": COLUMNS[0], "B": COLUMNS[1]}
    assert pointing(link, columns, [5, -1]) == "A eq 5 and B eq -1"
    assert pointing(link, columns, [5, None]) == ""
