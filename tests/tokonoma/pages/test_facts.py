from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.data.columns import Column
from tokonoma.pages.facts import groups, plain, some
from tokonoma.pages.headings import headings
from tokonoma.pages.language import LANGUAGES

ENGLISH = LANGUAGES["en"]
COLUMNS = {
    each.name: each
    for each in (
        Column("NOTE", "NCLOB"),
        Column("TITLE", "NVARCHAR", 80),
        Column("ID", "INTEGER"),
        Column("VALUE", "DECIMAL", 12, 2),
        Column("CURRENCY", "NVARCHAR", 3),
        Column("MADE", "DATE"),
        Column("FLAG", "BOOLEAN"),
        Column("PLACE", "NVARCHAR", 80),
    )
}
HEADINGS = headings(COLUMNS)
ROW = {
    "TITLE": MARKUP,
    "ID": 7,
    "VALUE": Decimal("1234.50"),
    "CURRENCY": "<b>",
    "MADE": date(2026, 1, 2),
    "FLAG": True,
    "PLACE": None,
}


def told(row: dict[str, object]) -> dict[str, list[str]]:
    found = groups(HEADINGS, row, {"ID", "TITLE"}, ENGLISH)
    return {group.name: [fact.heading.name for fact in group.facts] for group in found}


def test_the_key_and_title_come_first_and_each_kind_by_itself() -> None:
    assert told(ROW) == {
        "facts_key": ["TITLE", "ID"],
        "facts_numbers": ["VALUE"],
        "facts_dates": ["MADE"],
        "facts_texts": ["FLAG", "PLACE"],
    }


def test_a_unit_stands_beside_its_number_escaped_and_by_itself_if_it_is_null() -> None:
    [_, numbers, *_] = groups(HEADINGS, ROW, {"ID", "TITLE"}, ENGLISH)
    assert numbers.facts[0].html == '1,234.50 <span class="unit">&lt;b&gt;</span>'
    assert "CURRENCY" in told({**ROW, "CURRENCY": None})["facts_texts"]


def test_nulls_are_told_and_texts_escaped() -> None:
    first, *_, texts = groups(HEADINGS, ROW, {"ID", "TITLE"}, ENGLISH)
    assert "<script>" not in first.facts[0].html
    assert [(fact.html, fact.is_null) for fact in texts.facts] == [("yes", False), ("no value", True)]


def test_some_facts_are_the_first_that_are_not_null() -> None:
    found = some(HEADINGS, ROW, {"ID", "TITLE"}, 2, ENGLISH)
    assert [fact.heading.name for fact in found] == ["VALUE", "MADE"]


def test_large_values_are_no_plain_columns() -> None:
    assert plain(HEADINGS) == ["TITLE", "ID", "VALUE", "CURRENCY", "MADE", "FLAG", "PLACE"]
