"""Saves the catalogue in the database's own file, as JSON, and loads it: nothing that is loaded can run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from itertools import repeat
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from localcloud.hana.model import TypeCode
from localcloud.hana.sql.catalogue.catalogue import (
    DUMMY,
    Catalogue,
    CatalogueObject,
    DatabaseUser,
    Grants,
    Role,
    Sequence,
    Synonym,
    Table,
    View,
)
from localcloud.hana.sql.parser.tree import Identity

from .sequences import Sequences
from .store import Store

_CLASSES: dict[str, type[Any]] = {each.__name__: each for each in (Table, View, Sequence, Synonym)}
_EMPTY: dict[str, Any] = {"version": 0, "next_id": 1, "schemas": {}, "users": []}


def save(store: Store, old: Catalogue, new: Catalogue) -> None:
    """Write what differs between two catalogues, within the transaction that is open."""
    users = [
        [user.name, user.administrator, sorted(user.grants), sorted(user.roles)]
        for user in new.users.values()
    ]
    roles = [[role.name, sorted(role.grants)] for role in new.roles.values()]
    head = {"version": new.version, "next_id": new.next_id, "schemas": new.schemas}
    head |= {"users": users, "roles": roles}
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
    documents = [json.loads(document) for document in found.values()]
    made: list[CatalogueObject] = [_built(_CLASSES[each.pop("class")], each) for each in documents]
    objects = {each.key: each for each in made}
    # A file that an earlier version made knows no roles.
    roles = {name: Role(name, _grants(grants)) for name, grants in head.get("roles", [])}
    users = {
        name: DatabaseUser(name, administrator, _grants(grants), frozenset(*held))
        for name, administrator, grants, *held in head["users"]
    }
    counters = dict(store.execute("SELECT id, value FROM hana_sequences").fetchall())
    for id_, options in _counters(objects.values()):
        sequences.add(id_, options, counters.get(id_))
    return Catalogue(head["version"], head["next_id"], head["schemas"], objects, users, roles)


def _grants(listed: list[list[str]]) -> Grants:
    return frozenset((schema, name, privilege) for schema, name, privilege in listed)


def _counters(objects: Iterable[CatalogueObject]) -> Iterator[tuple[int, Identity]]:
    for each in objects:
        if isinstance(each, Sequence):
            yield each.id, each.options
        elif isinstance(each, Table):
            for column in each.columns:
                if column.identity is not None:
                    yield column.identity, column.identity_options or Identity()


_hints = lru_cache(maxsize=None)(get_type_hints)


def _built(hint: Any, data: Any) -> Any:
    """A part of the catalogue built from its JSON, by its annotation."""
    if data is None:
        return None
    if isinstance(hint, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if isinstance(hint, type) and is_dataclass(hint):
        parts = {name: _built(_hints(hint)[name], value) for name, value in data.items()}
        return hint(**parts)
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        each = repeat(kinds[0], len(data)) if kinds[-1] is Ellipsis else kinds
        return tuple(map(_built, each, data))
    return TypeCode(data) if hint is TypeCode else data
