from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.hana.dates import LAST_DAY, SECOND_NUMBERS, day_number, day_text
from localcloud.hana.errors import INVALID_DATE, HanaError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0001-01-01", 1),
        ("1582-10-04", 577737),
        ("1582-10-15", 577738),
        ("2024-02-29", 738947),
        ("9999-12-31", LAST_DAY),
    ],
)
def test_the_known_days_have_their_numbers(text: str, number: int) -> None:
    assert day_number(text) == number
    assert day_text(number) == text


@given(st.integers(1, LAST_DAY))
def test_every_number_is_one_day(number: int) -> None:
    assert day_number(day_text(number)) == number


def test_days_follow_each_other_without_a_gap_in_their_numbers() -> None:
    texts = [day_text(number) for number in range(577_000, 578_500)]
    assert texts == sorted(set(texts))


@given(st.dates(min_value=date(1582, 10, 15)))
def test_gregorian_days_are_those_of_python(day: date) -> None:
    assert day_number(day.isoformat()) == day.toordinal() + 2


@pytest.mark.parametrize(
    "text", ["1582-10-05", "1582-10-14", "0000-01-01", "1501-02-29", "1900-02-29", "2024-13-01", "2024-1-01"]
)
def test_days_that_never_were_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day_number(text)


def test_the_julian_calendar_has_a_leap_day_in_every_century() -> None:
    assert day_number("1500-03-01") - day_number("1500-02-28") == 2


@pytest.mark.parametrize("number", [0, -1, LAST_DAY + 1])
def test_numbers_outside_the_calendar_are_error_303(number: int) -> None:
    with pytest.raises(HanaError) as refusal:
        day_text(number)
    assert refusal.value.code == INVALID_DATE


@pytest.mark.parametrize("text", ["24:00:01", "12:60:00", "12:00:60", "1:00:00"])
def test_times_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SECOND_NUMBERS[text]
