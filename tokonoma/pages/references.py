"""References: which row a foreign key points to, what that row is called, and what points to a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tokonoma.data.columns import Column, ForeignKey, Kind
from tokonoma.data.names import legal
from tokonoma.data.policy.access import AccessControl, Shown
from tokonoma.data.query.tree import Literal
from tokonoma.data.reader import Caller, Reader, Result
from tokonoma.errors import ObjectUnknown

from . import addresses
from .cell_html import LONGEST_TEXT
from .patience import Patience

_LABELS = (r"(NAME|TITLE|LABEL)", r".*_(NAME|TITLE|LABEL)", r"(DESCRIPTION|TEXT|SUBJECT)")
"""Names of columns that say what a row is called, the best ones first."""

Key = tuple[Any, ...]
"""Values of the columns of a foreign key, in its order."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key whose columns and target the caller may see, by the names that callers use."""

    columns: tuple[str, ...]
    target: Shown
    referenced: tuple[str, ...]
    """Columns of the target, in the order of `columns`."""

    @property
    def label(self) -> str:
        return label_column(self.target)


@dataclass(frozen=True, slots=True)
class Named:
    """A row that is pointed to: what it is called, and its address from the root; "" without a key."""

    label: str
    address: str


def label_column(shown: Shown) -> str:
    """The column that says what a row is called; "" if there is none."""
    texts = [
        name
        for name, column in shown.columns.items()
        if column.kind is Kind.TEXT and column.name not in shown.table.key
    ]
    for pattern in _LABELS:
        for name in texts:
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return name
    return ""


def outgoing(control: AccessControl, caller: Caller, shown: Shown) -> list[Reference]:
    """What an object points to. Raises CatalogueUnavailable or HanaError."""
    found: list[Reference] = []
    for key in shown.table.foreign_keys:
        try:
            target = control.object(caller, legal(key.table))
        except ObjectUnknown:
            continue
        found += _reference(shown, key, target)
    return found


def incoming(control: AccessControl, caller: Caller, target: Shown) -> list[tuple[Shown, Reference]]:
    """What points to an object: the other object, and its reference. Raises as `outgoing`."""
    return [
        (shown, reference)
        for shown in sorted(control.objects(caller).values(), key=lambda each: each.label.casefold())
        for key in shown.table.foreign_keys
        for reference in _reference(shown, key, target)
    ]


def _reference(shown: Shown, key: ForeignKey, target: Shown) -> Iterable[Reference]:
    if (key.schema, key.table) != (target.table.schema, target.table.name):
        return
    own, theirs = _names(shown), _names(target)
    if own.keys() >= set(key.columns) and theirs.keys() >= set(key.referenced):
        yield Reference(
            tuple(own[each] for each in key.columns), target, tuple(theirs[each] for each in key.referenced)
        )


def _names(shown: Shown) -> Mapping[str, str]:
    """The names that callers use, by HANA's."""
    return {column.name: name for name, column in shown.columns.items()}


class Labels:
    """Reads what the rows are called that foreign keys point to, one statement for each foreign key."""

    def __init__(self, reader: Reader, caller: Caller, patience: Patience) -> None:
        self._reader, self._caller, self._patience = reader, caller, patience

    def read(self, reference: Reference, keys: Iterable[Key]) -> Mapping[Key, Named] | None:
        """The names of rows by their keys; what the caller may not see is missing. None if it took too long.

        Keys with a null point nowhere. Raises QueryError or DataError.
        """
        wanted = {hashable(key) for key in keys if None not in key}
        if not wanted:
            return {}
        found = self._patience.ask(partial(self._ask, reference, sorted(wanted, key=repr)))
        return None if found is None else dict(_named(reference, found))

    def _ask(self, reference: Reference, keys: Sequence[Key], timeout: int) -> Result:
        columns = [reference.target.columns[name] for name in reference.referenced]
        literals = [_literals(reference.referenced, columns, key) for key in keys]
        select = dict.fromkeys([*reference.referenced, *filter(None, [reference.label])])
        target = reference.target
        return self._reader.rows(self._caller, target, literals, ",".join(select), timeout=timeout)


def hashable(key: Sequence[Any]) -> Key:
    """A key as it is compared: hdbcli gives binary values as memoryviews."""
    return tuple(bytes(each) if isinstance(each, memoryview | bytearray) else each for each in key)


def key_address(shown: Shown, values: Sequence[Any]) -> str:
    """The address of the record with a key, from the root; "" for an object without one."""
    if not shown.table.key:
        return ""
    return addresses.record(shown.name, addresses.write_key(key_columns(shown), values))


def key_columns(shown: Shown) -> list[Column]:
    by_name = {column.name: column for column in shown.table.columns}
    return [by_name[name] for name in shown.table.key]


def _literals(names: Sequence[str], columns: Sequence[Column], key: Key) -> dict[str, Literal]:
    pairs = zip(names, columns, key, strict=True)
    return {name: addresses.literal(value, column) for name, column, value in pairs}


def _named(reference: Reference, found: Result) -> Iterable[tuple[Key, Named]]:
    places = {name: place for place, (name, _) in enumerate(found.columns)}
    columns = [reference.target.columns[name] for name in reference.referenced]
    for row in found.rows:
        key = hashable([row[places[name]] for name in reference.referenced])
        label = row[places[reference.label]] if reference.label else None
        if not label:
            label = ", ".join(addresses.plain(*pair) for pair in zip(key, columns, strict=True))
        elif len(label) > LONGEST_TEXT:
            label = f"{label[:LONGEST_TEXT].rstrip()}…"
        yield key, Named(label, key_address(reference.target, [row[place] for place in found.key]))
