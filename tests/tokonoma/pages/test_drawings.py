from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.data.aggregates.histogram import Bin, Histogram
from tokonoma.data.aggregates.points import Points
from tokonoma.data.aggregates.values import Values
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query.tree import Literal
from tokonoma.pages.conditions import Condition
from tokonoma.pages.drawings import counts, distribution, points
from tokonoma.pages.headings import headings
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.state import State

ENGLISH = LANGUAGES["en"]
HEADINGS = headings(
    {
        "H": Column("H", "DECIMAL", 5, 1, comment="Height"),
        "W": Column("W", "DOUBLE", comment="Width"),
        "N": Column("N", "INTEGER"),
        "ROOM": Column("ROOM", "NVARCHAR", 20, comment="Room"),
    }
)
STATE = State(
    conditions=(
        Condition("ROOM", "is", "a"),
        Condition("ROOM", "not", "z"),
        Condition("H", "from", "1"),
        Condition("N", "from", "3"),
    ),
    size=25,
)


def address(state: State) -> str:
    return f"../data/T?{state.query()}"


def test_a_scatter_is_told_with_its_ranges_and_how_the_numbers_go_together() -> None:
    pairs = ((Decimal("1.0"), 2.0), (Decimal("2.0"), 4.5), (Decimal("3.0"), 6.0))
    found = points(Points(pairs, 1500, 3), HEADINGS["H"], HEADINGS["W"], ENGLISH)
    assert found.title == "Height and Width"
    assert found.told == (
        "1,500 rows with both: Height from 1.0 to 3.0, Width from 2 to 6. "
        "Their correlation is 0.99, where 1 is rising together and \u22121 opposite ways."
    )
    assert found.notes == ["Each dot stands for 3 rows: one of so many is drawn."]
    assert found.rows[1] == ["2.0", "4.5"]
    assert len(found.pictures) == 2


@pytest.mark.parametrize(
    "pairs", [((1, 1.0),), ((1, 1.0), (1, 2.0)), ((10**300, 1e308), (-(10**300), -1e308))]
)
def test_a_scatter_of_odd_numbers_is_drawn(pairs: Any) -> None:
    found = points(Points(pairs, len(pairs), 1), HEADINGS["N"], HEADINGS["W"], ENGLISH)
    assert len(found.pictures) == 2


def test_bins_and_values_lead_to_their_rows_and_keep_the_state() -> None:
    edges = [Literal(Decimal(each), Kind.INTEGER) for each in (0, 10, 20)]
    histogram = Histogram(
        5, 1, 0, 19, (Bin(edges[0], edges[1], 2), Bin(edges[1], edges[2], 3)), "", Decimal(10)
    )
    found = distribution(histogram, HEADINGS["N"], STATE, address, ENGLISH)
    assert found.rows == [["0 to 9", "2"], ["10 to 19", "3"]]
    assert found.told == "5 values from 0 to 19. Most of them: 10 to 19: 3 rows. Without a value: 1."
    link = "../data/T?ROOM.is=a&amp;ROOM.not=z&amp;H.from=1&amp;N.from=10&amp;N.to=19&amp;size=25"
    assert all(f'href="{link}"' in each for each in found.pictures)

    values = Values((("b", 1200), (None, 30), ("", 2), (MARKUP, 1)), has_more=True)
    found = counts(values, HEADINGS["ROOM"], STATE, address, {"b": "Best room"}, ENGLISH)
    assert found.told == f"Most: Best room: 1,200 rows. Least: {MARKUP}: One row."
    assert found.notes == ["The 4 most frequent values; there are more."]
    assert [row[0] for row in found.rows] == ["Best room", "no value", "(empty)", MARKUP]
    for asked in ("ROOM.is=b", "ROOM.null=yes"):
        link = f"../data/T?ROOM.not=z&amp;H.from=1&amp;N.from=3&amp;{asked}&amp;size=25"
        assert all(f'href="{link}"' in each for each in found.pictures)
    assert all(each.count("<a ") == 3 and "<script" not in each for each in found.pictures)


def test_nothing_is_said_to_be_nothing() -> None:
    nothing = "There are no values to be drawn."
    empty = Histogram(0, 4, None, None, (), "", Decimal(1))
    assert distribution(empty, HEADINGS["N"], STATE, address, ENGLISH).told == nothing
    assert counts(Values((), False), HEADINGS["N"], STATE, address, {}, ENGLISH).told == nothing
    assert points(Points((), 0, 1), HEADINGS["N"], HEADINGS["W"], ENGLISH).told == nothing
