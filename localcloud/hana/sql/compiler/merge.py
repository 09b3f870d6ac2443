"""Compiles UPSERT, REPLACE and MERGE, which sqlite does not have, or has differently."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import not_supported
from localcloud.hana.model import FunctionCode
from localcloud.hana.sql.catalogue.catalogue import Column, KeyConstraint, Table
from localcloud.hana.sql.parser import tree

from . import conditions, dml, from_clause
from .dml import CompiledChange
from .fragments import Context, Field, Relation, Scope
from .view_targets import ViewTarget

_MATCHED = "temp.hana_merge"


def upsert(context: Context, node: tree.Upsert) -> CompiledChange:
    """Without WHERE the primary key decides what is updated; a table without one only gains rows."""
    table = _whole(dml.target(context, node.table, "INSERT", "UPDATE"), node.at)
    made = CompiledChange(FunctionCode.INSERT, table)
    inserted = dml.insertion(context, made, node)
    key = table.primary_key
    if node.where is not None:
        return _upsert_where(context, made, node, inserted)
    made.one_row_each = node.query is None
    if key is None:
        made.add(inserted.sql())
    else:
        made.add(inserted.sql() + _on_conflict(key, inserted.columns, node.query is not None))
    return made


def _whole(table: Table, at: int) -> Table:
    """The table, unless a view shows only some of its rows."""
    if isinstance(table, ViewTarget) and table.condition is not None:
        raise not_supported(f"UPSERT or MERGE through view {table.name}, which has a condition", at)
    return table


def _on_conflict(key: KeyConstraint, columns: list[Column], from_query: bool) -> str:
    listed = ", ".join(f"c{id_}" for id_ in key.columns)
    # a row that consists of its key is still a row that was found
    changed = [column for column in columns if column.id not in key.columns] or columns[:1]
    sets = ", ".join(f"{column.sql} = excluded.{column.sql}" for column in changed)
    # sqlite takes "ON" behind a SELECT for a join's unless there is a WHERE
    return f"{' WHERE true' if from_query else ''} ON CONFLICT ({listed}) DO UPDATE SET {sets}"


def _upsert_where(
    context: Context, made: CompiledChange, node: tree.Upsert, inserted: dml.Insertion
) -> CompiledChange:
    """Insert if no row fits the condition, then update the rows that fit."""
    assert node.where is not None
    alias = context.alias()
    scope = dml.aliased(made.table, None, alias)
    where = conditions.clause(context, scope, node.where)
    given = inserted.values[: len(inserted.columns)]
    missing = f"NOT EXISTS (SELECT 1 FROM {made.table.sql} AS {alias} WHERE {where})"
    made.add(f"{inserted.head()} SELECT {', '.join(inserted.values)} WHERE {missing}")
    sets = ", ".join(f"{column.sql} = {value}" for column, value in zip(inserted.columns, given, strict=True))
    made.add(f"UPDATE {made.table.sql} AS {alias} SET {sets} WHERE {where}")
    made.either = True
    return made


def merge(context: Context, node: tree.Merge) -> CompiledChange:
    """A temporary table of the matches comes first, then the changes, then the new rows."""
    privileges = ["UPDATE"] * (node.update is not None) + ["DELETE"] * node.delete
    privileges += ["INSERT"] * (node.insert_values is not None)
    table = _whole(dml.target(context, node.table, *privileges), node.at)
    made = CompiledChange(FunctionCode.UPDATE, table)
    target_alias = context.alias()
    target = dml.aliased(table, node.alias, target_alias)
    source = Scope()
    source_sql = from_clause.source(context, source, node.source)
    both = Scope([*target.relations, *source.relations])
    on = conditions.clause(context, both, node.condition)
    fields = [each for relation in source.relations for each in relation.fields]
    listed = "".join(f", {each.sql} AS m{number}" for number, each in enumerate(fields))
    made.add(
        f"CREATE TABLE {_MATCHED} AS SELECT {target_alias}.rowid AS matched{listed} "
        f"FROM {source_sql} LEFT JOIN {table.sql} AS {target_alias} ON {on}",
        counted=False,
    )
    matched = Scope([*target.relations, *_kept(source.relations)])
    _matched_steps(context, made, node, matched, target_alias)
    _inserted_step(context, made, node, Scope(_kept(source.relations)))
    made.add(f"DROP TABLE {_MATCHED}", counted=False)
    return made


def _kept(relations: list[Relation]) -> list[Relation]:
    """The source's relations, as the temporary table has them."""
    number = 0
    found: list[Relation] = []
    for relation in relations:
        fields: list[Field] = []
        for each in relation.fields:
            fields.append(replace(each, sql=f"m.m{number}"))
            number += 1
        found.append(Relation(relation.qualifiers, fields))
    return found


def _matched_steps(
    context: Context, made: CompiledChange, node: tree.Merge, scope: Scope, alias: str
) -> None:
    where = f"{alias}.rowid = m.matched"
    if node.update_where is not None:
        where += f" AND {conditions.clause(context, scope, node.update_where)}"
    table = made.table.sql
    if node.update is not None:
        sets = dml.pairs_sql(dml.assigned_pairs(context, made, scope, node.update))
        made.add(f"UPDATE {table} AS {alias} SET {sets} FROM {_MATCHED} AS m WHERE {where}")
    elif node.delete:
        rows = f"SELECT {alias}.rowid FROM {table} AS {alias} JOIN {_MATCHED} AS m ON {where}"
        made.add(f"DELETE FROM {table} WHERE rowid IN ({rows})")


def _inserted_step(context: Context, made: CompiledChange, node: tree.Merge, scope: Scope) -> None:
    if node.insert_values is None:
        return
    inserted = dml.Insertion(context, made, node.insert_columns)
    inserted.give(scope, node.insert_values, node.at)
    where = "m.matched IS NULL"
    if node.insert_where is not None:
        where += f" AND {conditions.clause(context, scope, node.insert_where)}"
    made.add(f"{inserted.head()} SELECT {', '.join(inserted.values)} FROM {_MATCHED} AS m WHERE {where}")
