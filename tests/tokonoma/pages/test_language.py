from __future__ import annotations

import string
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from tokonoma.pages.language import LANGUAGES, choose
from tokonoma.pages.texts import TEXTS


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("de-AT", "de-AT"),
        ("en-GB,en;q=0.5", "en-GB"),
        ("en-US", "en"),
        ("fr-FR,de;q=0.5", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("xx;q=nonsense,,;", "en"),
        ("de;q=0,en", "en"),
        ("de," * 100, "en"),
    ],
)
def test_the_browser_chooses_among_what_there_is(header: str, tag: str) -> None:
    assert choose(header).tag == tag


@pytest.mark.parametrize(
    ("tag", "number", "negative", "day", "moment"),
    [
        ("en", "1,234,567.50", "\u22120.1", "Feb 1, 2026", "Feb 1, 2026, 3:04:05\u202fPM"),
        ("en-GB", "1,234,567.50", "\u22120.1", "1 Feb 2026", "1 Feb 2026, 15:04:05"),
        ("de", "1.234.567,50", "\u22120,1", "01.02.2026", "01.02.2026, 15:04:05"),
        ("de-CH", "1'234'567.50", "\u22120.1", "01.02.2026", "01.02.2026, 15:04:05"),
    ],
)
def test_numbers_and_dates_are_the_readers(
    tag: str, number: str, negative: str, day: str, moment: str
) -> None:
    found = LANGUAGES[tag]
    assert found.number(Decimal("1234567.50")) == number
    assert found.floating(-0.1) == negative
    assert found.day(date(2026, 2, 1)) == day
    assert found.moment(datetime(2026, 2, 1, 15, 4, 5)) == moment


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1 / 3, "0.33333"),
        (1234.5, "1,234.5"),
        (123456789.0, "123,456,789"),
        (1e300, "1.00000e+300"),
        (1e-9, "1.00000e\u221209"),
    ],
)
def test_floating_point_numbers_are_rounded(value: float, shown: str) -> None:
    assert LANGUAGES["en"].floating(value) == shown


def test_midnight_and_noon_are_twelve_in_english() -> None:
    english = LANGUAGES["en"]
    assert english.clock(time(0, 5)) == "12:05:00\u202fAM"
    assert english.clock(time(12, 5)) == "12:05:00\u202fPM"


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_day_can_be_written(tag: str) -> None:
    for month in range(1, 13):
        assert str(2026) in LANGUAGES[tag].day(date(2026, month, 28))
    assert LANGUAGES[tag].day(date.min)


@pytest.mark.parametrize("name", TEXTS["en"])
def test_both_languages_fill_in_the_same(name: str) -> None:
    english, german = (
        {field for _, field, _, _ in string.Formatter().parse(TEXTS[tag][name]) if field is not None}
        for tag in ("en", "de")
    )
    assert english == german
    assert TEXTS["de"][name]


def test_a_value_is_filled_in_as_it_is() -> None:
    assert LANGUAGES["en"].text("no_column", column="{x}<b>") == "There is no column “{x}<b>”."


@pytest.mark.parametrize(
    ("tag", "labels"),
    [
        ("en", ["2026", "Feb 2026", "Feb 1", "3:04\u202fPM"]),
        ("en-GB", ["2026", "Feb 2026", "1 Feb", "15:04"]),
        ("de", ["2026", "Feb. 2026", "1. Feb.", "15:04"]),
    ],
)
def test_axes_show_the_part_of_a_moment_that_is_new(tag: str, labels: list[str]) -> None:
    moment = datetime(2026, 2, 1, 15, 4)
    assert [LANGUAGES[tag].short(moment, each) for each in ("year", "month", "day", "hour")] == labels
