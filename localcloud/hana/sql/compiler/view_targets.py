"""The table behind a view that can be written through: one table, plain columns, maybe a condition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcloud.hana.errors import not_supported
from localcloud.hana.sql.catalogue.catalogue import Column, Table, View
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse_query

from . import conditions
from .fragments import Context, Scope
from .from_clause import demand, table_relation


@dataclass(frozen=True, slots=True)
class ViewTarget(Table):
    """A table as a view shows it: its columns have the view's names, or none where it does not show them."""

    base: Table | None = None
    view: View | None = None
    condition: tree.Expression | None = None
    names: tuple[tuple[str, ...], ...] = ()
    """By which names the condition knows the table."""


def view_target(context: Context, view: View, privileges: tuple[str, ...], at: int) -> ViewTarget:
    """The table behind a view; 7 names the view that HANA could not, or we do not, write through."""
    for privilege in privileges:
        demand(context, privilege, view, at)
    node = parse_query(view.text)
    select = node.body
    if (
        not isinstance(select, tree.Select)
        or not isinstance(select.source, tree.NamedTable)
        or select.distinct
        or select.groups
        or select.having
        or node.common
        or node.limit
        or select.top
        or view.parameters
    ):
        raise not_supported(f"changing rows through view {view.name}, which is no plain one", at)
    path = select.source.path
    found = context.catalogue.follow(context.catalogue.find(path, view.written_in))
    if not isinstance(found, Table):
        raise not_supported(f"changing rows through view {view.name}, which is of no table", at)
    for privilege in privileges:
        context.catalogue.demand(view.owner, privilege, found.schema, found.name, at)
    shown = _shown(view, select.items, found, at)
    columns = tuple(replace(each, name=shown.get(each.id, "")) for each in found.columns)
    alias = select.source.alias
    names: tuple[tuple[str, ...], ...] = ((alias or path.name,),)
    if alias is None:
        names += ((found.schema, found.name),)
    return ViewTarget(
        found.id,
        view.schema,
        view.name,
        found.kind,
        columns,
        found.keys,
        found.references,
        found.checks,
        found.indexes,
        found.comment,
        found.next_column,
        found.instance,
        base=found,
        view=view,
        condition=select.where,
        names=names,
    )


def _shown(view: View, items: tuple[tree.SelectItem, ...], table: Table, at: int) -> dict[int, str]:
    """What the view calls the columns of the table."""
    found: list[Column | None] = []
    for item in items:
        if isinstance(item.expression, tree.Star):
            found += table.columns
        elif isinstance(item.expression, tree.ColumnName):
            found.append(table.column(item.expression.name))
        else:
            found.append(None)
    shown: dict[int, str] = {}
    for column, outside in zip(found, view.columns, strict=True):
        if column is not None:
            shown.setdefault(column.id, outside.name)
    if not shown:
        raise not_supported(f"changing rows through view {view.name}, which shows no column", at)
    return shown


def visible(context: Context, table: Table, alias: str) -> str:
    """The condition of the rows that a view shows, to be joined with another; empty for a table."""
    if not isinstance(table, ViewTarget) or table.condition is None:
        return ""
    assert table.base is not None
    assert table.view is not None
    inside = replace(context, schema=table.view.written_in, user=table.view.owner, common={}, markers=[])
    scope = Scope([table_relation(table.base, alias, table.names)])
    found = conditions.condition(inside, scope, table.condition)
    context.names = inside.names
    return f" AND ({found})"
