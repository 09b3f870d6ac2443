"""The addresses of the pages, relative to each other: the service does not know what stands before it.

/data/                    all that the caller may see
/data/WORK?…              a table
/data/WORK/17?…           a record
/filter/WORK?…            what a table can be narrowed by
/pictures/WORK?…          a table in pictures
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from tokonoma.data import cells
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query import literals
from tokonoma.data.query.tree import Literal
from tokonoma.errors import ObjectUnknown

from .state import State

_SAFE = "~-._:"


def to_root(raw_path: str) -> str:
    """The way from a page to the root of the service: `../` for each folder."""
    return "../" * (raw_path.count("/") - 1)


def table(name: str, state: State | None = None, page: str = "data") -> str:
    """A table's page, from the root of the service; `page` is `data`, `filter` or `pictures`."""
    return f"{page}/{quote(name)}{_query(state)}"


def record(name: str, key: str, state: State | None = None) -> str:
    """A record's page, from the root; `key` is `write_key`'s."""
    return f"data/{quote(name)}/{key}{_query(state)}"


def _query(state: State | None) -> str:
    query = state.query() if state else ""
    return f"?{query}" if query else ""


def write_key(columns: Sequence[Column], values: Sequence[Any]) -> str:
    """A key as one segment of a path: `17`, `IRIS,2026-01-01T00:00:00Z`."""
    return ",".join(_written(value, column) for value, column in zip(values, columns, strict=True))


def read_key(segment: str, columns: Mapping[str, Column]) -> dict[str, Literal]:
    """The values of a key by name, out of a segment as it came. Raises ObjectUnknown for what is no key."""
    parts = segment.split(",")
    if len(parts) != len(columns):
        raise ObjectUnknown
    try:
        texts = [unquote_to_bytes(part).decode() for part in parts]
        pairs = zip(texts, columns.items(), strict=True)
        return {name: _literal(text, column.kind) for text, (name, column) in pairs}
    except (ValueError, NotImplementedError):
        raise ObjectUnknown from None


def _written(value: Any, column: Column) -> str:
    match column.kind:
        case Kind.MOMENT:
            text = cells.moment(value)
        case Kind.BINARY:
            text = bytes(value).hex()
        case Kind.BOOLEAN:
            text = "true" if value else "false"
        case Kind.DECIMAL:
            text = cells.digits(value)
        case _:
            text = str(value)
    # Browsers resolve these, encoded or not (WHATWG URL, "double-dot URL path segment").
    if text in ("", ".", "..") or text.startswith("~"):
        text = f"~{text}"
    return quote(text.encode("utf-8", "replace"), safe=_SAFE)


def _literal(text: str, kind: Kind) -> Literal:
    """Raises ValueError or NotImplementedError."""
    plain = text.removeprefix("~")
    if kind is Kind.BINARY:
        return Literal(bytes.fromhex(plain), kind)
    return Literal(literals.cast(plain, kind), kind)
