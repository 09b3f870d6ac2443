"""The table behind a view that can be written through: one table, plain columns, maybe a condition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcloud.hana.errors import INVALIDATED_VIEW, VIEW_NOT_UPDATABLE, HanaError, not_supported
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
    shown: tuple[Column, ...] = ()
    """The columns in the order in which the view shows them."""
    names: tuple[tuple[str, ...], ...] = ()
    """By which names the condition knows the table."""


def view_target(context: Context, view: View, privileges: tuple[str, ...], at: int) -> ViewTarget:
    """The table behind a view; 361 where HANA changes no rows through it, 7 where only we do not.

    The rules: SAP HANA SQL Reference, CREATE VIEW, "Updatable Views".
    """
    for privilege in privileges:
        demand(context, privilege, view, at)
    node = parse_query(view.text)
    select = node.body
    if not isinstance(select, tree.Select) or _is_no_table(node, select):
        raise _not_updatable(view, at)
    if not isinstance(select.source, tree.NamedTable) or node.common or view.parameters:
        raise not_supported(f"changing rows through view {view.name}, which is no plain one", at)
    path = select.source.path
    found = context.catalogue.follow(context.catalogue.find(path, view.written_in))
    if not isinstance(found, Table):
        raise not_supported(f"changing rows through view {view.name}, which is of no table", at)
    for privilege in privileges:
        context.catalogue.demand(view.owner, privilege, found.schema, found.name, at)
    shown = _shown(view, select.items, found, at)
    names_of = {each.id: each.name for each in shown}
    columns = tuple(replace(each, name=names_of.get(each.id, "")) for each in found.columns)
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
        shown=shown,
        names=names,
    )


def _is_no_table(node: tree.Query, select: tree.Select) -> bool:
    """Whether the rows are others than those of one table."""
    groups = select.distinct or select.groups or select.having is not None
    cut = node.order or node.limit is not None or node.offset is not None or select.top is not None
    return bool(groups or cut or isinstance(select.source, tree.Join))


def _not_updatable(view: View, at: int) -> HanaError:
    text = f"data manipulation operation not legal on this view: {view.name}"
    return HanaError(VIEW_NOT_UPDATABLE, text, at)


def _shown(view: View, items: tuple[tree.SelectItem, ...], table: Table, at: int) -> tuple[Column, ...]:
    """The columns of the table, as the view calls them: 361 where one of the view's is computed.

    391 where the table has lost a column that the view shows; a new one is not shown.
    """
    found: list[Column] = []
    names: list[str] = []
    for item in items:
        if isinstance(item.expression, tree.Star):
            found += table.columns
            names += [each.name for each in table.columns]
            continue
        name = item.expression.name if isinstance(item.expression, tree.ColumnName) else ""
        column = table.column(name)
        if column is None:
            raise _not_updatable(view, at)
        if column in found:
            raise not_supported(f"changing rows through view {view.name}, which shows a column twice", at)
        found.append(column)
        names.append(item.alias or name)
    shown = len(view.columns)
    if names[:shown] != [each.source for each in view.columns]:
        raise HanaError(INVALIDATED_VIEW, f"invalidated view: {view.name}", at)
    return tuple(
        replace(column, name=outside.name)
        for column, outside in zip(found[:shown], view.columns, strict=True)
    )


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
