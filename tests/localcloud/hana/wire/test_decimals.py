from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.hana.errors import HanaError
from localcloud.hana.sql.values.numbers import plain
from localcloud.hana.wire import decimals

CONTEXT = Context(prec=80)

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


@pytest.mark.parametrize(("size", "digits"), [(8, 18), (12, 28), (16, 38)])
@pytest.mark.parametrize("places", [0, 2, 18])
def test_a_fixed_decimal_comes_back_as_it_went(size: int, digits: int, places: int) -> None:
    write = decimals.fixed_writer(size, places)
    for number in (0, 1, -1, 10**digits - 1, 1 - 10**digits):
        value = Decimal(number).scaleb(-places, CONTEXT)
        data = write(plain(value))
        assert (data[0], len(data)) == (1, 1 + size)
        assert decimals.decode_fixed(data[1:], places) == value


def test_more_places_than_a_fixed_decimal_has_are_rounded() -> None:
    assert decimals.fixed_writer(8, 2)("-0.125") == b"\x01" + (-13).to_bytes(8, "little", signed=True)


@pytest.mark.parametrize(("size", "digits"), [(8, 19), (12, 29), (16, 39)])
def test_a_number_beyond_a_fixed_decimal_is_error_314(size: int, digits: int) -> None:
    with pytest.raises(HanaError) as refusal:
        decimals.fixed_writer(size, 0)("9" * digits)
    assert refusal.value.code == 314
