"""Functions over text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from localcloud.hana.model import Type, Value
from localcloud.hana.sql import types

from .table import Function, Kind, always


def _same(given: Sequence[Type | None]) -> Type:
    return given[0] or types.UNTYPED_TEXT


@lru_cache(maxsize=1024)
def _like_pattern(pattern: str, escape: str) -> re.Pattern[str]:
    parts, index = [], 0
    while index < len(pattern):
        character = pattern[index]
        if escape and character == escape and index + 1 < len(pattern):
            index += 1
            parts.append(re.escape(pattern[index]))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
        index += 1
    return re.compile("".join(parts), re.DOTALL)


def like(text: Value, pattern: Value, escape: Value = "") -> Value:
    """LIKE with HANA's case sensitivity; NULL if any part is."""
    if text is None or pattern is None or escape is None:
        return None
    return int(_like_pattern(str(pattern), str(escape)).fullmatch(str(text)) is not None)


TEXT_FUNCTIONS = (
    Function("UPPER", (Kind.TEXT,), _same, lambda text: text.upper(), required=1),
    Function("LOWER", (Kind.TEXT,), _same, lambda text: text.lower(), required=1),
    Function("LENGTH", (Kind.TEXT,), always(types.INT), len, required=1),
    Function(
        "COALESCE", (Kind.SAME,), _same, template="coalesce({all})", required=2, variadic=True, nulls=True
    ),
    Function("IFNULL", (Kind.SAME, Kind.SAME), _same, template="ifnull({all})", required=2, nulls=True),
)
