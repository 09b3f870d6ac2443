"""CREATE TABLE in its forms, and TRUNCATE."""

# ruff: noqa: S608 - generated SQL holds names of our own making only

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import (
    DUPLICATE_COLUMN,
    FOREIGN_KEY_REFERENCED,
    NO_MATCHING_KEY,
    NO_PRIMARY_KEY,
    REFERENCE_COUNT,
    SECOND_PRIMARY_KEY,
    HanaError,
)
from localcloud.hana.sql.catalogue.catalogue import (
    Check,
    Column,
    KeyConstraint,
    Reference,
    Table,
    ViewParameter,
)
from localcloud.hana.sql.compiler.fragments import CompiledQuery, Context
from localcloud.hana.sql.compiler.json_tables import stored
from localcloud.hana.sql.compiler.queries import query
from localcloud.hana.sql.compiler.view_parameters import unknown
from localcloud.hana.sql.parser import tree

from . import sqlite_tables
from .catalogue_change import CatalogueChange, column_ids, key_ids
from .checks import check_counter, check_default, check_reference


def create_table(made: CatalogueChange, node: tree.CreateTable) -> None:
    """CREATE TABLE with columns, LIKE another one, or AS a query."""
    if node.if_not_exists and made.key(node.path) in made.catalogue.objects:
        return
    key = made.new_key(node.path)
    table = Table(made.new_id(), *key, node.kind, (), comment=node.comment, emptied=node.emptied)
    filled = ""
    if node.like is not None:
        table, filled = _like(made, node, table)
    elif node.query is not None:
        table, filled = _as_query(made, node, table)
    table = add_columns(made, table, node.columns)
    for constraint in node.constraints:
        table = add_constraint(made, table, constraint)
    made.put(table)
    made.steps += sqlite_tables.create_sql(made.catalogue, table)
    if filled and node.with_data:
        made.steps.append(filled)


def _like(made: CatalogueChange, node: tree.CreateTable, table: Table) -> tuple[Table, str]:
    assert node.like is not None
    sample = made.table(node.like, "SELECT")
    columns = tuple(_own_identity(made, column) for column in sample.columns)
    keys = tuple(replace(key, name=_key_name(made, table, key.columns)) for key in sample.keys)
    table = replace(table, columns=columns, keys=keys, next_column=sample.next_column)
    return table, sqlite_tables.copy_sql(sample, table, table.sql, {})


def _own_identity(made: CatalogueChange, column: Column) -> Column:
    if column.identity is None:
        return column
    id_ = made.new_id()
    made.new_sequences.append((id_, column.identity_options or tree.Identity()))
    return replace(column, identity=id_)


def _as_query(made: CatalogueChange, node: tree.CreateTable, table: Table) -> tuple[Table, str]:
    assert node.query is not None
    compiled = compiled_definition(made, node.query)
    columns = tuple(
        Column(number, each.name, stored(each.type), each.nullable)
        for number, each in enumerate(compiled.fields, 1)
    )
    check_names(tuple(column.name for column in columns), node.at)
    table = replace(table, columns=columns, next_column=len(columns) + 1)
    listed = ", ".join(each.sql for each in columns)
    return table, f"INSERT INTO {table.sql} ({listed}) SELECT * FROM ({compiled.sql})"


def compiled_definition(
    made: CatalogueChange,
    node: tree.Query,
    temporary: bool = True,
    parameters: tuple[ViewParameter, ...] = (),
) -> CompiledQuery:
    """The query of a view or table that is being made; a view sees no temporary tables."""
    catalogue = made.catalogue
    if not temporary:
        hidden = [
            key for key, each in catalogue.objects.items() if isinstance(each, Table) and each.temporary
        ]
        catalogue = catalogue.with_objects(without=hidden)
    context = Context(catalogue, made.schema, made.user, [], variables=unknown(parameters))
    return query(context, None, node)


def check_names(names: tuple[str, ...], at: int) -> None:
    """272 for a column name that is there twice."""
    for name in names:
        if names.count(name) > 1:
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {name}", at)


def add_columns(made: CatalogueChange, table: Table, nodes: tuple[tree.ColumnDefinition, ...]) -> Table:
    """The table with more columns at its end."""
    columns, next_column = list(table.columns), table.next_column
    for node in nodes:
        if any(each.name == node.name for each in columns):
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {node.name}", node.at)
        columns.append(new_column(made, node, next_column))
        next_column += 1
    return replace(table, columns=tuple(columns), next_column=next_column)


