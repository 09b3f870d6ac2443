"""References on a page: which rows foreign keys point to, what these are called, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokonoma.data.columns import Column
from tokonoma.data.labels import MOST
from tokonoma.data.names import legal
from tokonoma.data.policy.access import AccessControl, Shown
from tokonoma.data.reader import Caller, Reader
from tokonoma.data.references import incoming, outgoing
from tokonoma.errors import ObjectUnknown

from . import addresses
from .budget import STATEMENT_SECONDS, Budget
from .cell_html import LONGEST_TEXT

Key = tuple[Any, ...]
"""Values of the columns of a foreign key, in its order."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key whose columns and target the caller may see, by the names that callers use."""

    columns: tuple[str, ...]
    target: Shown
    referenced: tuple[str, ...]
    """Columns of the target, in the order of `columns`."""


@dataclass(frozen=True, slots=True)
class Named:
    """A row that is pointed to: what it is called, and its address from the root; "" without a key."""

    label: str
    address: str


def pointing_out(control: AccessControl, caller: Caller, shown: Shown) -> list[Reference]:
    """What an object points to. Raises CatalogueUnavailable or HanaError."""
    objects: dict[str, Shown] = {}
    for key in shown.table.foreign_keys:
        # All objects of a large schema would be too many to look through for each page.
        try:
            target = control.object(caller, legal(key.table))
        except ObjectUnknown:
            continue
        objects[target.name] = target
    return [
        Reference(link.columns, objects[link.target], link.referenced) for link in outgoing(objects, shown)
    ]


def pointing_in(control: AccessControl, caller: Caller, shown: Shown) -> list[tuple[Shown, Reference]]:
    """What points to an object: the other object, and its reference. Raises as `pointing_out`."""
    objects = control.objects(caller)
    found = [
        (objects[link.source], Reference(link.columns, shown, link.referenced))
        for link in incoming(objects, shown)
    ]
    return sorted(found, key=lambda each: each[0].label.casefold())


class Labels:
    """Reads what the rows are called that foreign keys point to, one statement for each foreign key."""

    def __init__(self, reader: Reader, caller: Caller, budget: Budget) -> None:
        self._reader, self._caller, self._budget = reader, caller, budget

    def read(self, reference: Reference, keys: Iterable[Key]) -> Mapping[Key, Named] | None:
        """The names of rows by their keys, of `MOST` at most.

        What the caller may not see, or has no name, is missing. None if it took too long. Raises QueryError
        or DataError.
        """
        wanted = list(dict.fromkeys(hashable(key) for key in keys if None not in key))[:MOST]
        if not wanted:
            return {}
        found = self._budget.read(
            lambda: self._reader.labels(
                self._caller,
                reference.target,
                wanted,
                by=reference.referenced,
                timeout=STATEMENT_SECONDS,
            )
        )
        if found is None:
            return None
        told = {key: label for key, label in found.items() if label.strip()}
        return {key: Named(_short(label), _address(reference, key)) for key, label in told.items()}


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


def _address(reference: Reference, key: Key) -> str:
    """The address of the row that a key points to, if what it is pointed to by is its key."""
    values = {
        reference.target.columns[name].name: value
        for name, value in zip(reference.referenced, key, strict=True)
    }
    own = reference.target.table.key
    return key_address(reference.target, [values[name] for name in own]) if values.keys() == set(own) else ""


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_TEXT else f"{label[:LONGEST_TEXT].rstrip()}…"
