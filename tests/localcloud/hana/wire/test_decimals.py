from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from localcloud.hana.wire import decimals

EXACT = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**28) + 1, 10**28 - 1),
    st.integers(0, 28),
)


@given(EXACT)
def test_a_decimal_comes_back_as_it_went(value: Decimal) -> None:
    assert decimals.decode(decimals.encode(f"{value:f}")) == value


def test_thirty_four_digits_are_kept() -> None:
    digits = "-9" + "8" * 20 + "." + "7" * 13
    assert decimals.decode(decimals.encode(digits)) == Decimal(digits)


def test_more_digits_than_the_format_holds_are_rounded() -> None:
    assert decimals.decode(decimals.encode("1" * 34 + ".6")) == Decimal("1" * 33 + "2")


def test_the_bias_of_the_exponent_is_6176() -> None:
    assert decimals.encode("1.5") == (15 | (6176 - 1) << 113).to_bytes(16, "little")


def test_every_exponent_of_the_format_is_read() -> None:
    for exponent in (6111, 400, -400, -6176):
        assert decimals.decode((7 | (6176 + exponent) << 113).to_bytes(16, "little")) == Decimal(
            f"7E{exponent}"
        )


def test_null_has_its_own_bits() -> None:
    assert decimals.decode(decimals.NULL) is None
