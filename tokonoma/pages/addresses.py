"""The addresses of the pages, relative to each other: the service does not know what stands before it.

/data/                    all that the caller may see
/data/WORK?…              a table
/data/WORK/17?…           a record
/take/WORK?…              a table, to be taken away
/filter/WORK?…            what a table can be narrowed by
/pictures/WORK?…          a table in pictures
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    """A table's page, from the root of the service; `page` is `data`, `filter`, `pictures` or `take`."""
    return f"{page}/{quote(name)}{_query(state)}"


def record(name: str, key: str, state: State | None = None) -> str:
    """A record's page, from the root; `key` is `write_key`'s."""
    [found] = records(name, [key], state)
    return found


def records(name: str, keys: Iterable[str], state: State | None = None) -> list[str]:
    """The pages of several records, from the root."""
    before, after = f"data/{quote(name)}/", _query(state)
    return [f"{before}{key}{after}" for key in keys]


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
        return {name: _literal(text.removeprefix("~"), column.kind) for text, (name, column) in pairs}
    except (ValueError, NotImplementedError):
        raise ObjectUnknown from None


def plain(value: Any, column: Column) -> str:
    """A value as it stands in conditions, and in a key before it is encoded."""
    match column.kind:
        case Kind.MOMENT:
            return cells.moment(value)
        case Kind.BINARY:
            return bytes(value).hex()
        case Kind.BOOLEAN:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return cells.digits(value)
        case Kind.INTEGER:
            return str(int(value))
    return str(value)


def literal_of(text: str, column: Column) -> Literal | None:
    """A value of a condition as the filter language has it; None if the column can have no such value."""
    try:
        return _literal(text, column.kind)
    except (ValueError, NotImplementedError):
        return None


def literal(value: Any, column: Column) -> Literal:
    """A value of a row as the filter language has it. Raises ValueError or NotImplementedError."""
    return _literal(plain(value, column), column.kind)


def _written(value: Any, column: Column) -> str:
    text = plain(value, column)
    # Browsers resolve these, encoded or not (WHATWG URL, "double-dot URL path segment").
    if text in ("", ".", "..") or text.startswith("~"):
        text = f"~{text}"
    return quote(text.encode("utf-8", "replace"), safe=_SAFE)


def _literal(text: str, kind: Kind) -> Literal:
    """Raises ValueError or NotImplementedError."""
    if kind is Kind.BINARY:
        return Literal(bytes.fromhex(text), kind)
    return Literal(literals.cast(text, kind), kind)
