"""Row rules: the caller's attributes are bound values, and who has none sees nothing (groups 1, 7, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import TABLE, VISIBLE, Row
from tokonoma.data.plan import Access, Options, Planner
from tokonoma.data.query.parser import parse_rule
from tokonoma.errors import QueryError

PLANNER = Planner(b"a secret of tests only")


def seen(select: Select, rule: str, attributes: Mapping[str, Any], text: str | None = None) -> set[int]:
    access = Access(TABLE, VISIBLE, parse_rule(rule, VISIBLE), attributes)
    plan = PLANNER.plan(access, Options(filter=text, select="ID", count=True), page_size=1000)
    found = {row[0] for row in select(*plan.statement)}
    assert plan.count is not None
    assert select(*plan.count) == [(len(found),)]
    return found


def where(rows: list[Row], **values: Any) -> set[int]:
    return {int(row["ID"]) for row in rows if all(row[name] == value for name, value in values.items())}


def test_the_attribute_says_which_rows(select: Select, specimen_rows: list[Row]) -> None:
    assert seen(select, "NAME in @user.names", {"names": ["ab"]}) == where(specimen_rows, NAME="ab")
    both = where(specimen_rows, NAME="ab") | where(specimen_rows, NAME="it's")
    assert seen(select, "NAME in @user.names", {"names": ["ab", "it's", "ab"]}) == both
    assert seen(select, "QTY in @user.numbers", {"numbers": ["10", " 1", "x"]}) == where(
        specimen_rows, QTY=10
    )
    assert seen(select, "DAY in @user.days", {"days": ["2020-02-29"]}) == where(
        specimen_rows, DAY="2020-02-29"
    )


@pytest.mark.parametrize(
    "value",
    [
        "alice' or 1 eq 1 or '",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "\x00",
        "x" * 10_000,
        "\ud800",
        "",
        "*",
        "@user.names",
        "null",
        "ab' , 'abc",
        "NAME",
        7,
        None,
        True,
        ["ab"],
        {"ab": 1},
        b"ab",
        1.5,
    ],
)
def test_a_value_that_is_no_name_matches_nobody(
    value: object, select: Select, specimen_rows: list[Row]
) -> None:
    rule = "NAME in @user.names and not (NAME in ('','%','_','\\','null'))"
    assert seen(select, rule, {"names": [value]}) == set()
    assert seen(select, rule, {"names": [value, "ab"]}) == where(specimen_rows, NAME="ab")


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"names": []},
        {"names": None},
        {"names": "ab"},
        {"names": {"ab": 1}},
        {"names": 5},
        {"Names": ["ab"]},
    ],
)
def test_a_missing_empty_or_odd_attribute_shows_no_row_and_is_no_error(
    attributes: Mapping[str, Any], select: Select
) -> None:
    assert seen(select, "NAME in @user.names", attributes) == set()
    assert seen(select, "NAME in @user.names", attributes, "true or NAME ne 'x' or not FLAG") == set()


def test_a_list_of_five_hundred_is_bound(select: Select, specimen_rows: list[Row]) -> None:
    names = [f"nobody {number}" for number in range(500)]
    assert seen(select, "NAME in @user.names", {"names": names}) == set()
    assert seen(select, "NAME in @user.names", {"names": [*names, "ab"]}) == where(specimen_rows, NAME="ab")


@pytest.mark.parametrize(
    "text",
    [
        "FLAG or true",
        "true",
        "1 eq 1 or NAME eq 'x'",
        "not (NAME eq 'ab')",
        "NAME eq 'ab' or not (NAME eq 'ab')",
        "null eq null",
    ],
)
def test_a_filter_cannot_widen_the_rule(text: str, select: Select, specimen_rows: list[Row]) -> None:
    for rule in ("NAME in @user.names or NAME eq 'A'", "NAME in ('ab','A')"):
        allowed = where(specimen_rows, NAME="ab") | where(specimen_rows, NAME="A")
        assert seen(select, rule, {"names": ["ab"]}, text) <= allowed


@pytest.mark.parametrize(
    "text", ["true) or (true", "FLAG) or 1 eq 1 --", "FLAG /* ", "*/ true", "') or ('' eq '"]
)
def test_a_filter_cannot_close_the_parentheses_of_the_rule(text: str) -> None:
    access = Access(TABLE, VISIBLE, parse_rule("NAME eq 'ab'", VISIBLE))
    with pytest.raises(QueryError):
        PLANNER.plan(access, Options(filter=text))


def test_the_rule_may_use_a_column_that_the_caller_does_not_see(
    select: Select, specimen_rows: list[Row]
) -> None:
    visible = {name: VISIBLE[name] for name in ("ID", "QTY")}
    access = Access(TABLE, visible, parse_rule("NAME in @user.names", VISIBLE), {"names": ["ab"]})
    plan = PLANNER.plan(access, Options())
    assert {row[0] for row in select(*plan.statement)} == where(specimen_rows, NAME="ab")
    for options in (Options(filter="NAME eq 'ab'"), Options(orderby="NAME"), Options(select="NAME")):
        with pytest.raises(QueryError, match='no column "NAME"'):
            PLANNER.plan(access, options)


def test_who_has_other_values_gets_another_plan_and_no_one_elses_link(select: Select) -> None:
    rule = parse_rule("NAME in @user.names", VISIBLE)
    alice, bob = (Access(TABLE, VISIBLE, rule, {"names": [name]}) for name in ("ab", "it's"))
    again = Access(
        TABLE, dict(VISIBLE), parse_rule("NAME in @user.names", VISIBLE), {"names": ["ab"], "more": ["x"]}
    )
    assert alice == again
    assert hash(alice) == hash(again)
    assert alice != bob
    assert PLANNER.plan(alice, Options()).statement.values == ("ab",)
    assert PLANNER.plan(bob, Options()).statement.values == ("it's",)
