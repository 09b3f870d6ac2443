"""Puts a table into the form of another CREATE TABLE, as HDI does with a changed .hdbtable file.

Columns are the same where their names are: they keep their values, converted where the type is another one. A
new column gets its default. What refers to the table (foreign keys, indexes) goes on doing so.
"""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import INVALID_COLUMN, STILL_IN_USE, HanaError, not_supported
from localcloud.hana.sql.catalogue.catalogue import Column, KeyConstraint, Table
from localcloud.hana.sql.compiler.conversions import checked
from localcloud.hana.sql.compiler.dml import default_sql
from localcloud.hana.sql.compiler.fragments import Context, Fragment
from localcloud.hana.sql.parser import tree

from .alter_table import rebuild
from .catalogue_change import CatalogueChange
from .create_table import add_constraint, check_names, create_table, new_column


def redefine_table(made: CatalogueChange, node: tree.CreateTable) -> None:
    """Change the table of this name, or make it; 417 where a key goes that a foreign key needs."""
    old = made.catalogue.objects.get(made.key(node.path))
    if not isinstance(old, Table):
        create_table(made, node)
        return
    if node.like is not None or node.query is not None:
        raise not_supported("a changed table that is made LIKE another or AS a query", node.at)
    made.demand("ALTER", old.schema, old.name, node.path.at)
    if "TEMPORARY" in f"{old.kind} {node.kind}":
        _replace(made, old, node)
        return
    new = _form(made, old, node)
    _check_referenced(made, old, new)
    if new != old:
        rebuild(made, old, new, _fillers(made, old, new, node))


def _replace(made: CatalogueChange, old: Table, node: tree.CreateTable) -> None:
    """A temporary table keeps no rows."""
    made.steps.append(f"DROP TABLE {old.sql}")
    made.catalogue = made.catalogue.with_objects(without=[old.key])
    create_table(made, node)


def _form(made: CatalogueChange, old: Table, node: tree.CreateTable) -> Table:
    check_names(tuple(each.name for each in node.columns), node.at)
    columns, next_column = list[Column](), old.next_column
    for each in node.columns:
        same = old.column(each.name)
        column = new_column(made, each, same.id if same is not None else next_column)
        next_column += same is None
        columns.append(column if same is None else _counting(made, same, column))
    kept = {column.identity for column in columns}
    gone = [each.identity for each in old.columns if each.identity is not None]
    made.gone_sequences += [each for each in gone if each not in kept]
    new = replace(
        old,
        kind=node.kind,
        columns=tuple(columns),
        keys=(),
        references=(),
        checks=(),
        comment=node.comment,
        next_column=next_column,
    )
    for constraint in node.constraints:
        new = add_constraint(made, new, constraint)
    _check_indexes(new)
    return replace(new, keys=tuple(_named_as_before(old, key) for key in new.keys))


def _counting(made: CatalogueChange, old: Column, new: Column) -> Column:
    """An identity column goes on counting where its options are the same."""
    if old.identity is None or new.identity is None or old.identity_options != new.identity_options:
        return new
    made.new_sequences = [each for each in made.new_sequences if each[0] != new.identity]
    return replace(new, identity=old.identity)


def _named_as_before(old: Table, key: KeyConstraint) -> KeyConstraint:
    """A key whose name was made up keeps the name that was made up first."""
    if not key.name.startswith("_SYS_TREE_"):
        return key
    same = (each for each in old.keys if (each.columns, each.primary) == (key.columns, key.primary))
    return next(same, key)


def _check_indexes(new: Table) -> None:
    known = {column.id for column in new.columns}
    for index in new.indexes:
        if not {id_ for id_, _ in index.columns} <= known:
            raise HanaError(
                INVALID_COLUMN, f"invalid column name: a column of the index {index.name} is gone"
            )


def _check_referenced(made: CatalogueChange, old: Table, new: Table) -> None:
    unique = [set(key.columns) for key in new.keys]
    unique += [{id_ for id_, _ in index.columns} for index in new.indexes if index.unique]
    for other in made.catalogue.objects.values():
        if not isinstance(other, Table) or other.key == old.key:
            continue
        for reference in other.references:
            if reference.table == old.key and set(reference.referenced) not in unique:
                raise HanaError(STILL_IN_USE, f"can't change: referenced by {reference.name} of {other.name}")


def _fillers(made: CatalogueChange, old: Table, new: Table, node: tree.CreateTable) -> dict[int, str]:
    """What columns get that are new, or of another type than before."""
    context = Context(made.catalogue, made.schema, made.user, [])
    known = {column.id: column for column in old.columns}
    places = {column.name: column.at for column in node.columns}
    fillers = {}
    for column in new.columns:
        before = known.get(column.id)
        if column.generated is not None:
            continue
        if before is None:
            fillers[column.id] = default_sql(context, column)
        elif before.type != column.type:
            value, at = Fragment(before.sql, before.type), places[column.name]
            fillers[column.id] = checked(context, value, column.type, at).sql
    return fillers
