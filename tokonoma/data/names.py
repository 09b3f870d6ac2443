"""The names of tables and columns in URLs, queries and OData, where HANA allows more than they do.

A legal name stays as it is. Elsewhere each character that is not allowed becomes `_xHHHH_` (Excel's way), and
so does what looks like that already, so that no two names become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 128
"""Characters of a simple identifier (OData CSDL 4.01, 15.2)."""

_ESCAPED = re.compile(r"_(?=x[0-9A-F]{4,6}_)")


@lru_cache(maxsize=65536)
def legal(name: str) -> str:
    """A simple identifier for a name, and always the same; the name itself if it is one."""
    escaped = _ESCAPED.sub("_x005F_", name)
    return "".join(
        char if _fits(char, first=place == 0) else f"_x{ord(char):04X}_" for place, char in enumerate(escaped)
    )


def legal_names(names: Iterable[str]) -> dict[str, str]:
    """Simple identifiers by name: none twice, not even in another case, and none too long."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    # Who is called so already comes first, so that a new neighbour renames nobody.
    for name in sorted(names, key=lambda each: (legal(each) != each, each)):
        base = candidate = legal(name)[:LONGEST]
        number = 1
        while candidate.lower() in taken:
            number += 1
            ending = f"_{number}"
            candidate = base[: LONGEST - len(ending)] + ending
        taken.add(candidate.lower())
        found[name] = candidate
    return found


def _fits(char: str, *, first: bool) -> bool:
    if char == "_" or char.isalpha():
        return True
    return not first and (char.isdecimal() or char.isidentifier() or ("a" + char).isidentifier())
