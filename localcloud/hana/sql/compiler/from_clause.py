"""Compiles FROM: tables, views, subqueries and joins, and the names that they add to the scope."""

# ruff: noqa: S608 - generated SQL holds names of our own making only

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import lru_cache

from localcloud.hana.errors import DUPLICATE_ALIAS, INVALIDATED_VIEW, VIEW_TOO_DEEP, HanaError, not_supported
from localcloud.hana.sql.catalogue.all_views import VIEWS
from localcloud.hana.sql.catalogue.catalogue import DUMMY, Catalogue, Synonym, Table, View
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.expressions import unknown_function
from localcloud.hana.sql.parser.known_names import is_system_view
from localcloud.hana.sql.parser.statements import parse_query
from localcloud.hana.sql.values.types import presented

from . import conditions, expressions, view_parameters
from .fragments import CompiledQuery, Compilers, Context, Field, Fragment, Relation, Scope
from .hierarchies import hierarchy
from .json_tables import json_table
from .series import series

DEEPEST_VIEW = 32
_MOST_MERGED = 16
"""Tables of a subquery that sqlite may merge into the query around it: it joins 64."""
_FULL_JOIN = (3, 39)
_SYSTEM = ((), ("SYS",), ("PUBLIC",))

_parsed_view = lru_cache(maxsize=1024)(parse_query)


def source(context: Context, scope: Scope, node: tree.Source) -> str:
    """The FROM clause; the relations are added to the scope in the order in which `*` shows them."""
    if isinstance(node, tree.Join):
        return _join(context, scope, node)
    if isinstance(node, tree.NamedTable):
        sql, relation = _named(context, node)
    elif isinstance(node, tree.JsonTable):
        sql, relation = json_table(context, scope, node, expressions.value)
    elif isinstance(node, tree.Series):
        around = scope.parent or Scope()
        sql, relation = series(context, node, lambda each: expressions.value(context, around, each))
    elif isinstance(node, tree.Hierarchy | tree.HierarchyNavigation):
        sql, relation = hierarchy(
            context, scope, node, Compilers(expressions.value, conditions.condition, source)
        )
    else:
        sql, relation = _derived(context, scope, node)
    _add(scope, relation, node)
    return sql


def _add(scope: Scope, relation: Relation, node: tree.Source) -> None:
    at = node.path.at if isinstance(node, tree.NamedTable) else node.at
    for name in relation.qualifiers:
        if any(name in each.qualifiers for each in scope.relations):
            raise HanaError(DUPLICATE_ALIAS, f"duplicate alias: {'.'.join(name)}", at)
    scope.relations.append(relation)


def _join(context: Context, scope: Scope, node: tree.Join) -> str:
    start = len(scope.relations)
    left = source(context, scope, node.left)
    middle = len(scope.relations)
    right = source(context, scope, node.right)
    both = Scope(scope.relations[start:], scope.parent, joins=True)
    on = "" if node.condition is None else f" ON {conditions.condition(context, both, node.condition)}"
    if node.kind in ("LEFT", "FULL"):
        _make_nullable(scope, middle, len(scope.relations))
    if node.kind in ("RIGHT", "FULL"):
        _make_nullable(scope, start, middle)
    if isinstance(node.right, tree.Join):
        right = f"({right})"
    if node.kind == "RIGHT":
        left = f"({left})" if isinstance(node.left, tree.Join) else left
        return f"{right} LEFT JOIN {left}{on}"
    if node.kind == "FULL" and sqlite3.sqlite_version_info < _FULL_JOIN:
        raise not_supported(f"FULL JOIN with sqlite {sqlite3.sqlite_version}", node.at)
    # not CROSS JOIN, with which sqlite gives up choosing an order
    word = {"INNER": "JOIN", "CROSS": "JOIN"}.get(node.kind, f"{node.kind} JOIN")
    return f"{left} {word} {right}{on}"


def _make_nullable(scope: Scope, first: int, after: int) -> None:
    for relation in scope.relations[first:after]:
        relation.fields = [replace(each, nullable=True) for each in relation.fields]


def _named(context: Context, node: tree.NamedTable) -> tuple[str, Relation]:
    path = node.path
    if len(path.parts) == 1 and path.name in context.common:
        known = context.common[path.name]
        alias = context.alias()
        fields = _offered(known.fields, alias)
        return f"{known.qualifiers[0][0]} AS {alias}", Relation(((node.alias or path.name,),), fields)
    named = context.catalogue.find(path, context.schema)
    found = context.catalogue.follow(named)
    if found is None:
        parts = context.catalogue.end_of(named) if isinstance(named, Synonym) else path.parts
        if parts[:-1] in _SYSTEM:
            if parts[-1] != DUMMY[1] and (shown := _system_relation(context, node, parts[-1])):
                return shown
            found = context.catalogue.objects[DUMMY] if parts[-1] == DUMMY[1] else None
    if not isinstance(found, Table | View):
        if node.arguments:
            raise unknown_function(path)
        raise context.catalogue.missing(path, context.schema)
    demand(context, "SELECT", found, path.at)
    qualifiers: tuple[tuple[str, ...], ...] = ((node.alias or path.name,),)
    if node.alias is None:
        qualifiers += ((found.schema, found.name),)
    if isinstance(found, View):
        values = view_parameters.given(context, found, node.arguments, path.at, expressions.value)
        return _view(context, found, qualifiers, path.at, values)
    if node.arguments:
        raise unknown_function(path)
    alias = context.alias()
    return f"{found.sql} AS {alias}", table_relation(found, alias, qualifiers)


