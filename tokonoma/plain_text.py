"""Texts that can be sent on, printed and compared: one rule for tokens and for the policy."""

from __future__ import annotations

from unicodedata import category

_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""General categories of Unicode."""


def is_plain(text: str) -> bool:
    """Whether a text is without control characters, surrogates, and separators of lines.

    Spaces beyond ASCII and format characters are in the names of people and groups.
    """
    return text.isprintable() or _UNSAFE.isdisjoint(map(category, text))
