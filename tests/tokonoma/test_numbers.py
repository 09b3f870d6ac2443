from __future__ import annotations

import pytest

from tokonoma.numbers import port_number, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("100", 100)])
def test_digits_make_a_number(text: str, number: int) -> None:
    assert whole_number(text, 0, 100) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", " 1", "1 ", "1\n", "1_0", "1.0", "1e1", "0x1", "٣", "²", "101", "0" * 13]
)
def test_everything_else_makes_none(text: str) -> None:
    assert whole_number(text, 0, 100) is None


def test_thousands_of_digits_make_none_and_no_error() -> None:
    assert whole_number("9" * 5000, 0, 10**9) is None


@pytest.mark.parametrize(
    ("text", "port"),
    [("1", 1), ("65535", 65535), ("0", None), ("65536", None), ("080", 80), ("000080", None)],
)
def test_a_port_is_one_of_a_server(text: str, port: int | None) -> None:
    assert port_number(text) == port
