"""Compiles queries: the output columns are called o1, o2 … whatever HANA calls them."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.hana.errors import (
    INVALID_COLUMN,
    NOT_ENOUGH_VALUES,
    NOT_GROUPED,
    SYNTAX,
    TOO_MANY_VALUES,
    WRONG_ORDER_ITEM,
    HanaError,
    not_supported,
)
from localcloud.hana.sql.catalogue.catalogue import Table
from localcloud.hana.sql.functions.aggregates import AGGREGATES
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.walk import inner
from localcloud.hana.sql.values import types

from . import conditions, expressions, from_clause
from .conversions import convert, ordered
from .fragments import CompiledQuery, Context, Field, Fragment, Relation, Scope
from .json_results import for_json
from .json_tables import is_one_row
from .set_operations import set_operation

_MOST_MERGED = 20


def query(context: Context, parent: Scope | None, node: tree.Query) -> CompiledQuery:
    """A query with its common tables, order and limit; it may refer to the query around it, `parent`."""
    around, volatile, context.volatile = dict(context.common), context.volatile, False
    locale, context.locale = context.locale, node.locale or context.locale
    prefix = _common(context, parent, node.common)
    if isinstance(node.body, tree.Select):
        compiled = _select(context, parent, node.body, node)
    else:
        compiled = _set_operation(context, parent, node.body)
        order = _order(context, node.order, compiled.fields, _of_no_select)
        if "hana_sort_key" in order:
            # sqlite sorts a set operation by its columns alone
            compiled.sql = f"SELECT * FROM ({compiled.sql})"
        compiled.sql += order
    limit = node.limit
    if isinstance(node.body, tree.Select) and node.body.top is not None:
        if limit is not None:
            raise not_supported("TOP together with LIMIT", node.body.at)
        limit = node.body.top
    limited = _limited(context, limit, node.offset)
    if context.volatile and not limited:
        limited = " LIMIT -1"  # or sqlite may call the function once for every mention of its column
    compiled.sql = prefix + compiled.sql + limited
    context.volatile = context.volatile or volatile
    if isinstance(limit, tree.Literal) and limit.value in (0, 1):
        compiled.one_row = True
    if node.lock:
        if not isinstance(node.body, tree.Select):
            raise not_supported("FOR UPDATE of a set operation", node.at)
        context.locks = node.lock
    if node.json is not None:
        compiled = for_json(context, compiled, node.json, node.at)
    context.common, context.locale = around, locale
    return compiled


def _common(context: Context, parent: Scope | None, tables: tuple[tree.CommonTable, ...]) -> str:
    if not tables:
        return ""
    parts = []
    for table in tables:
        compiled = query(context, parent, table.query)
        alias = context.alias()
        fields = renamed(compiled.fields, table.columns, table.at)
        context.common[table.name] = Relation(((alias,),), fields)
        parts.append(f"{alias} AS ({_unmerged(table.query, compiled.sql)})")
    return f"WITH {', '.join(parts)} "


def _unmerged(node: tree.Query, sql: str) -> str:
    """A long set operation, so that sqlite does not copy the query around it for each of its terms."""
    is_long = isinstance(node.body, tree.SetOperation) and len(node.body.queries) > _MOST_MERGED
    return f"SELECT * FROM ({sql}) LIMIT -1" if is_long else sql


def renamed(fields: list[Field], names: tuple[str, ...], at: int) -> list[Field]:
    """The fields under the names that a column list gives them."""
    if not names:
        return fields
    if len(names) != len(fields):
        raise HanaError(
            TOO_MANY_VALUES if len(names) < len(fields) else NOT_ENOUGH_VALUES,
            "column list does not fit the query",
            at,
        )
    return [replace(each, name=name) for each, name in zip(fields, names, strict=True)]


def _limited(context: Context, limit: tree.Expression | None, offset: tree.Expression | None) -> str:
    sql = ""
    if limit is not None:
        sql = f" LIMIT {_row_count(context, limit)}"
        if offset is not None:
            sql += f" OFFSET {_row_count(context, offset)}"
    return sql


def _row_count(context: Context, node: tree.Expression) -> str:
    if isinstance(node, tree.Literal) and isinstance(node.value, int) and node.value >= 0:
        return str(node.value)
    if isinstance(node, tree.Marker):
        return f"max(0, {convert(context, expressions.value(context, Scope(), node), types.BIGINT).sql})"
    raise HanaError(SYNTAX, "sql syntax error: LIMIT wants a whole number", node.at)


def has_aggregate(node: object) -> bool:
    """Whether an expression holds an aggregate that is not a window function."""
    for each in inner(node):
        if isinstance(each, tree.Call) and each.window is None and each.name in AGGREGATES:
            return True
    return False


def _select(context: Context, parent: Scope | None, node: tree.Select, around: tree.Query) -> CompiledQuery:
    scope, order = Scope(parent=parent), around.order
    from_sql = "" if node.source is None else from_clause.source(context, scope, node.source)
    scope.searches = tuple(each.score for each in inner(node.where) if isinstance(each, tree.Contains))
    where = "" if node.where is None else f" WHERE {conditions.condition(context, scope, node.where)}"
    groups = [expressions.value(context, scope, each) for each in node.groups]
    for fragment, each in zip(groups, node.groups, strict=True):
        types.check_no_lob(fragment.type, "sorted or grouped", each.at)
    if groups or node.having is not None or has_aggregate(node.items) or has_aggregate(order):
        scope.groups = frozenset(each.sql for each in groups)
    fields, columns = _items(context, scope, node.items)
    grouped = _grouped(context, scope, node, groups, columns)

    def unselected(item: tree.OrderItem) -> Fragment:
        found = expressions.value(context, scope, item.expression)
        if not node.distinct:
            return found
        for field, column in zip(fields, columns, strict=True):
            if column in (f"{sql} AS {field.sql}" for sql in (found.sql, f"({found.sql} COLLATE BINARY)")):
                return Fragment(field.sql, field.type)
        raise not_supported("SELECT DISTINCT ordered by what is not selected", item.at)

    order_by = _order(context, order, fields, unselected)
    distinct = "DISTINCT " if node.distinct else ""
    if node.distinct:
        for field in fields:
            types.check_no_lob(field.type, "sorted or grouped", node.at)
    sql = f"SELECT {distinct}{', '.join(columns)} FROM {from_sql}{where}{grouped}{order_by}"
    if around.lock:
        _check_lock(context, scope, around)
    one_row = (scope.groups is not None and not groups) or is_one_row(node.source)
    return CompiledQuery(sql, fields, one_row, sum(each.tables for each in scope.relations))


def _grouped(
    context: Context, scope: Scope, node: tree.Select, groups: list[Fragment], columns: list[str]
) -> str:
    """GROUP BY and HAVING; without GROUP BY sqlite wants an aggregate among the columns to make one group."""
    # sqlite would take a number for the number of a column
    listed = ("NULL" if each.literal is not None else each.sql for each in groups)
    sql = f" GROUP BY {', '.join(listed)}" if groups else ""
    if node.having is None:
        return sql
    if not groups and not has_aggregate(node.items):
        first, _, name = columns[0].rpartition(" AS ")
        columns[0] = f"CASE WHEN count(*) >= 0 THEN {first} END AS {name}"
    return f"{sql} HAVING {conditions.condition(context, scope, node.having)}"


def _check_lock(context: Context, scope: Scope, around: tree.Query) -> None:
    """What is locked must be said where there is more than one table; the columns must exist."""
    if len(scope.relations) > 1 and not around.lock_of:
        raise HanaError(SYNTAX, "sql syntax error: FOR UPDATE of a join wants OF", around.at)
    of = [expressions.value(context, scope, each).field for each in around.lock_of]
    fields = [each for each in of if each is not None]
    if not around.lock_of:
        fields = [each for relation in scope.relations for each in relation.fields]
    for schema, table, _ in {each.origin for each in fields}:
        found = context.catalogue.objects.get((schema, table))
        if isinstance(found, Table):
            context.locked.add(found.id)


def _items(
    context: Context, scope: Scope, items: tuple[tree.SelectItem, ...]
) -> tuple[list[Field], list[str]]:
    fields: list[Field] = []
    columns: list[str] = []

    def add(name: str, fragment: Fragment) -> None:
        output = f"o{len(fields) + 1}"
        typed, pending = fragment, None
        if fragment.type is None:
            typed = convert(context, fragment, types.UNTYPED_TEXT)
            pending = () if fragment.marker is None else (fragment.marker,)
            context.selected.update(pending)
        assert typed.type is not None
        sql = typed.sql
        if "COLLATE" in sql and typed.type.code not in types.DECIMALS:
            sql = f"({sql} COLLATE BINARY)"  # a condition inside of it decides about no collation outside
        source = fragment.field
        origin = source.origin if source is not None else ("", "", "")
        auto = source is not None and source.auto_increment
        fields.append(Field(name, output, typed.type, fragment.nullable, origin, auto, pending))
        columns.append(f"{sql} AS {output}")

    for item in items:
        if isinstance(item.expression, tree.Star):
            for each in _starred(scope, item.expression):
                node = tree.ColumnName((), each.name, item.expression.at)
                add(each.name, _field_fragment(scope, each, node))
            continue
        fragment = expressions.value(context, scope, item.expression)
        heading = item.heading
        if isinstance(item.expression, tree.ColumnName):
            heading = item.expression.name
        add(item.alias or heading, fragment)
    return fields, columns


def _field_fragment(scope: Scope, found: Field, node: tree.ColumnName) -> Fragment:
    if scope.groups is not None and found.sql not in scope.groups:
        raise HanaError(NOT_GROUPED, f"missing aggregation or grouping: {found.name}", node.at)
    return Fragment(found.sql, found.type, field=found, nullable=found.nullable)


def _starred(scope: Scope, star: tree.Star) -> list[Field]:
    found = [relation for relation in scope.relations if relation.answers_to(star.qualifier)]
    if not found:
        raise HanaError(INVALID_COLUMN, f"invalid column name: {'.'.join(star.qualifier)}.*", star.at)
    return [each for relation in found for each in relation.fields]


def _order(
    context: Context,
    order: tuple[tree.OrderItem, ...],
    fields: list[Field],
    other: Callable[[tree.OrderItem], Fragment],
) -> str:
    """ORDER BY; what is no column of the result is left to `other`."""
    parts = []
    for item in order:
        output = _output_of(fields, item.expression)
        found = other(item) if output is None else Fragment(output.sql, output.type)
        types.check_no_lob(found.type, "sorted or grouped", item.at)
        parts.append(ordered(context, found, item))
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def _of_no_select(item: tree.OrderItem) -> Fragment:
    text = "invalid column name: ORDER BY wants a column of the result"
    raise HanaError(INVALID_COLUMN, text, item.at)


def _output_of(fields: list[Field], node: tree.Expression) -> Field | None:
    """The output column that an ORDER BY item means: by its number, or by its name."""
    if isinstance(node, tree.Literal):
        if not isinstance(node.value, int) or not 1 <= node.value <= len(fields):
            raise HanaError(
                WRONG_ORDER_ITEM, "ORDER BY item must be the number of a SELECT-list expression", node.at
            )
        return fields[node.value - 1]
    if isinstance(node, tree.ColumnName) and not node.qualifier:
        found = [each for each in fields if each.name == node.name]
        return found[0] if found else None
    return None


def _set_operation(
    context: Context, parent: Scope | None, body: tree.SetOperation | tree.Query
) -> CompiledQuery:
    if isinstance(body, tree.Query):
        compiled = query(context, parent, body)
        return CompiledQuery(
            f"SELECT * FROM ({compiled.sql})", compiled.fields, compiled.one_row, compiled.tables
        )
    compiled_queries = [query(context, parent, each) for each in body.queries]
    return set_operation(context, compiled_queries, body.operators, body.at)
