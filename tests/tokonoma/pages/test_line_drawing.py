from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.data.aggregates.series import Bucket, Line, Series
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query.tree import Literal
from tokonoma.pages.conditions import Condition
from tokonoma.pages.drawings import Drawing
from tokonoma.pages.headings import headings
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.line_drawing import line_drawing
from tokonoma.pages.state import State

HEADINGS = headings(
    {
        "AT": Column("AT", "DATE", comment="Day"),
        "DEGREES": Column("DEGREES", "DECIMAL", 4, 1, comment="Degrees"),
        "VISITORS": Column("VISITORS", "INTEGER"),
        "SPEED": Column("SPEED", "DOUBLE"),
        "ROOM": Column("ROOM", "NVARCHAR", 20, comment="Room"),
    }
)


def day(number: int) -> Literal:
    return Literal(f"2026-01-{number:02}", Kind.DATE)


def bucket(at: int, average: Any, low: Any, high: Any, count: int = 2) -> Bucket:
    return Bucket(day(at), day(at + 1), count, average, low, high)


STATE = State(
    (Condition("ROOM", "is", "b"), Condition("AT", "from", "2020-01-01"), Condition("SPEED", "to", "9"))
)


def address(state: State) -> str:
    return state.query()


def drawn(name: str, *lines: Line, split: str = "", has_more: bool = False, tag: str = "en") -> Drawing:
    found = Series("day", 1, lines, has_more)
    by = HEADINGS[split] if split else None
    return line_drawing(
        found, HEADINGS["AT"], HEADINGS[name], by, {"a": "First"}, STATE, address, LANGUAGES[tag]
    )


THREE = (
    bucket(1, Decimal("20.04"), Decimal("18.0"), Decimal("22.5")),
    bucket(2, Decimal("21.06"), Decimal("17.5"), Decimal("23.0")),
    bucket(5, Decimal("19.999"), Decimal("19.0"), Decimal("21.0"), 1000),
)


def test_a_line_is_told_with_range_extremes_and_trend() -> None:
    found = drawn("DEGREES", Line(None, THREE))
    assert found.title == "Degrees over Day by day"
    assert found.told == (
        "On average 20.04 at first (Jan 1, 2026) and 20.00 at last (Jan 5, 2026); "
        "least 17.5 (Jan 2, 2026), greatest 23.0 (Jan 2, 2026)."
    )
    assert found.notes == (
        [
            "The line is the average; the band goes from the least to the greatest value.",
            "Times without rows are gaps: 1.",
        ]
    )
    assert found.columns == ["Day", "Average", "Least", "Greatest", "Rows"]
    assert found.rows[2] == ["Jan 5, 2026", "20.00", "19.0", "21.0", "1,000"]
    assert len(found.pictures) == 2
    assert found.legend == []


def test_lines_are_told_one_by_one_by_their_labels() -> None:
    found = drawn(
        "DEGREES", Line("a", THREE[:2]), Line(None, THREE[2:]), split="ROOM", has_more=True, tag="de"
    )
    assert found.told == "Von 01.01.2026 bis 05.01.2026, eine Linie je Room."
    assert [(name, told[:23]) for _, name, told in found.legend] == [
        ("First", "Mittelwert anfangs 20,0"),
        ("kein Wert", "Mittelwert anfangs 20,0"),
    ]
    assert [row[1] for row in found.rows] == ["First", "First", "kein Wert"]
    assert found.notes == ["Eine Linie haben nur die 2 häufigsten Werte; es gibt weitere."]
    assert "First: Mittelwert" in found.pictures[0]


def test_a_line_of_the_table_leads_to_its_rows() -> None:
    found = drawn("DEGREES", Line(None, THREE[:1]))
    assert found.addresses == ["ROOM.is=b&SPEED.to=9&AT.from=2026-01-01&AT.to=2026-01-01"]
    found = drawn("DEGREES", *(Line(each, THREE[:1]) for each in ("a", None, "")), split="ROOM")
    assert found.addresses == [
        "SPEED.to=9&ROOM.is=a&AT.from=2026-01-01&AT.to=2026-01-01",
        "SPEED.to=9&ROOM.null=yes&AT.from=2026-01-01&AT.to=2026-01-01",
        "",
    ]


def test_averages_have_one_digit_more_than_values_or_six() -> None:
    assert drawn("VISITORS", Line(None, (bucket(1, Decimal("1.25"), 1, 2),))).rows[0][1:4] == [
        "1.2",
        "1",
        "2",
    ]
    huge = Decimal("9" * 35 + ".99")
    assert drawn("DEGREES", Line(None, (bucket(1, huge, huge, huge),))).rows[0][1].endswith("999.99")
    assert drawn("SPEED", Line(None, (bucket(1, 1 / 3, 0.1, 1e300),))).rows[0][1:4] == [
        "0.33333",
        "0.1",
        "1.00000e+300",
    ]


def test_no_rows_are_no_picture() -> None:
    found = drawn("DEGREES")
    assert found.told == "There are no values to be drawn."
    assert found.pictures == ()


def test_markup_in_a_line_is_a_text() -> None:
    found = drawn("DEGREES", Line(MARKUP, THREE), split="ROOM")
    assert found.legend[0][1] == MARKUP
    assert "<script" not in found.pictures[0]