def new_column(made: CatalogueChange, node: tree.ColumnDefinition, id_: int) -> Column:
    """A column as it was written; an identity column gets its counter."""
    identity = None
    if node.identity is not None:
        check_counter(node.identity, node.at)
        identity = made.new_id()
        made.new_sequences.append((identity, node.identity))
    column = Column(
        id_,
        node.name,
        made.catalogue.release.declared(node.type),
        node.nullable,
        node.default_sql,
        node.default_text,
        identity,
        node.identity,
        node.generated_text or None,
        node.comment,
        node.calculated,
    )
    check_default(made, column, node.at)
    return column


def add_constraint(made: CatalogueChange, table: Table, node: tree.ConstraintDefinition) -> Table:
    """The table with one more constraint."""
    if isinstance(node, tree.KeyDefinition):
        return _add_key(made, table, node)
    if isinstance(node, tree.ReferenceDefinition):
        return replace(table, references=(*table.references, _reference(made, table, node)))
    name = node.name or f"_SYS_CHECK_#{table.id}_#{made.new_id()}"
    return replace(table, checks=(*table.checks, Check(name, node.text)))


def _key_name(made: CatalogueChange, table: Table, ids: tuple[int, ...]) -> str:
    return f"_SYS_TREE_{'CS' if len(ids) == 1 else 'CM'}_#{table.id}_#{made.new_id()}"


def _add_key(made: CatalogueChange, table: Table, node: tree.KeyDefinition) -> Table:
    ids = key_ids(table, node.columns, node.at)
    if node.primary and table.primary_key is not None:
        raise HanaError(SECOND_PRIMARY_KEY, "cannot have more than one primary key", node.at)
    columns = table.columns
    if node.primary:
        columns = tuple(replace(each, nullable=False) if each.id in ids else each for each in columns)
    key = KeyConstraint(node.name or _key_name(made, table, ids), ids, node.primary)
    return replace(table, columns=columns, keys=(*table.keys, key))


def _reference(made: CatalogueChange, table: Table, node: tree.ReferenceDefinition) -> Reference:
    ids = column_ids(table, node.columns, node.at)
    key = made.key(node.table)
    parent = table if key == table.key else made.catalogue.objects.get(key)
    if not isinstance(parent, Table):
        raise made.catalogue.missing(node.table, made.schema)
    if parent is not table:
        made.demand("REFERENCES", parent.schema, parent.name, node.table.at)
    if node.referenced:
        referenced = column_ids(parent, node.referenced, node.at)
    elif parent.primary_key is not None:
        referenced = parent.primary_key.columns
    else:
        raise HanaError(NO_PRIMARY_KEY, "referenced table does not have a primary key", node.at)
    unique = [set(each.columns) for each in parent.keys]
    unique += [{id_ for id_, _ in index.columns} for index in parent.indexes if index.unique]
    if set(referenced) not in unique:
        raise HanaError(NO_MATCHING_KEY, "no matching unique or primary key for this column list", node.at)
    if len(ids) != len(referenced):
        raise HanaError(
            REFERENCE_COUNT, "number of referencing columns must match referenced columns", node.at
        )
    for own, other in zip(ids, referenced, strict=True):
        check_reference(table.by_id(own), parent.by_id(other), node.at)
    name = node.name or f"_SYS_FOREIGN_KEY_#{table.id}_#{made.new_id()}"
    return Reference(name, ids, key, referenced, node.on_update, node.on_delete)


def truncate(made: CatalogueChange, node: tree.Truncate) -> None:
    """TRUNCATE deletes all rows, but none that others refer to (462); it cannot be rolled back."""
    table = made.table(node.path, "DELETE")
    for other in made.catalogue.objects.values():
        refers = isinstance(other, Table) and any(each.table == table.key for each in other.references)
        if refers and other.key != table.key:
            where = f"Table({other.schema}:{other.name})"
            text = f"failed on update or delete by foreign key constraint violation: {where}"
            raise HanaError(FOREIGN_KEY_REFERENCED, text, node.path.at)
    made.steps.append(f"DELETE FROM {table.sql}")
