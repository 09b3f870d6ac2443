from __future__ import annotations

import pytest

from tokonoma.data.columns import KINDS, Column
from tokonoma.data.query.parser import parse_filter
from tokonoma.pages.conditions import OPERATORS, Condition, expression

COLUMNS = {
    "T": Column("T", "NVARCHAR", 100),
    "N": Column("N", "DECIMAL", 10, 2),
    "D": Column("D", "DATE"),
    "M": Column("M", "TIMESTAMP"),
    "C": Column("C", "TIME"),
    "B": Column("B", "BOOLEAN"),
    "L": Column("L", "NCLOB"),
}


def asked(*conditions: str) -> str:
    """The filter of conditions that are written `COLUMN.operator=value`."""
    found = []
    for each in conditions:
        name, _, value = each.partition("=")
        column, _, operator = name.partition(".")
        condition = Condition(column, operator, value)
        condition.check(COLUMNS[column].kind)
        found.append(condition)
    text = expression(found, COLUMNS)
    if text:
        parse_filter(text, COLUMNS)
    return text


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ([], ""),
        (["T.is=it's"], "T eq 'it''s'"),
        (["T.is=a", "T.is=b"], "(T eq 'a' or T eq 'b')"),
        (["T.is=a", "T.null=yes"], "(T eq 'a' or T eq null)"),
        (["T.not=a", "T.not=b"], "T ne 'a' and T ne 'b'"),
        (["T.contains=A'%_"], "contains(tolower(T),tolower('A''%_'))"),
        (["T.starts=a"], "startswith(tolower(T),tolower('a'))"),
        (["T.ends=a"], "endswith(tolower(T),tolower('a'))"),
        (["T.is=null"], "T eq 'null'"),
        (["T.is= a "], "T eq ' a '"),
        (["N.from=1", "N.to=2.50"], "N ge 1 and N le 2.50"),
        (["N.above=-1e3", "N.below= 7 "], "N gt -1e3 and N lt 7"),
        (["N.null=no"], "N ne null"),
        (["D.is=2026-02-28"], "D eq 2026-02-28"),
        (["M.is=2026-02-28"], "(M ge 2026-02-28T00:00:00Z and M lt 2026-03-01T00:00:00Z)"),
        (["M.not=2026-02-28"], "(M lt 2026-02-28T00:00:00Z or M ge 2026-03-01T00:00:00Z)"),
        (["M.from=2026-02-28"], "M ge 2026-02-28T00:00:00Z"),
        (["M.below=2026-02-28"], "M lt 2026-02-28T00:00:00Z"),
        (["M.to=2026-02-28"], "M lt 2026-03-01T00:00:00Z"),
        (["M.above=2026-02-28"], "M ge 2026-03-01T00:00:00Z"),
        (["M.to=9999-12-31"], "M ne null"),
        (["M.above=9999-12-31"], "false"),
        (["M.is=2026-02-28T10:00:00"], "M eq 2026-02-28T10:00:00Z"),
        (["M.is=2026-02-28T10:00:00+02:00"], "M eq 2026-02-28T10:00:00+02:00"),
        (["M.is=2026-02-28T10:00:00-02:00"], "M eq 2026-02-28T10:00:00-02:00"),
        (["C.from=12:30"], "C ge 12:30"),
        (["B.is=true"], "B eq true"),
        (["L.contains=x"], "contains(L,'x')"),
        (["T.is=a", "N.from=1"], "T eq 'a' and N ge 1"),
    ],
)
def test_conditions_become_the_filter_language(conditions: list[str], text: str) -> None:
    assert asked(*conditions) == text


@pytest.mark.parametrize(
    "condition",
    [
        *("N.is=abc", "N.is=1,5", "N.is=1 or 1 eq 1", "N.is=NaN", "D.is=2026-02-30", "D.is=28.2.2026"),
        *("M.is=yesterday", "C.is=25:00", "C.is=12:00:00.5", "B.is=maybe", "T.null=perhaps"),
        "T.is=" + "x" * 5001,
    ],
)
def test_a_value_that_cannot_be_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        asked(condition)


def test_every_kind_of_column_can_be_asked_something() -> None:
    assert set(KINDS.values()) == OPERATORS.keys()
