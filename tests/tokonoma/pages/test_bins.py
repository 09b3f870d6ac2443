from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from tokonoma.data.aggregates.histogram import Bin, Histogram
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query.tree import Literal
from tokonoma.pages import bins
from tokonoma.pages.conditions import Condition
from tokonoma.pages.headings import Heading, headings
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.state import State

ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]
HEADINGS = headings(
    {
        "VISITORS": Column("VISITORS", "INTEGER"),
        "YEAR": Column("YEAR", "SMALLINT"),
        "PRICE": Column("PRICE", "DECIMAL", 10, 2),
        "MADE": Column("MADE", "DATE"),
        "SEEN": Column("SEEN", "TIMESTAMP"),
    }
)


def bin_of(heading: Heading, low: Any, high: Any, count: int = 3) -> Bin:
    def edge(value: Any) -> Literal | None:
        if value is None:
            return None
        plain = value if heading.column.kind in (Kind.DATE, Kind.MOMENT) else Decimal(value)
        return Literal(plain, heading.column.kind)

    return Bin(edge(low), edge(high), count)


@pytest.mark.parametrize(
    ("name", "low", "high", "expected"),
    [
        ("VISITORS", "0", "50", "VISITORS.from=0 VISITORS.to=49"),
        ("VISITORS", "-1000", "0", "VISITORS.from=-1000 VISITORS.to=-1"),
        ("PRICE", "0.5", "1E+2", "PRICE.from=0.5 PRICE.below=100"),
        ("MADE", "2020-02-01", "2020-03-01", "MADE.from=2020-02-01 MADE.to=2020-02-29"),
        ("MADE", "9990-01-01", None, "MADE.from=9990-01-01"),
        (
            *("SEEN", "2020-02-01 00:00:00.0000000", "2020-02-02 00:00:00.0000000"),
            "SEEN.from=2020-02-01 SEEN.to=2020-02-01",
        ),
        (
            *("SEEN", "2020-02-01 06:00:00.0000000", "2020-02-02 00:00:00.0000000"),
            "SEEN.from=2020-02-01T06:00:00Z SEEN.to=2020-02-01",
        ),
        (
            *("SEEN", "2020-02-01 00:00:00.0000000", "2020-02-01 06:00:00.0000000"),
            "SEEN.from=2020-02-01 SEEN.below=2020-02-01T06:00:00Z",
        ),
    ],
)
def test_a_bin_is_written_as_people_would_ask_for_it(name: str, low: Any, high: Any, expected: str) -> None:
    found = bins.conditions(bin_of(HEADINGS[name], low, high), HEADINGS[name])
    assert " ".join(f"{each.parameter}={each.value}" for each in found) == expected


def test_a_bin_takes_the_place_of_a_range_and_of_nothing_else() -> None:
    state = State(
        conditions=(
            *(Condition("PRICE", each, "1") for each in ("from", "to", "above", "below", "not")),
            Condition("VISITORS", "from", "2"),
        ),
        sort=(("PRICE", True),),
        at="token",
    )
    found = bins.narrowed(state, bin_of(HEADINGS["PRICE"], "10", "20"), HEADINGS["PRICE"])
    assert found.query() == "PRICE.not=1&VISITORS.from=2&PRICE.from=10&PRICE.below=20&sort=-PRICE"


def histogram(name: str, unit: str, low: Any, high: Any, *edges: Any) -> tuple[Histogram, Heading]:
    heading = HEADINGS[name]
    found = [bin_of(heading, *pair, n) for n, pair in enumerate(itertools.pairwise(edges), start=1)]
    return Histogram(7, 2, low, high, tuple(found), unit, Decimal(1)), heading


def test_a_bar_says_what_it_counts() -> None:
    found = bins.bars(*histogram("VISITORS", "", 0, 1500, "0", "1000", "2000"), GERMAN, ["a", "b"])
    assert [each.name for each in found] == [
        "0 bis 999: Eine Zeile",
        "1.000 bis 1.999: 2 Zeilen",
    ]
    assert [(each.count, each.address) for each in found] == [(1, "a"), (2, "b")]


def test_a_histogram_is_told_in_numbers() -> None:
    told = bins.described(*histogram("VISITORS", "", 0, 1500, "0", "1000", "2000"), ENGLISH)
    assert told == ("7 values from 0 to 1,500. Most of them: 1,000 to 1,999: 2 rows. Without a value: 2.")


@pytest.mark.parametrize(
    ("name", "low", "high", "told"),
    [
        ("VISITORS", "0", "50", "0 to 49"),
        ("VISITORS", "7", "8", "7"),
        ("YEAR", "1900", "2000", "1900 to 1999"),
        ("PRICE", "0.5", "1E+3", "0.5 to less than 1,000"),
        ("MADE", "9990-01-01", None, "from Jan 1, 9990"),
    ],
)
def test_a_bin_is_called_by_its_range(name: str, low: Any, high: Any, told: str) -> None:
    assert bins.label(bin_of(HEADINGS[name], low, high), HEADINGS[name], ENGLISH) == told


@pytest.mark.parametrize(
    ("name", "unit", "edges", "labels"),
    [
        ("VISITORS", "", ("0", "1E+3", "2E+3"), ["0", "1,000", "2,000"]),
        ("YEAR", "", ("1900", "2000", "2100"), ["1900", "2000", "2100"]),
        ("MADE", "month", ("2020-01-01", "2020-02-01", None), ["Jan 2020", "Feb 2020", ""]),
        ("MADE", "quarter", ("2020-01-01", "2020-04-01"), ["Jan 2020", "Apr 2020"]),
        ("MADE", "year", ("2020-01-01", "2021-01-01"), ["2020", "2021"]),
        (
            "SEEN",
            "hour",
            ("2020-01-01 06:00:00.0000000", "2020-01-01 07:00:00.0000000"),
            ["6:00\u202fAM", "7:00\u202fAM"],
        ),
    ],
)
def test_edges_are_as_short_as_they_can_be(
    name: str, unit: str, edges: tuple[Any, ...], labels: list[str]
) -> None:
    found, heading = histogram(name, unit, None, None, *edges)
    assert bins.edges(found, heading, ENGLISH) == labels


def test_the_time_of_day_is_left_out_where_bins_are_days() -> None:
    ends = "2020-01-01 06:00:00.0000000", "2020-03-01 07:00:00.1234567"
    edges = "2020-01-01 00:00:00.0000000", "2020-04-01 00:00:00.0000000"
    assert bins.ends(*histogram("SEEN", "quarter", *ends, *edges), ENGLISH) == ("Jan 1, 2020", "Mar 1, 2020")
    assert bins.ends(*histogram("SEEN", "hour", ends[0], ends[0], *edges), GERMAN)[1] == ""
    assert bins.ends(*histogram("SEEN", "hour", *ends, *edges), GERMAN) == (
        "01.01.2020, 06:00:00",
        "01.03.2020, 07:00:00",
    )
