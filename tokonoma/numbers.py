"""Whole numbers and ports, read from text."""

from __future__ import annotations


def whole_number(text: str, low: int, high: int, *, digits: int = 12) -> int | None:
    """The number if `text` has at most `digits` ASCII digits and lies from `low` to `high`, else None.

    `int` alone takes signs, blanks, underscores and all scripts' digits, and raises beyond 4,300 of them.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        return None
    number = int(text)
    return number if low <= number <= high else None


def port_number(text: str) -> int | None:
    """The number if `text` is a port of a server, from 1 to 65535, else None."""
    return whole_number(text, 1, 65535, digits=5)
