"""Whole numbers as people and platforms write them."""

from __future__ import annotations


def whole_number(text: str, low: int, high: int, *, digits: int = 12) -> int | None:
    """The number if `text` is one from `low` to `high` in at most so many ASCII digits, else None.

    `int` alone takes signs, blanks, underscores and all scripts' digits, and raises beyond 4,300 of them.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        return None
    number = int(text)
    return number if low <= number <= high else None


def port_number(text: str) -> int | None:
    """The number if `text` is one that a server can be reached at, else None."""
    return whole_number(text, 1, 65535, digits=5)
