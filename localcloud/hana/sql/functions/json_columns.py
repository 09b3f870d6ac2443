"""What JSON_TABLE, JSON_VALUE and JSON_QUERY take out of a document.

The compiler writes what is wanted as a JSON text, which sqlite hands to the functions here with every call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from localcloud.hana.errors import GENERAL_ERROR, NOT_SUPPORTED, HanaError
from localcloud.hana.model import Type, TypeCode, Value
from localcloud.hana.sql.values.converters import Converter, assigner
from localcloud.hana.sql.values.json_paths import (
    Json,
    found_at,
    parse_document,
    parse_path,
    written_json,
)

_EMPTY = {"EMPTY ARRAY": "[]", "EMPTY OBJECT": "{}"}


@dataclass(frozen=True)
class WantedColumn:
    """One column, ready to be read; `columns` are those of a nested path."""

    kind: str
    path: str
    convert: Converter
    on_empty: tuple[str, Value]
    on_error: tuple[str, Value]
    wrapper: str
    columns: tuple[WantedColumn, ...]

    @property
    def width(self) -> int:
        """How many columns of a row it fills."""
        return sum(each.width for each in self.columns) if self.kind == "NESTED" else 1


def _column(given: list[Any]) -> WantedColumn:
    kind, path, type_, on_empty, on_error, wrapper, columns = given
    code, length, scale = type_
    convert = assigner(Type(TypeCode(code), length, scale))
    on_empty, on_error = (
        (action, convert(value) if action == "DEFAULT" else None) for action, value in (on_empty, on_error)
    )
    return WantedColumn(kind, path, convert, on_empty, on_error, wrapper, tuple(map(_column, columns)))


@lru_cache(maxsize=1024)
def _parsed_table(wanted: str) -> tuple[str, tuple[WantedColumn, ...], str]:
    path, columns, on_error = json.loads(wanted)
    return path, tuple(map(_column, columns)), on_error


@lru_cache(maxsize=1024)
def _parsed_column(wanted: str) -> WantedColumn:
    return _column(json.loads(wanted))


def json_rows(document: str, wanted: str) -> Value:
    """The rows of JSON_TABLE, as a JSON array of arrays in the stored form of their values."""
    path, columns, on_error = _parsed_table(wanted)
    try:
        items = _items(parse_document(document), path)
    except HanaError as error:
        if on_error == "ERROR" or error.code == NOT_SUPPORTED:
            raise
        return "[]"
    return json.dumps(_rows(items, columns), ensure_ascii=False)


def _items(document: Json, path: str) -> list[Json]:
    """The places that make rows: a path to an array is one to its elements, `$` as well as `$[*]`."""
    found = found_at(document, path)
    _, steps = parse_path(path)
    if steps and steps[-1] is None:
        return found
    return [inner for each in found for inner in (each if isinstance(each, list) else [each])]


def _rows(items: list[Json], columns: tuple[WantedColumn, ...]) -> list[list[Value]]:
    rows: list[list[Value]] = []
    for number, item in enumerate(items, 1):
        rows += _of_item(item, number, columns)
    return rows


def _of_item(item: Json, number: int, columns: tuple[WantedColumn, ...]) -> list[list[Value]]:
    """The rows of one place: one, or as many as nested paths have, those of several one after another."""
    own: list[Value] = []
    nested: list[tuple[int, WantedColumn]] = []
    for column in columns:
        if column.kind == "NESTED":
            nested.append((len(own), column))
            own += [None] * column.width
        else:
            own.append(number if column.kind == "ORDINALITY" else taken(item, column))
    rows: list[list[Value]] = []
    for start, column in nested:
        found = _rows(_items(item, column.path), column.columns)
        rows += ([*own[:start], *inner, *own[start + len(inner) :]] for inner in found)
    return rows or [own]


def json_value(document: str, wanted: str) -> Value:
    """The value of JSON_VALUE or JSON_QUERY."""
    column = _parsed_column(wanted)
    try:
        parsed = parse_document(document)
    except HanaError as error:
        if column.on_error[0] == "ERROR" or error.code == NOT_SUPPORTED:
            raise
        return _instead(column.on_error)
    return taken(parsed, column)


def taken(item: Json, column: WantedColumn) -> Value:
    """What a column takes out of an item, in its stored form; raises HanaError where it is told to."""
    try:
        found = found_at(item, column.path)
        if found:
            value = _document(found, column) if column.kind == "QUERY" else _scalar(found, column.path)
            return column.convert(value)
    except HanaError as error:
        if column.on_error[0] == "ERROR" or error.code == NOT_SUPPORTED:
            raise
        return _instead(column.on_error)
    return _instead(column.on_empty)


def _instead(fallback: tuple[str, Value]) -> Value:
    action, value = fallback
    if action == "ERROR":
        raise HanaError(
            GENERAL_ERROR, "general error: the JSON document has no value there, or none that fits"
        )
    return _EMPTY.get(action, value)


def _document(found: list[Json], column: WantedColumn) -> str:
    wraps = column.wrapper == "UNCONDITIONAL" or (
        column.wrapper == "CONDITIONAL" and (len(found) > 1 or not isinstance(found[0], dict | list))
    )
    if wraps:
        return written_json(found)
    if len(found) > 1:
        raise HanaError(GENERAL_ERROR, f"general error: {column.path[:100]} leads to several values")
    return written_json(found[0])


def _scalar(found: list[Json], path: str) -> Value:
    value = found[0]
    if len(found) > 1 or isinstance(value, dict | list):
        raise HanaError(GENERAL_ERROR, f"general error: {path[:100]} leads to no single value")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Decimal) else value
