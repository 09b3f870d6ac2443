from __future__ import annotations

import pytest

from tokonoma.data.columns import Column
from tokonoma.pages import words
from tokonoma.pages.conditions import Condition
from tokonoma.pages.headings import headings
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.state import State

HEADINGS = headings(
    {
        "TITLE": Column("TITLE", "NVARCHAR", 100, comment="Title"),
        "PRICE": Column("PRICE", "DECIMAL", 10, 2, comment="Price"),
        "MADE": Column("MADE", "DATE", comment="Made"),
        "SEEN": Column("SEEN", "TIMESTAMP"),
        "GONE": Column("GONE", "BOOLEAN"),
        "AT": Column("AT", "TIME"),
    }
)


@pytest.mark.parametrize(
    ("count", "english", "german"),
    [
        (0, "No rows", "Keine Zeilen"),
        (1, "One row", "Eine Zeile"),
        (1500, "1,500 rows", "1.500 Zeilen"),
        (10_001, "More than 10,000 rows", "Mehr als 10.000 Zeilen"),
        (None, "Rows", "Zeilen"),
    ],
)
def test_how_many_rows_there_are(count: int | None, english: str, german: str) -> None:
    assert words.amount(count, LANGUAGES["en"]) == english
    assert words.amount(count, LANGUAGES["de"]) == german


def test_a_state_is_one_sentence() -> None:
    state = State(
        conditions=(Condition("TITLE", "contains", "heron"), Condition("PRICE", "from", "1000")),
        filter="GONE eq true",
        sort=(("PRICE", True), ("TITLE", False)),
    )
    assert words.sentence(2, state, HEADINGS, LANGUAGES["en"]) == (
        "2 rows with Title containing “heron” and Price from 1,000 and “GONE eq true”, "
        "by Price descending and Title"
    )
    assert words.sentence(2, state, HEADINGS, LANGUAGES["de"]) == (
        "2 Zeilen (Title enthält „heron“ und Price ab 1.000 und „GONE eq true“), "
        "sortiert nach Price (absteigend) und Title"
    )


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Condition("MADE", "from", "2026-02-01"), "Made from Feb 1, 2026"),
        (Condition("SEEN", "to", "2026-02-01"), "SEEN to Feb 1, 2026"),
        (
            Condition("SEEN", "is", "2026-02-01T10:00:00.0000001Z"),
            "SEEN = Feb 1, 2026, 10:00:00\u202fAM",
        ),
        (Condition("GONE", "is", "true"), "GONE = yes"),
        (Condition("AT", "below", "12:30"), "AT below 12:30:00\u202fPM"),
        (Condition("TITLE", "null", "yes"), "Title without a value"),
        (Condition("TITLE", "null", "no"), "Title with a value"),
        (Condition("TITLE", "is", "{x}"), "Title = “{x}”"),
    ],
)
def test_a_condition_in_words(condition: Condition, told: str) -> None:
    assert words.condition(condition, HEADINGS, LANGUAGES["en"]) == told
