from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.svg.scale import Scale, apart, number_label, number_ticks, seconds, time_ticks

ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]


def test_a_scale_goes_from_one_end_to_the_other() -> None:
    scale = Scale(Decimal(10), Decimal(20), 100, 0)
    assert [scale(Decimal(each)) for each in (10, 15, 20)] == [100, 50, 0]


@pytest.mark.parametrize(
    ("low", "high"), [("1e30", "1.0000000000000000000000000000000000001e30"), ("-1.7e308", "1.7e308")]
)
def test_a_scale_takes_all_numbers_that_there_are(low: str, high: str) -> None:
    scale = Scale(Decimal(low), Decimal(high), 0, 100)
    assert (scale(Decimal(low)), scale(Decimal(high))) == (0, 100)


def test_a_value_without_another_one_stands_in_the_middle() -> None:
    assert Scale(Decimal(5), Decimal(5), 0, 100)(Decimal(5)) == 50


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        ("0", "4", ["0", "1", "2", "3", "4"]),
        ("0.12", "0.49", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("-3", "12", ["\u22125", "0", "5", "10", "15"]),
        ("1000", "4500000", ["0", "1,000,000", "2,000,000", "3,000,000", "4,000,000", "5,000,000"]),
    ],
)
def test_numbers_have_round_ticks_around_them(low: str, high: str, labels: list[str]) -> None:
    ticks = number_ticks(Decimal(low), Decimal(high), 6, ENGLISH)
    assert [label for _, label in ticks] == labels
    assert ticks[0][0] <= Decimal(low) < Decimal(high) <= ticks[-1][0]


@pytest.mark.parametrize("value", ["0", "7", "-0.001", "1e300", "12345678901234567890"])
def test_one_number_alone_has_ticks_too(value: str) -> None:
    ticks = number_ticks(Decimal(value), Decimal(value), 6, ENGLISH)
    assert len(ticks) >= 2
    assert ticks[0][0] <= Decimal(value) <= ticks[-1][0]
    assert all(len(label) <= 12 for _, label in ticks)


def test_numbers_are_written_in_the_readers_way() -> None:
    assert number_label(Decimal("1234.5"), GERMAN) == "1.234,5"
    assert number_label(Decimal("1E+30"), ENGLISH) == "1.00000e+30"


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        ("2019-11-05", "2022-02-01", ["2020", "2021", "2022"]),
        ("2026-01-15", "2026-04-15", ["Feb 2026", "Mar 2026", "Apr 2026"]),
        ("2026-01-30", "2026-02-02", ["Jan 30", "Jan 31", "Feb 1", "Feb 2"]),
        (
            "2026-01-30 20:30",
            "2026-01-31 01:00",
            ["9:00\u202fPM", "10:00\u202fPM", "11:00\u202fPM", "Jan 31", "1:00\u202fAM"],
        ),
    ],
)
def test_times_have_ticks_where_a_calendar_turns_a_page(low: str, high: str, labels: list[str]) -> None:
    ticks = time_ticks(datetime.fromisoformat(low), datetime.fromisoformat(high), 6, ENGLISH)
    assert [label for _, label in ticks] == labels
    assert seconds(datetime.fromisoformat(low)) <= ticks[0][0]
    assert ticks[-1][0] <= seconds(datetime.fromisoformat(high))


def test_the_ends_of_all_times_have_ticks() -> None:
    first, last = datetime.min, datetime.max.replace(microsecond=0)
    assert 1 <= len(time_ticks(first, last, 6, GERMAN)) <= 7
    assert len(time_ticks(last, last, 6, GERMAN)) <= 1


def test_labels_without_room_are_left_out() -> None:
    ticks = [(Decimal(each), str(each)) for each in range(9)]
    scale = Scale(Decimal(0), Decimal(8), 0, 80)
    assert [label for _, label in apart(ticks, scale, 10)] == [str(each) for each in range(9)]
    assert [label for _, label in apart(ticks, scale, 25)] == ["0", "4", "8"]
    assert apart(ticks[:1], scale, 1000) == ticks[:1]
