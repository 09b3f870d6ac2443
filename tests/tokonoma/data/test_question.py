"""What a caller may see makes a question another one; how it was asked does not."""

from __future__ import annotations

import pytest

from tests.tokonoma.data.specimens import COLUMNS, SCHEMA, TABLE, VISIBLE
from tokonoma.data.columns import Table
from tokonoma.data.query.parser import parse_rule
from tokonoma.data.query.sql import NOW, Sql
from tokonoma.data.question import Access, digest, stated

WITHOUT_ID = {name: column for name, column in VISIBLE.items() if name != "ID"}
RULE = parse_rule("NAME in @user.names", VISIBLE)


@pytest.mark.parametrize(
    "other",
    [
        Access(Table(SCHEMA, "OTHER", "TABLE", COLUMNS, ("ID",)), VISIBLE, RULE, {"names": ["a"]}),
        Access(Table(SCHEMA, "SPECIMEN", "TABLE", COLUMNS, ("MUST",)), VISIBLE, RULE, {"names": ["a"]}),
        Access(TABLE, WITHOUT_ID, RULE, {"names": ["a"]}),
        Access(TABLE, VISIBLE, None, {"names": ["a"]}),
        Access(TABLE, VISIBLE, RULE, {"names": ["b"]}),
        Access(TABLE, VISIBLE, RULE, {"names": ["a"]}, grant="another"),
    ],
)
def test_who_may_see_something_else_has_another_access(other: Access) -> None:
    access = Access(TABLE, VISIBLE, RULE, {"names": ["a"]})
    assert access != other
    assert access.fingerprint != other.fingerprint
    again = Access(TABLE, dict(VISIBLE), RULE, {"names": ["a"], "colours": ["red"]})
    assert (access, hash(access)) == (again, hash(again))


def test_a_key_of_which_a_part_is_withheld_is_none() -> None:
    paired = Table(SCHEMA, "PAIRED", "TABLE", COLUMNS, ("MOMENT", "ID"))
    assert [each.name for each in Access(paired, VISIBLE).key] == ["MOMENT", "ID"]
    assert Access(paired, WITHOUT_ID).key == ()


def test_a_statement_has_the_moment_that_now_means() -> None:
    sql = Sql("SELECT ?, ? FROM DUMMY", ("a", NOW))
    assert stated(sql, "2024-05-06 07:08:09.1234567") == (sql.text, ("a", "2024-05-06 07:08:09.1234567"))


def test_a_digest_takes_every_text() -> None:
    assert digest("a", ("\ud800",)) != digest("a", ("\ud801",))
    assert digest("a", 1) == digest("a", 1)
