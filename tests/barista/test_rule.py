from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barista.rule import Drink, NotAnOrder, drink_for


@pytest.mark.parametrize(
    ("order", "drink"),
    [
        (b"1763704084", Drink.HOT),
        (b"1763704085", Drink.COLD),
        (b"11/21/26 06:08:04", Drink.HOT),
        (b"11/21/26 06:08:05", Drink.COLD),
        (b'"11/21/26 06:08:05"', Drink.COLD),
        (b"  8 \r\n", Drink.HOT),
        (b"-7", Drink.COLD),
        (b"table-7", Drink.COLD),
        (b"1.50", Drink.HOT),
        (b"0", Drink.HOT),
        (b"\xff\xfe3", Drink.COLD),
    ],
)
def test_the_digit_with_which_an_order_ends_decides(order: bytes, drink: Drink) -> None:
    assert drink_for(order) is drink


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (None, "no value"),
        (b"", "empty"),
        (b' "" ', "empty"),
        (b"tea, please", "digit"),
        (b"12:00 PM", "digit"),
        ("٣".encode(), "digit"),
        (b"7\x00", "digit"),
    ],
)
def test_what_ends_otherwise_is_no_order(order: bytes | None, reason: str) -> None:
    with pytest.raises(NotAnOrder, match=reason):
        drink_for(order)


@given(st.integers())
def test_even_is_hot_and_odd_is_cold(number: int) -> None:
    assert drink_for(str(number).encode()) is (Drink.COLD if number % 2 else Drink.HOT)


@given(st.binary())
def test_every_message_is_either_an_order_or_none(message: bytes) -> None:
    with suppress(NotAnOrder):
        assert drink_for(message) in Drink


def test_the_drinks_are_the_texts_of_the_recipe() -> None:
    assert [drink.value for drink in Drink] == [b"Serve Hot drink", b"Serve Cold drink"]
