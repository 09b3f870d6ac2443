"""Keys in URLs: `WORK(5)`, `CLIMATE(ROOM='a''b',DAY='b')`, `WORK(@k)` (URL Conventions 4.01, 4.3.1)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tokonoma.data import cells
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query.parser import parse_literal
from tokonoma.data.query.tree import Literal
from tokonoma.errors import QueryInvalid

_PART = re.compile(r"\s*(?:([^\W\d]\w*)\s*=)?\s*((?:[^',]|'(?:[^']|'')*')*?)\s*(,|$)")
"""One value, perhaps with a name before it; commas in quotes do not end it."""
MOST_PARTS = 16


def read(text: str, names: Sequence[str], aliases: Mapping[str, str]) -> dict[str, Literal]:
    """The values of a key, by name, out of what stands between the parentheses. Raises QueryError."""
    parts = _parts(text)
    if len(parts) == 1 == len(names) and not parts[0][0]:
        parts = [(names[0], parts[0][1])]
    found: dict[str, Literal] = {}
    for name, value in parts:
        if name not in names or name in found:
            raise QueryInvalid(f"{', '.join(names)} is the key, each once and by its name", "key", 1)
        found[name] = _literal(value, aliases)
    if len(found) < len(names):
        raise QueryInvalid(f"{', '.join(names)} is the key, and a part of it is missing", "key", 1)
    return found


def _parts(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while True:
        match = _PART.match(text, place)
        if match is None or not match[2]:
            raise QueryInvalid("a value is expected", "key", place + 1)
        found.append((match[1] or "", match[2]))
        if not match[3]:
            return found
        if len(found) == MOST_PARTS:
            raise QueryInvalid(f"more than {MOST_PARTS} values", "key", place + 1)
        place = match.end()


def _literal(text: str, aliases: Mapping[str, str]) -> Literal:
    if not text.startswith("@"):
        return parse_literal(text)
    name = text[1:]
    if name not in aliases:
        raise QueryInvalid(f"the parameter alias @{name[:60]} has no value", "key", 1)
    return parse_literal(aliases[name], f"@{name[:60]}")


def write(names: Sequence[str], columns: Sequence[Column], cells: Sequence[Any]) -> str:
    """A key with its parentheses, for a URL."""
    values = [_written(cell, column) for cell, column in zip(cells, columns, strict=True)]
    if len(values) == 1:
        return f"({values[0]})"
    pairs = zip(names, values, strict=True)
    return f"({','.join(f'{quote(name)}={value}' for name, value in pairs)})"


def _written(cell: Any, column: Column) -> str:
    match column.kind:
        case Kind.TEXT:
            return "'" + quote(str(cell).replace("'", "''").encode("utf-8", "replace"), safe="") + "'"
        case Kind.BINARY:
            return f"'{binary(cell)}'"
        case Kind.BOOLEAN:
            return "true" if cell else "false"
        case Kind.MOMENT:
            return quote(cells.moment(cell), safe="")
        case Kind.DECIMAL:
            return f"{cell:f}"
    return quote(str(cell), safe="")


def binary(cell: Any) -> str:
    """base64url without padding, as in JSON (JSON Format 4.01, 7.1)."""
    return urlsafe_b64encode(bytes(cell)).decode().rstrip("=")
