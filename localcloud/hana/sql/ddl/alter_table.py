"""ALTER TABLE and RENAME. sqlite changes little in place, so most changes rebuild the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.hana.errors import (
    ALL_COLUMNS_DROPPED,
    CONSTRAINT_COLUMN,
    DUPLICATE_COLUMN,
    DUPLICATE_TABLE,
    INVALID_COLUMN,
    INVALID_OBJECT,
    PRIMARY_KEY_COLUMN,
    STILL_IN_USE,
    HanaError,
    not_supported,
)
from localcloud.hana.sql.catalogue.catalogue import Column, Table
from localcloud.hana.sql.compiler.conversions import checked
from localcloud.hana.sql.compiler.dml import default_sql, parsed_expression
from localcloud.hana.sql.compiler.fragments import Context, Fragment
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.walk import inner

from . import sqlite_tables
from .catalogue_change import CatalogueChange, column_ids
from .create_table import add_columns, add_constraint, new_column


def alter_table(made: CatalogueChange, node: tree.AlterTable) -> None:
    """One change of a table."""
    table = made.table(node.path, "ALTER")
    _ACTIONS[node.action](made, table, node)


def rebuild(made: CatalogueChange, old: Table, new: Table, fillers: dict[int, str] | None = None) -> None:
    """Rebuild a table with its rows; `fillers` are what columns get instead of their old values."""
    made.rebuilt = True
    made.put(new)
    scratch = f"{new.sql}_new"
    made.steps += sqlite_tables.create_sql(made.catalogue, new, scratch)
    made.steps.append(sqlite_tables.copy_sql(old, new, scratch, fillers or {}))
    made.steps.append(f"DROP TABLE {old.sql}")
    made.steps.append(f"ALTER TABLE {scratch} RENAME TO {new.sql}")
    made.steps += [sqlite_tables.index_sql(new, index) for index in new.indexes]


def _context(made: CatalogueChange) -> Context:
    return Context(made.catalogue, made.schema, made.user, [])


def _add_columns(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    changed = add_columns(made, table, node.columns)
    if node.constraint is not None:
        changed = add_constraint(made, changed, node.constraint)
    added = changed.columns[len(table.columns) :]
    fillers = {each.id: default_sql(_context(made), each) for each in added if each.generated is None}
    rebuild(made, table, changed, fillers)


def _alter_columns(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    columns, fillers = list(table.columns), {}
    context = _context(made)
    for change in node.columns:
        old = table.column(change.name)
        if old is None:
            raise HanaError(INVALID_COLUMN, f"invalid column name: {change.name}", change.at)
        if change.identity is not None or change.generated_text:
            raise not_supported("ALTER TABLE … ALTER with GENERATED", change.at)
        new = _altered(made, old, change)
        columns[columns.index(old)] = new
        if new.type != old.type:
            fillers[new.id] = checked(context, Fragment(old.sql, old.type), new.type, change.at).sql
    rebuild(made, table, replace(table, columns=tuple(columns)), fillers)


def _altered(made: CatalogueChange, old: Column, change: tree.ColumnDefinition) -> Column:
    new = new_column(made, change, old.id)
    return replace(
        new,
        nullable=new.nullable and old.nullable if not change.says_null else new.nullable,
        identity=old.identity,
        identity_options=old.identity_options,
        generated=old.generated,
        calculated=old.calculated,
        comment=new.comment or old.comment,
    )


def _drop_columns(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    gone = column_ids(table, node.names, node.at)
    left = tuple(column for column in table.columns if column.id not in gone)
    if not left:
        raise HanaError(ALL_COLUMNS_DROPPED, "cannot drop all columns in a table", node.at)
    for key in table.keys:
        if set(key.columns) & set(gone):
            code = PRIMARY_KEY_COLUMN if key.primary else CONSTRAINT_COLUMN
            raise HanaError(code, f"cannot drop columns of the constraint {key.name}", node.at)
    _check_unused(made, table, gone, node)
    indexes = tuple(index for index in table.indexes if not {id_ for id_, _ in index.columns} & set(gone))
    made.gone_sequences += [
        column.identity for column in table.columns if column.id in gone and column.identity is not None
    ]
    rebuild(made, table, replace(table, columns=left, indexes=indexes))


def _check_unused(made: CatalogueChange, table: Table, gone: tuple[int, ...], node: tree.AlterTable) -> None:
    names = {table.by_id(id_).name for id_ in gone}
    for reference in table.references:
        if set(reference.columns) & set(gone):
            raise HanaError(CONSTRAINT_COLUMN, f"column in the constraint {reference.name}", node.at)
    for text in texts_of(table):
        if names & set(_columns_in(text)):
            raise HanaError(CONSTRAINT_COLUMN, f"column in the expression {text}", node.at)
    for other in made.catalogue.objects.values():
        if isinstance(other, Table) and other.key != table.key:
            for reference in other.references:
                if reference.table == table.key and set(reference.referenced) & set(gone):
                    raise HanaError(CONSTRAINT_COLUMN, f"column in the constraint {reference.name}", node.at)


def texts_of(table: Table) -> list[str]:
    """The expressions of a table that name its columns."""
    generated = [column.generated for column in table.columns if column.generated is not None]
    return [check.condition for check in table.checks] + generated


def _columns_in(text: str) -> list[str]:
    return [each.name for each in inner(parsed_expression(text)) if isinstance(each, tree.ColumnName)]


def _add_constraint(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    assert node.constraint is not None
    name = node.constraint.name
    if name is not None and name in _constraint_names(table):
        raise HanaError(DUPLICATE_TABLE, f"cannot use duplicate constraint name: {name}", node.at)
    rebuild(made, table, add_constraint(made, table, node.constraint))


def _constraint_names(table: Table) -> list[str]:
    keys, references = [key.name for key in table.keys], [each.name for each in table.references]
    return keys + references + [check.name for check in table.checks]


def _drop_constraint(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    (name,) = node.names
    if name not in _constraint_names(table):
        raise HanaError(INVALID_OBJECT, f"invalid object name: {name}", node.at)
    for key in table.keys:
        if key.name == name:
            _check_unreferenced(made, table, set(key.columns), node.at)
    changed = replace(
        table,
        keys=tuple(each for each in table.keys if each.name != name),
        references=tuple(each for each in table.references if each.name != name),
        checks=tuple(each for each in table.checks if each.name != name),
    )
    rebuild(made, table, changed)


def _drop_primary_key(made: CatalogueChange, table: Table, node: tree.AlterTable) -> None:
    key = table.primary_key
    if key is None:
        raise HanaError(INVALID_OBJECT, f"invalid object name: {table.name} has no primary key", node.at)
    _check_unreferenced(made, table, set(key.columns), node.at)
    rebuild(made, table, replace(table, keys=tuple(each for each in table.keys if not each.primary)))


def _check_unreferenced(made: CatalogueChange, table: Table, columns: set[int], at: int) -> None:
    for other in made.catalogue.objects.values():
        if isinstance(other, Table):
            for reference in other.references:
                if reference.table == table.key and set(reference.referenced) == columns:
                    raise HanaError(STILL_IN_USE, f"can't drop: referenced by {reference.name}", at)


_ACTIONS: dict[str, Callable[[CatalogueChange, Table, tree.AlterTable], None]] = {
    "ADD COLUMNS": _add_columns,
    "ALTER COLUMNS": _alter_columns,
    "DROP COLUMNS": _drop_columns,
    "ADD CONSTRAINT": _add_constraint,
    "DROP CONSTRAINT": _drop_constraint,
    "DROP PRIMARY KEY": _drop_primary_key,
}


# RENAME -----------------------------------------------------------------------------------------


def rename(made: CatalogueChange, node: tree.Rename) -> None:
    """RENAME TABLE, COLUMN and INDEX."""
    if node.kind == "TABLE":
        _rename_table(made, node)
    elif node.kind == "COLUMN":
        _rename_column(made, node)
    else:
        raise not_supported(f"RENAME {node.kind}", node.at)


def _rename_table(made: CatalogueChange, node: tree.Rename) -> None:
    if len(node.path.parts) > 2:
        raise made.catalogue.missing(node.path, made.schema)
    table = made.table(node.path, "ALTER")
    key = (table.schema, node.name)
    if key in made.catalogue.objects:
        raise HanaError(DUPLICATE_TABLE, f"cannot use duplicate table name: {node.name}", node.at)
    renamed = [replace(table, name=node.name)]
    for other in made.catalogue.objects.values():
        if isinstance(other, Table) and any(each.table == table.key for each in other.references):
            references = tuple(
                replace(each, table=key) if each.table == table.key else each for each in other.references
            )
            base = renamed.pop(0) if other.key == table.key else other
            renamed.append(replace(base, references=references))
    made.catalogue = made.catalogue.with_objects(*renamed, without=[table.key])


def _rename_column(made: CatalogueChange, node: tree.Rename) -> None:
    *owner, name = node.path.parts
    if not owner:
        raise HanaError(INVALID_COLUMN, f"invalid column name: {name}", node.at)
    table = made.table(tree.Path(tuple(owner), node.at), "ALTER")
    (id_,) = column_ids(table, (name,), node.at)
    if table.column(node.name) is not None:
        raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {node.name}", node.at)
    if any(name in _columns_in(text) for text in texts_of(table)):
        raise not_supported("renaming a column that a check or a generated column uses", node.at)
    columns = tuple(replace(each, name=node.name) if each.id == id_ else each for each in table.columns)
    made.put(replace(table, columns=columns))
