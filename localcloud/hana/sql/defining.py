"""Executes definitions: from a catalogue to the next one, and the sqlite statements that go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from localcloud.hana.errors import DUPLICATE_SCHEMA, DUPLICATE_TABLE, INVALID_COLUMN, HanaError, not_supported

from . import physical
from .catalogue import (
    SYSTEM_SCHEMAS,
    Catalogue,
    Check,
    Column,
    Key,
    KeyConstraint,
    Reference,
    Sequence,
    Synonym,
    Table,
    View,
    missing_schema,
    missing_table,
)
from .reading import tree

DUPLICATE_COLUMN = 272
SECOND_PRIMARY_KEY = 294
NO_MATCHING_KEY = 365
STILL_IN_USE = 417


@dataclass
class Definition:
    """A change of the catalogue while it is being worked out."""

    catalogue: Catalogue
    schema: str
    user: str
    steps: list[str] = field(default_factory=list)
    rebuilt: bool = False
    """Whether tables are made anew, which sqlite allows only with foreign keys off."""
    new_sequences: list[tuple[int, tree.Identity]] = field(default_factory=list)
    gone_sequences: list[int] = field(default_factory=list)
    changed_sequences: list[tuple[int, tree.Identity, int | None]] = field(default_factory=list)

    def new_id(self) -> int:
        self.catalogue = self.catalogue.with_next_id(self.catalogue.next_id + 1)
        return self.catalogue.next_id - 1

    def key(self, path: tree.Path) -> Key:
        """Schema and name of an object that is to be made; its schema must be there."""
        if len(path.parts) == 2:
            if path.parts[0] not in self.catalogue.schemas:
                raise missing_schema(path.parts[0], path.at)
            return path.parts[0], path.parts[1]
        return self.schema, path.name

    def demand_owner(self, schema: str) -> None:
        self.catalogue.demand(self.user, "CREATE ANY", schema, "")

    def demand_new(self, path: tree.Path) -> Key:
        """The key of a new object; 288 if there is one of that name."""
        key = self.key(path)
        if not path.name.startswith("#"):
            self.demand_owner(key[0])
        if key in self.catalogue.objects:
            raise HanaError(DUPLICATE_TABLE, f"cannot use duplicate table name: {key[1]}", path.at)
        return key


def define(made: Definition, node: tree.Definition) -> None:
    """Work a definition out."""
    worker = _WORKERS.get(type(node))
    if worker is None:
        raise not_supported(type(node).__name__, node.at)
    worker(made, node)


def _create_schema(made: Definition, node: tree.CreateSchema) -> None:
    if node.name in made.catalogue.schemas:
        if node.if_not_exists:
            return
        raise HanaError(DUPLICATE_SCHEMA, f"cannot use duplicate schema name: {node.name}", node.at)
    known = made.catalogue.users.get(made.user)
    if known is None or not known.administrator:
        raise HanaError(258, "insufficient privilege: Not authorized to CREATE SCHEMA", node.at)
    made.catalogue = made.catalogue.with_schema(node.name, node.owner or made.user)


def _create_table(made: Definition, node: tree.CreateTable) -> None:
    if node.if_not_exists and made.key(node.path) in made.catalogue.objects:
        return
    if node.kind == "GLOBAL TEMPORARY":
        raise not_supported("global temporary tables", node.at)
    key = made.demand_new(node.path)
    if node.like is not None or node.query is not None:
        raise not_supported("CREATE TABLE … LIKE and AS", node.at)
    table = Table(made.new_id(), *key, node.kind, (), comment=node.comment)
    table = add_columns(made, table, node.columns)
    for constraint in node.constraints:
        table = add_constraint(made, table, constraint)
    made.catalogue = made.catalogue.with_objects(table)
    made.steps += physical.create_sql(made.catalogue, table)


def add_columns(made: Definition, table: Table, nodes: tuple[tree.ColumnDefinition, ...]) -> Table:
    """The table with more columns at its end."""
    columns, next_column = list(table.columns), table.next_column
    for node in nodes:
        if any(each.name == node.name for each in columns):
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {node.name}", node.at)
        columns.append(_column(made, node, next_column))
        next_column += 1
    return replace(table, columns=tuple(columns), next_column=next_column)


def _column(made: Definition, node: tree.ColumnDefinition, id_: int) -> Column:
    identity = None
    if node.identity is not None:
        identity = made.new_id()
        made.new_sequences.append((identity, node.identity))
    return Column(
        id_,
        node.name,
        node.type,
        node.nullable,
        node.default_sql,
        node.default_text,
        identity,
        node.identity,
        node.generated_text or None,
        node.comment,
    )


def column_ids(table: Table, names: tuple[str, ...], at: int) -> tuple[int, ...]:
    found = []
    for name in names:
        column = table.column(name)
        if column is None:
            raise HanaError(INVALID_COLUMN, f"invalid column name: {name}", at)
        if column.id in found:
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {name}", at)
        found.append(column.id)
    return tuple(found)


def add_constraint(made: Definition, table: Table, node: tree.ConstraintDefinition) -> Table:
    """The table with one more constraint."""
    if isinstance(node, tree.KeyDefinition):
        return _add_key(made, table, node)
    if isinstance(node, tree.ReferenceDefinition):
        return replace(table, references=(*table.references, _reference(made, table, node)))
    name = node.name or f"_SYS_CHECK_#{table.id}_#{made.new_id()}"
    return replace(table, checks=(*table.checks, Check(name, node.text)))


def _add_key(made: Definition, table: Table, node: tree.KeyDefinition) -> Table:
    ids = column_ids(table, node.columns, node.at)
    if node.primary and table.primary_key is not None:
        raise HanaError(SECOND_PRIMARY_KEY, "cannot have more than one primary key", node.at)
    prefix = "_SYS_TREE_CS_#" if len(ids) == 1 else "_SYS_TREE_CM_#"
    name = node.name or f"{prefix}{table.id}_#{made.new_id()}"
    columns = table.columns
    if node.primary:
        columns = tuple(replace(each, nullable=False) if each.id in ids else each for each in columns)
    key = KeyConstraint(name, ids, node.primary)
    return replace(table, columns=columns, keys=(*table.keys, key))


def _reference(made: Definition, table: Table, node: tree.ReferenceDefinition) -> Reference:
    ids = column_ids(table, node.columns, node.at)
    key = made.key(node.table)
    parent = table if key == table.key else made.catalogue.objects.get(key)
    if not isinstance(parent, Table):
        raise missing_table(node.table, made.schema)
    if parent is not table:
        made.catalogue.demand(made.user, "REFERENCES", parent.schema, parent.name)
    if node.referenced:
        referenced = column_ids(parent, node.referenced, node.at)
    elif parent.primary_key is not None:
        referenced = parent.primary_key.columns
    else:
        raise HanaError(366, "referenced table does not have a primary key", node.at)
    unique = [set(each.columns) for each in parent.keys]
    unique += [{id_ for id_, _ in index.columns} for index in parent.indexes if index.unique]
    if set(referenced) not in unique:
        raise HanaError(NO_MATCHING_KEY, "no matching unique or primary key for this column list", node.at)
    if len(ids) != len(referenced):
        raise HanaError(367, "number of referencing columns must match referenced columns", node.at)
    name = node.name or f"_SYS_FOREIGN_KEY_#{table.id}_#{made.new_id()}"
    return Reference(name, ids, key, referenced, node.on_update, node.on_delete)


_KIND_OF = {"TABLE": Table, "VIEW": View, "SEQUENCE": Sequence, "SYNONYM": Synonym}
_MISSING_CODE = {"TABLE": 259, "VIEW": 321, "SEQUENCE": 313, "SYNONYM": 315}


def _drop(made: Definition, node: tree.Drop) -> None:
    if node.kind == "SCHEMA":
        _drop_schema(made, node)
        return
    if node.kind not in _KIND_OF:
        raise not_supported(f"DROP {node.kind}", node.at)
    found = made.catalogue.find(node.path, made.schema)
    if found is None or not isinstance(found, _KIND_OF[node.kind]):
        if node.if_exists:
            return
        if node.kind == "TABLE":
            raise missing_table(node.path, made.schema)
        raise HanaError(
            _MISSING_CODE[node.kind], f"invalid {node.kind.lower()} name: {node.path.name}", node.path.at
        )
    if not (isinstance(found, Table) and found.temporary):
        made.catalogue.demand(made.user, "DROP", found.schema, found.name)
    remove(made, found.key, bool(node.cascade))


def remove(made: Definition, key: Key, cascade: bool) -> None:
    """Take an object away, with the foreign keys of others if `cascade`."""
    found = made.catalogue.objects[key]
    if isinstance(found, Table):
        _detach(made, found, cascade)
        made.steps.append(f"DROP TABLE {found.sql}")
        made.gone_sequences += [each.identity for each in found.columns if each.identity is not None]
    elif isinstance(found, Sequence):
        made.gone_sequences.append(found.id)
    made.catalogue = made.catalogue.with_objects(without=[key])


def _detach(made: Definition, gone: Table, cascade: bool) -> None:
    for each in list(made.catalogue.objects.values()):
        if not isinstance(each, Table) or each.key == gone.key:
            continue
        kept = tuple(reference for reference in each.references if reference.table != gone.key)
        if len(kept) == len(each.references):
            continue
        if not cascade:
            raise HanaError(
                STILL_IN_USE,
                f"can't drop without CASCADE specification: {gone.name}: referenced by {each.name}",
            )
        rebuild(made, each, replace(each, references=kept))


def rebuild(made: Definition, old: Table, new: Table, fillers: dict[int, str] | None = None) -> None:
    """Lay a table down anew with its rows: sqlite cannot change constraints in place."""
    made.rebuilt = True
    made.catalogue = made.catalogue.with_objects(new)
    scratch = f"{new.sql}_new"
    made.steps += physical.create_sql(made.catalogue, new, scratch)
    made.steps.append(physical.copy_sql(old, new, scratch, fillers or {}))
    made.steps.append(f"DROP TABLE {old.sql}")
    made.steps.append(f"ALTER TABLE {scratch} RENAME TO {new.sql}")
    made.steps += [physical.index_sql(new, index) for index in new.indexes]


def _drop_schema(made: Definition, node: tree.Drop) -> None:
    name = node.path.name
    if name not in made.catalogue.schemas or name in SYSTEM_SCHEMAS:
        if node.if_exists:
            return
        raise missing_schema(name, node.path.at)
    made.demand_owner(name)
    inside = [key for key in made.catalogue.objects if key[0] == name]
    if inside and not node.cascade:
        raise HanaError(STILL_IN_USE, f"can't drop without CASCADE specification: {name}", node.at)
    made.rebuilt = made.rebuilt or bool(inside)
    for key in inside:
        remove(made, key, True)
    schemas = {each: owner for each, owner in made.catalogue.schemas.items() if each != name}
    made.catalogue = replace(made.catalogue, schemas=schemas, version=made.catalogue.version + 1)


_WORKERS: dict[type, Callable[[Definition, Any], None]] = {
    tree.CreateSchema: _create_schema,
    tree.CreateTable: _create_table,
    tree.Drop: _drop,
}
