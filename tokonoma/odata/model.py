"""The entity model: the objects that a caller may see as entity sets, their columns as properties.

Only what has a key is an entity set (CSDL 4.01, 6.5 and 13.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tokonoma import __version__
from tokonoma.data.columns import LARGE, Column, Kind
from tokonoma.data.names import LONGEST
from tokonoma.data.policy.access import AccessControl, Applied, Asker, Shown

NAMESPACE, CONTAINER = "Tokonoma", "Container"
REMEMBERED = 16
"""Sets of roles whose models are kept, with their metadata documents: these may be some megabytes."""

_TYPES = {
    "BOOLEAN": "Boolean",
    "TINYINT": "Byte",
    "SMALLINT": "Int16",
    "INTEGER": "Int32",
    "BIGINT": "Int64",
    "REAL": "Single",
    "DATE": "Date",
    "TIME": "TimeOfDay",
}
_KINDS = {
    Kind.DECIMAL: "Decimal",
    Kind.DOUBLE: "Double",
    Kind.TEXT: "String",
    Kind.BINARY: "Binary",
    Kind.MOMENT: "DateTimeOffset",
    Kind.LARGE_TEXT: "Stream",
    Kind.LARGE_BINARY: "Stream",
}
_FRACTIONS = {"TIMESTAMP": 7, "SECONDDATE": 0}


@dataclass(frozen=True, slots=True)
class Property:
    """A column of an entity type."""

    name: str
    column: Column
    is_key: bool

    @property
    def type(self) -> str:
        """The primitive type without `Edm.`."""
        if self.is_key and self.column.kind is Kind.BINARY:
            return "String"  # a key cannot be binary: it is the base64url that stands in JSON anyway
        return _TYPES.get(self.column.type) or _KINDS[self.column.kind]

    @property
    def is_large(self) -> bool:
        """Whether it is left out of JSON, and has an address of its own."""
        return self.column.kind in LARGE

    @property
    def is_nullable(self) -> bool:
        return self.column.nullable and not self.is_key

    @property
    def label(self) -> str:
        return self.column.comment or self.column.name

    @property
    def max_length(self) -> int | None:
        binary_key = self.is_key and self.column.kind is Kind.BINARY
        return self.column.length if self.type in ("String", "Binary") and not binary_key else None

    @property
    def precision(self) -> int | None:
        """Digits, or digits of a second."""
        if self.type == "DateTimeOffset":
            return _FRACTIONS.get(self.column.type, 7)
        return self.column.length if self.scale is not None else None

    @property
    def scale(self) -> int | None:
        """Digits behind the point; None for what has none, and for a decimal with any number of them."""
        return self.column.scale if self.column.type == "DECIMAL" and self.column.length else None


@dataclass(frozen=True)
class EntitySet:
    """An object with a key."""

    name: str
    type_name: str
    shown: Shown
    properties: Mapping[str, Property]
    key: tuple[str, ...]

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The properties that stand in JSON."""
        return tuple(name for name, each in self.properties.items() if not each.is_large)


class Model:
    """What the holders of some roles see."""

    def __init__(self, shown: Mapping[str, Shown]) -> None:
        self._shown = {name: each for name, each in shown.items() if each.table.key}
        self._sets: dict[str, EntitySet] = {}
        self.documents: dict[tuple[str, str], bytes] = {}
        """Metadata documents that have been written, by media type and version."""

    @cached_property
    def etag(self) -> str:
        """The ETag of the metadata documents; it changes with everything that they tell."""
        parts = sorted((name, each.fingerprint) for name, each in self._shown.items())
        digest = hashlib.blake2b(repr((__version__, parts)).encode("utf-8", "surrogatepass"), digest_size=12)
        return f'W/"{digest.hexdigest()}"'

    @cached_property
    def _types(self) -> dict[str, str]:
        return _type_names(self._shown.values())

    def set(self, name: str) -> EntitySet | None:
        found = self._sets.get(name)
        if found is None and name in self._shown:
            found = self._sets[name] = _entity_set(self._shown[name], self._types[name])
        return found

    def sets(self) -> list[EntitySet]:
        """All of them, by name."""
        return [each for each in map(self.set, sorted(self._shown)) if each is not None]

    def names(self) -> list[tuple[str, str]]:
        """Names and labels of all sets, by name."""
        return [(name, self._shown[name].label) for name in sorted(self._shown)]


class Models:
    """The models of all callers, each made once. Safe for many threads."""

    def __init__(self, control: AccessControl) -> None:
        self._control = control
        self._models: dict[frozenset[str], tuple[Applied, Model]] = {}

    def of(self, caller: Asker) -> Model:
        """What a caller sees. Raises CatalogueUnavailable or HanaError."""
        roles, applied = self._control.roles(caller), self._control.applied()
        known = self._models.get(roles)
        if known is not None and known[0] is applied:
            return known[1]
        model = Model(self._control.objects(caller))
        if len(self._models) >= REMEMBERED:
            self._models.clear()
        self._models[roles] = applied, model
        return model


def _entity_set(shown: Shown, type_name: str) -> EntitySet:
    names = {column.name: name for name, column in shown.columns.items()}
    key = tuple(names[each] for each in shown.table.key)
    properties = {name: Property(name, column, name in key) for name, column in shown.columns.items()}
    return EntitySet(shown.name, type_name, shown, properties, key)


def _type_names(shown: Iterable[Shown]) -> dict[str, str]:
    """A name for the type of each set, which no property of it and no other type has."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for each in sorted(shown, key=lambda each: each.name):
        avoided = taken | {name.lower() for name in each.columns}
        number, ending = 1, "_Type"
        while (candidate := each.name[: LONGEST - len(ending)] + ending).lower() in avoided:
            number += 1
            ending = f"_Type{number}"
        taken.add(candidate.lower())
        found[each.name] = candidate
    return found
