"""DROP of any kind of object."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import (
    INSUFFICIENT_PRIVILEGE,
    INVALID_INDEX,
    INVALID_SEQUENCE,
    INVALID_SYNONYM,
    INVALID_VIEW,
    STILL_IN_USE,
    HanaError,
    not_supported,
)
from localcloud.hana.sql.catalogue.catalogue import (
    DEPLOYMENT_USER,
    SYSTEM_SCHEMAS,
    Key,
    Sequence,
    Synonym,
    Table,
    View,
    missing_schema,
)
from localcloud.hana.sql.parser import tree

from .alter_table import rebuild
from .catalogue_change import CatalogueChange

_CLASSES = {"TABLE": Table, "VIEW": View, "SEQUENCE": Sequence, "SYNONYM": Synonym}
_MISSING = {"VIEW": INVALID_VIEW, "SEQUENCE": INVALID_SEQUENCE, "SYNONYM": INVALID_SYNONYM}


def drop(made: CatalogueChange, node: tree.Drop) -> None:
    """DROP TABLE, VIEW, SEQUENCE, SYNONYM, INDEX or SCHEMA."""
    if node.kind == "SCHEMA":
        _drop_schema(made, node)
    elif node.kind == "INDEX":
        _drop_index(made, node)
    elif node.kind in _CLASSES:
        _drop_object(made, node)
    else:
        raise not_supported(f"DROP {node.kind}", node.at)


def _drop_object(made: CatalogueChange, node: tree.Drop) -> None:
    found = made.catalogue.find(node.path, made.schema)
    if found is None or not isinstance(found, _CLASSES[node.kind]):
        if node.if_exists:
            return
        if node.kind == "TABLE":
            raise made.catalogue.missing(node.path, made.schema)
        text = f"invalid {node.kind.lower()} name: {node.path.name}"
        missing = HanaError(_MISSING[node.kind], text, node.path.at)
        raise made.catalogue.without_schema(node.path) or missing
    if not (isinstance(found, Table) and found.temporary):
        made.demand("DROP", found.schema, found.name, node.path.at)
    _remove(made, found.key, node.cascade)


def _remove(made: CatalogueChange, key: Key, cascade: bool | None) -> None:
    found = made.catalogue.objects[key]
    if isinstance(found, Table):
        _detach(made, found, bool(cascade))
        made.steps.append(f"DROP TABLE {found.sql}")
        made.gone_sequences += [each.identity for each in found.columns if each.identity is not None]
    elif isinstance(found, Sequence):
        made.gone_sequences.append(found.id)
    made.catalogue = made.catalogue.with_objects(without=[key])


def _detach(made: CatalogueChange, gone: Table, cascade: bool) -> None:
    """Take away the foreign keys that point at a table, if that is allowed."""
    for each in list(made.catalogue.objects.values()):
        if not isinstance(each, Table) or each.key == gone.key:
            continue
        kept = tuple(reference for reference in each.references if reference.table != gone.key)
        if len(kept) == len(each.references):
            continue
        if not cascade:
            text = f"can't drop without CASCADE specification: {gone.name}: referenced by {each.name}"
            raise HanaError(STILL_IN_USE, text)
        rebuild(made, each, replace(each, references=kept))


def _drop_schema(made: CatalogueChange, node: tree.Drop) -> None:
    name = node.path.name
    if name not in made.catalogue.schemas or name in SYSTEM_SCHEMAS:
        if node.if_exists:
            return
        raise missing_schema(name, node.path.at)
    made.demand("DROP", name, "", node.path.at)
    if made.catalogue.schemas.get(f"{name}#DI") == DEPLOYMENT_USER:
        text = f"insufficient privilege: Not authorized: {name} is the schema of a container"
        raise HanaError(INSUFFICIENT_PRIVILEGE, text, node.path.at)
    inside = [key for key in made.catalogue.objects if key[0] == name]
    if inside and not node.cascade:
        raise HanaError(STILL_IN_USE, f"can't drop without CASCADE specification: {name}", node.at)
    made.rebuilt = made.rebuilt or bool(inside)
    for key in inside:
        _remove(made, key, True)
    schemas = {each: owner for each, owner in made.catalogue.schemas.items() if each != name}
    made.catalogue = replace(made.catalogue, schemas=schemas, version=made.catalogue.version + 1)


def _drop_index(made: CatalogueChange, node: tree.Drop) -> None:
    schema = node.path.parts[0] if len(node.path.parts) == 2 else made.schema
    for table in list(made.catalogue.objects.values()):
        if not isinstance(table, Table) or table.schema != schema:
            continue
        for index in table.indexes:
            if index.name == node.path.name:
                made.demand("ALTER", table.schema, table.name, node.path.at)
                made.put(replace(table, indexes=tuple(each for each in table.indexes if each is not index)))
                made.steps.append(f"DROP INDEX i{index.id}")
                return
    if not node.if_exists:
        missing = HanaError(INVALID_INDEX, f"invalid index name: {node.path.name}", node.path.at)
        raise made.catalogue.without_schema(node.path) or missing