def _system_relation(context: Context, node: tree.NamedTable, name: str) -> tuple[str, Relation] | None:
    """A view of SYS; None if it has none of that name."""
    if name in VIEWS:
        return _system_view(context, node, name)
    if is_system_view(name):
        raise not_supported(f"system view {name}", node.path.at)
    return None


def _system_view(context: Context, node: tree.NamedTable, name: str) -> tuple[str, Relation]:
    """The rows come as JSON; the LIMIT keeps sqlite from asking for them again for every row of a join."""
    alias = context.alias()
    shown = VIEWS[name].columns
    listed = ", ".join(f"json_extract(value, '$[{index}]') AS v{index}" for index in range(len(shown)))
    fields = [Field(column, f"{alias}.v{index}", type_) for index, (column, type_) in enumerate(shown)]
    sql = f"(SELECT {listed} FROM json_each(hana_system_view('{name}')) LIMIT -1) AS {alias}"
    qualifiers: tuple[tuple[str, ...], ...] = ((node.alias or node.path.name,),)
    if node.alias is None:
        qualifiers += (("SYS", name),)
    return sql, Relation(qualifiers, fields, system_view=name)


def is_valid_view(catalogue: Catalogue, view: View) -> bool:
    """Whether the view can still be compiled: what it selects from may have changed since it was made."""
    try:
        context = Context(catalogue, view.written_in, view.owner, [])
        _view(context, view, ((view.name,),), 0, view_parameters.unknown(view.parameters))
    except HanaError:
        return False
    return True


def demand(context: Context, privilege: str, found: Table | View, at: int) -> None:
    """258 unless the user has the privilege; temporary tables are their session's own."""
    if not (isinstance(found, Table) and found.temporary):
        context.catalogue.demand(context.user, privilege, found.schema, found.name, at)


def table_relation(table: Table, alias: str, qualifiers: tuple[tuple[str, ...], ...]) -> Relation:
    """A table's columns under an alias."""
    fields = [
        Field(
            column.name,
            f"{alias}.{column.sql}",
            presented(column.type),
            column.nullable,
            (table.schema, table.name, column.name),
            column.identity is not None,
        )
        for column in table.columns
    ]
    return Relation(qualifiers, fields)


def _view(
    context: Context,
    view: View,
    qualifiers: tuple[tuple[str, ...], ...],
    at: int,
    values: dict[str, Fragment],
) -> tuple[str, Relation]:
    from .queries import query  # a view is a query, and a query has sources

    if context.depth >= DEEPEST_VIEW:
        raise HanaError(VIEW_TOO_DEEP, f"exceed maximum view depth: {view.name}", at)
    inside = replace(
        context,
        schema=view.written_in,
        user=view.owner,
        common={},
        depth=context.depth + 1,
        markers=[],
        variables=values,
    )
    try:
        compiled = query(inside, None, _parsed_view(view.text))
    except HanaError as error:
        raise HanaError(INVALIDATED_VIEW, f"invalidated view: {view.name}: {error.text}", at) from None
    context.names = inside.names
    context.volatile = context.volatile or inside.volatile
    if any(column.source != each.name for column, each in zip(view.columns, compiled.fields, strict=False)):
        raise HanaError(INVALIDATED_VIEW, f"invalidated view: {view.name}", at)
    alias = context.alias()
    fields = [
        Field(
            column.name,
            f"{alias}.{each.sql}",
            each.type,
            each.nullable,
            (view.schema, view.name, column.name),
        )
        for column, each in zip(view.columns, compiled.fields, strict=False)
    ]
    sql, tables = _merged(compiled)
    return f"({sql}) AS {alias}", Relation(qualifiers, fields, tables)


def _derived(context: Context, scope: Scope, node: tree.DerivedTable) -> tuple[str, Relation]:
    from .queries import query

    compiled = query(context, scope.parent, node.query)
    alias = context.alias()
    qualifiers: tuple[tuple[str, ...], ...] = ((node.alias,),) if node.alias else ()
    sql, tables = _merged(compiled)
    return f"({sql}) AS {alias}", Relation(qualifiers, _offered(compiled.fields, alias), tables)


def _merged(compiled: CompiledQuery) -> tuple[str, int]:
    """A subquery, and as how many tables it counts: as one with a LIMIT, with which sqlite merges none."""
    if compiled.tables <= _MOST_MERGED:
        return compiled.sql, compiled.tables
    return f"SELECT * FROM ({compiled.sql}) LIMIT -1", 1


def _offered(fields: list[Field], alias: str) -> list[Field]:
    """The columns of a subquery, as the query around it sees them: one that was renamed is of no table."""
    return [
        replace(
            each,
            sql=f"{alias}.{each.sql}",
            origin=each.origin if each.origin[2] == each.name else ("", "", each.name),
            pending=None,
        )
        for each in fields
    ]
