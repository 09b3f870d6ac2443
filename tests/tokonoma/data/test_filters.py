"""What a filter is made of for a value finds that value."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tokonoma.data.specimens import VISIBLE
from tokonoma.data import filters
from tokonoma.data.columns import Kind
from tokonoma.data.query.parser import parse_filter, parse_literal
from tokonoma.data.query.tree import Comparison, Junction, Literal, Reference

CELLS = [
    (True, Kind.BOOLEAN, "true"),
    (0, Kind.BOOLEAN, "false"),
    (-(2**63), Kind.INTEGER, "-9223372036854775808"),
    (Decimal("1.10"), Kind.DECIMAL, "1.10"),
    (Decimal("1E+30"), Kind.DECIMAL, "1" + 30 * "0"),
    (Decimal("1E-99"), Kind.DECIMAL, "1E-99"),
    (-0.0, Kind.DOUBLE, "0"),
    (1e300, Kind.DOUBLE, "1e300"),
    (0.1, Kind.DOUBLE, "0.1"),
    ("it's", Kind.TEXT, "'it''s'"),
    ("", Kind.TEXT, "''"),
    (memoryview(b"\x00\xff"), Kind.BINARY, "binary'AP8'"),
    (date(1, 2, 3), Kind.DATE, "0001-02-03"),
    (time(23, 59, 1), Kind.TIME, "23:59:01"),
    ("2024-05-06 07:08:09.1234567", Kind.MOMENT, "2024-05-06T07:08:09.1234567Z"),
    (datetime(2024, 5, 6, 7, 8, 9), Kind.MOMENT, "2024-05-06T07:08:09.0000000Z"),
    (None, Kind.TEXT, "null"),
]


@pytest.mark.parametrize(("cell", "kind", "text"), CELLS)
def test_a_cell_becomes_the_literal_that_filters_read(cell: Any, kind: Kind, text: str) -> None:
    literal = filters.literal(cell, kind)
    assert filters.text(literal) == text
    assert parse_literal(text).value == literal.value


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda each: not 0 < abs(each) < 1e-300))
def test_a_floating_number_is_read_as_the_same(number: float) -> None:
    read = parse_literal(filters.text(filters.literal(number, Kind.DOUBLE))).value
    assert float(str(read)) == number


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_a_text_is_read_as_the_same(text: str) -> None:
    assert parse_literal(filters.text(filters.literal(text, Kind.TEXT))).value == text


def test_values_of_several_columns_are_all_asked_for() -> None:
    text = filters.equals(VISIBLE, ["NAME", "QTY", "FLAG"], ["a' or 'b' eq 'b", 5, None])
    found = parse_filter(text, VISIBLE)
    assert isinstance(found, Junction)
    assert [each.right.value for each in found.operands] == ["a' or 'b' eq 'b", 5, None]  # type: ignore[union-attr]


def test_a_range_has_its_lower_end_and_not_its_upper_one() -> None:
    low, high = Literal(Decimal(1), Kind.INTEGER), Literal(Decimal(5), Kind.INTEGER)
    assert filters.within("QTY", low, high) == "QTY ge 1 and QTY lt 5"
    assert filters.within("QTY", None, high) == "QTY lt 5"
    assert filters.within("QTY", low, None) == "QTY ge 1"
    found = parse_filter(filters.within("QTY", None, None), VISIBLE)
    assert isinstance(found, Comparison)
    assert (found.operator, found.left) == ("ne", Reference("QTY", VISIBLE["QTY"]))


@pytest.mark.parametrize("kind", [Kind.LARGE_TEXT, Kind.LARGE_BINARY])
def test_a_large_value_stands_in_no_filter(kind: Kind) -> None:
    with pytest.raises(ValueError, match="stands in no filter"):
        filters.literal("x", kind)
