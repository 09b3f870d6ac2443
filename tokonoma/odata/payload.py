"""Rows as OData's JSON (JSON Format 4.01), written by orjson; decimals exactly, as their digits stand.

What orjson writes as it is wanted is left to it: texts, whole numbers, booleans, dates, times and SECONDDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson

from tokonoma.data import cells
from tokonoma.data.columns import Column, Kind
from tokonoma.data.reader import Result

from . import keys
from .formats import Format
from .model import NAMESPACE, EntitySet, Property
from .versions import V40

OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_SUBCLASS
_UNTYPED = frozenset({"String", "Boolean", "Double"})
"""Types that readers guess from JSON's own (JSON Format 4.01, 4.6.3)."""

Convert = Callable[[Any], Any]


class EntityWriter:
    """Writes the rows of one entity set in one format and version."""

    def __init__(self, entity_set: EntitySet, form: Format, version: str, root: str) -> None:
        """`root` is the relative link from the answer's address to the service root."""
        self._set, self._form, self._root = entity_set, form, root
        self._at = "@odata." if version == V40 else "@"

    def context(self, fragment: str) -> str:
        return f"{self._root}$metadata#{fragment}"

    def link(self, address: str) -> str:
        """A link to an address below the service root: relative to the context, if there is one (4.3)."""
        return self._root + address if self._form.metadata == "none" else address

    def control(self, name: str) -> str:
        """The name of control information: `@odata.count`, or `@count` since 4.01."""
        return self._at + name

    def head(self, fragment: str, etag: str) -> dict[str, Any]:
        """What an answer begins with; nothing if the client wants no metadata."""
        if self._form.metadata == "none":
            return {}
        return {self.control("context"): self.context(fragment), self.control("metadataEtag"): etag}

    def rows(self, result: Result, selected: Sequence[str] | None) -> list[dict[str, Any]]:
        """Each row as an object. `selected` are the properties that were asked for, None for all."""
        names = [name for name, _ in result.columns]
        if selected is not None:
            names = [name if name in selected else "" for name in names]
        found = self._records(result, names)
        if self._form.metadata == "full":
            return [self._full(record, row, result) for record, row in zip(found, result.rows, strict=True)]
        if self._form.metadata == "minimal" and not set(names).issuperset(self._set.key):
            at = self.control("id")
            return [
                {at: self.identity(row, result)} | record
                for record, row in zip(found, result.rows, strict=True)
            ]
        return found

    def _records(self, result: Result, names: Sequence[str]) -> list[dict[str, Any]]:
        """Filled a column at a time: a dictionary of pairs for each row would take twice as long."""
        template = dict.fromkeys(name for name in names if name)
        records = [template.copy() for _ in result.rows]
        transposed = zip(*result.rows, strict=True)
        for name, (_, column), values in zip(names, result.columns, transposed, strict=False):
            if name:
                convert = _of_lists(column, self._form)
                converted = values if convert is None else convert(values)
                for record, value in zip(records, converted, strict=True):
                    record[name] = value
        return records

    def identity(self, row: Sequence[Any], result: Result) -> str:
        columns = [self._set.properties[name].column for name in self._set.key]
        return quote(self._set.name) + keys.write(
            self._set.key, columns, [row[place] for place in result.key]
        )

    def _full(self, record: dict[str, Any], row: Sequence[Any], result: Result) -> dict[str, Any]:
        identity = self.identity(row, result)
        found: dict[str, Any] = {
            self.control("type"): f"#{NAMESPACE}.{self._set.type_name}",
            self.control("id"): identity,
        }
        for name, value in record.items():
            kind = self._set.properties[name].type
            if value is not None and kind not in _UNTYPED:
                found[f"{name}{self.control('type')}"] = f"#{kind}"
            found[name] = value
        for each in self._set.properties.values():
            if each.is_large:
                found[f"{each.name}{self.control('mediaReadLink')}"] = f"{identity}/{quote(each.name)}"
        return found


def dumps(document: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(document, option=OPTIONS)
    except TypeError:
        # Halves of surrogate pairs, which HANA keeps and UTF-8 has no form for.
        return orjson.dumps(_repaired(document), option=OPTIONS)


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return cells.well_formed(value)
    if isinstance(value, dict):
        return {_repaired(name): _repaired(each) for name, each in value.items()}
    return [_repaired(each) for each in value] if isinstance(value, list) else value


def converter(column: Column, form: Format) -> Convert | None:
    """The function that turns a cell, which is not null, into what orjson writes; None if none is needed."""
    if column.kind is Kind.DECIMAL:
        return cells.digits if form.ieee754 else _decimal
    if column.kind is Kind.BINARY:
        return keys.binary
    if column.kind is Kind.BOOLEAN:
        return bool
    if column.type == "TIMESTAMP":
        return cells.moment
    if column.type == "REAL":
        return cells.single
    return str if column.type == "BIGINT" and form.ieee754 else None


def _of_lists(column: Column, form: Format) -> Callable[[Sequence[Any]], list[Any]] | None:
    """The same as `converter`, for many cells at once, some of which may be null."""
    if column.type == "TIMESTAMP":
        return cells.moments
    if column.kind is Kind.DECIMAL and not form.ieee754:
        return _decimals
    convert = converter(column, form)
    return None if convert is None else lambda values: [v if v is None else convert(v) for v in values]


def whole(number: int, form: Format) -> int | str:
    """An Int64 as the format wants it."""
    return str(number) if form.ieee754 else number


def raw(value: Any, each: Property) -> str | bytes:
    """A value by itself, as `/$value` has it (Protocol 4.01, 11.2.3.1)."""
    convert = converter(each.column, Format(ieee754=True))
    if each.type == "Binary":
        return bytes(value)
    found = value if convert is None else convert(value)
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else orjson.dumps(found, option=OPTIONS).decode().strip('"')


def _decimal(cell: Decimal) -> orjson.Fragment:
    return orjson.Fragment(cells.digits(cell))


def _decimals(values: Iterable[Decimal | None]) -> list[orjson.Fragment | None]:
    fragment, digits = orjson.Fragment, cells.digits
    return [None if each is None else fragment(digits(each)) for each in values]
