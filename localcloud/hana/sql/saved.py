"""Keeps the catalogue in the database's own file, as JSON: nothing that is read back can run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from localcloud.hana.model import Type, TypeCode

from .catalogue import (
    DUMMY,
    Catalogue,
    CatalogueObject,
    Check,
    Column,
    Index,
    KeyConstraint,
    Reference,
    Sequence,
    Synonym,
    Table,
    User,
    View,
    ViewColumn,
)
from .reading.tree import Identity
from .sequences import Sequences
from .store import Store

_CLASSES: dict[str, type[Any]] = {each.__name__: each for each in (Table, View, Sequence, Synonym)}
_EMPTY: dict[str, Any] = {"version": 0, "next_id": 1, "schemas": {}, "users": []}
_PARTS: dict[str, type[Any]] = {
    "keys": KeyConstraint,
    "references": Reference,
    "checks": Check,
    "indexes": Index,
}


def save(store: Store, old: Catalogue, new: Catalogue) -> None:
    """Write what differs between two catalogues, within the transaction that is open."""
    users = [[user.name, user.administrator, sorted(user.grants)] for user in new.users.values()]
    head = {"version": new.version, "next_id": new.next_id, "schemas": new.schemas, "users": users}
    store.execute("INSERT OR REPLACE INTO hana_catalogue VALUES (?, ?)", ("", json.dumps(head)))
    for key in old.objects.keys() - new.objects.keys():
        store.execute("DELETE FROM hana_catalogue WHERE name = ?", (json.dumps(key),))
    for key, each in new.objects.items():
        if key != DUMMY and old.objects.get(key) is not each:
            document = json.dumps({"class": type(each).__name__, **asdict(each)})
            store.execute("INSERT OR REPLACE INTO hana_catalogue VALUES (?, ?)", (json.dumps(key), document))


def load(store: Store, sequences: Sequences) -> Catalogue:
    """The catalogue as it was saved, an empty one from a new file; the counters are put where they were."""
    store.execute("CREATE TABLE IF NOT EXISTS hana_catalogue (name PRIMARY KEY, document)")
    store.execute("CREATE TABLE IF NOT EXISTS hana_sequences (id INTEGER PRIMARY KEY, value)")
    found = dict(store.execute("SELECT name, document FROM hana_catalogue").fetchall())
    head = json.loads(found.pop("")) if found else _EMPTY
    objects = {each.key: each for each in map(_object, map(json.loads, found.values()))}
    users = {
        name: User(name, administrator, frozenset((a, b, c) for a, b, c in grants))
        for name, administrator, grants in head["users"]
    }
    counters = dict(store.execute("SELECT id, value FROM hana_sequences").fetchall())
    for id_, options in _counters(objects.values()):
        sequences.add(id_, options, counters.get(id_))
    return Catalogue(head["version"], head["next_id"], head["schemas"], objects, users)


def _counters(objects: Iterable[CatalogueObject]) -> Iterator[tuple[int, Identity]]:
    for each in objects:
        if isinstance(each, Sequence):
            yield each.id, each.options
        elif isinstance(each, Table):
            for column in each.columns:
                if column.identity is not None:
                    yield column.identity, column.identity_options or Identity()


def _object(data: dict[str, Any]) -> CatalogueObject:
    kind = _CLASSES[data.pop("class")]
    if kind is Table:
        data["columns"] = tuple(_column(each) for each in data["columns"])
        for name, part in _PARTS.items():
            data[name] = tuple(part(**_tuples(each)) for each in data[name])
    elif kind is View:
        data["columns"] = tuple(
            ViewColumn(**{**each, "type": _type(each["type"])}) for each in data["columns"]
        )
    elif kind is Sequence:
        data["options"] = Identity(**data["options"])
    elif kind is Synonym:
        data["target"] = tuple(data["target"])
    found: CatalogueObject = kind(**data)
    return found


def _column(data: dict[str, Any]) -> Column:
    data["type"] = _type(data["type"])
    if data["identity_options"] is not None:
        data["identity_options"] = Identity(**data["identity_options"])
    return Column(**data)


def _type(data: dict[str, int]) -> Type:
    return Type(TypeCode(data["code"]), data["length"], data["scale"])


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in data.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list) else value
