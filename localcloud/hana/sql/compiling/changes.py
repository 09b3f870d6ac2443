"""Compiles INSERT, UPDATE and DELETE."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

from functools import lru_cache

from localcloud.hana.errors import INVALID_COLUMN, HanaError, not_supported
from localcloud.hana.model import FunctionCode
from localcloud.hana.sql.catalogue import Column, Table, View, missing_table
from localcloud.hana.sql.reading import tree
from localcloud.hana.sql.reading.statements import parse_expression

from . import conditions, queries, values
from .conversions import checked
from .fragments import Context, Fragment, Scope
from .sources import demand, table_relation

TOO_MANY_VALUES = 269
NOT_ENOUGH_VALUES = 270
DUPLICATE_COLUMN = 272

parsed_expression = lru_cache(maxsize=4096)(parse_expression)


class Change:
    """The steps of a change while they are being gathered."""

    def __init__(self, function: FunctionCode, table: Table) -> None:
        self.function = function
        self.table = table
        self.steps: list[str] = []
        self.targets: dict[int, str] = {}


def change(context: Context, node: tree.DataChange) -> Change:
    """A change of rows."""
    if isinstance(node, tree.Insert):
        return _insert(context, node)
    if isinstance(node, tree.Update):
        return _update(context, node)
    if isinstance(node, tree.Delete):
        return _delete(context, node)
    raise not_supported(type(node).__name__.upper(), node.at)


def target(context: Context, path: tree.Path, *privileges: str) -> Table:
    """The table that is written to."""
    found = context.catalogue.follow(context.catalogue.find(path, context.schema))
    if isinstance(found, View):
        demand(context, privileges[0], found, path.at)
        raise not_supported("changing rows through a view", path.at)
    if not isinstance(found, Table):
        raise missing_table(path, context.schema)
    for privilege in privileges:
        demand(context, privilege, found, path.at)
    return found


def column_of(table: Table, name: str, at: int) -> Column:
    found = table.column(name)
    if found is None:
        raise HanaError(INVALID_COLUMN, f"invalid column name: {name}", at)
    return found


def target_columns(table: Table, named: tuple[tuple[str, int], ...]) -> list[Column]:
    """The columns that an INSERT names, or all that can be written."""
    if not named:
        return [column for column in table.columns if column.generated is None]
    seen: list[Column] = []
    for name, at in named:
        column = column_of(table, name, at)
        if column in seen:
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {name}", at)
        _check_writable(column, at)
        seen.append(column)
    return seen


def _check_writable(column: Column, at: int) -> None:
    if column.generated is not None:
        raise HanaError(333, f"column not allowed: {column.name} is generated", at)
    if column.identity_always:
        raise HanaError(333, f"column not allowed: {column.name} is GENERATED ALWAYS AS IDENTITY", at)


def assigned(
    context: Context, made: Change, scope: Scope, column: Column, node: tree.Expression | None
) -> str:
    """A value on its way into a column."""
    if node is None:
        return default_sql(context, column)
    fragment = values.value(context, scope, node)
    if fragment.marker is not None:
        made.targets[fragment.marker] = column.name
    return into(context, fragment, column, node.at)


def into(context: Context, fragment: Fragment, column: Column, at: int) -> str:
    return checked(context, fragment, column.type, at).sql


def default_sql(context: Context, column: Column) -> str:
    """What a column gets that nobody gives a value."""
    if column.identity is not None:
        return f"hana_next_identity({column.identity})"
    if column.default is None:
        return "NULL"
    fragment = values.value(context, Scope(), parsed_expression(column.default))
    return into(context, fragment, column, 0)


def _insert(context: Context, node: tree.Insert) -> Change:
    table = target(context, node.table, "INSERT")
    made = Change(FunctionCode.INSERT, table)
    columns = target_columns(table, node.columns)
    rest = [column for column in table.columns if column not in columns and column.generated is None]
    rest = [column for column in rest if column.default is not None or column.identity is not None]
    listed = ", ".join(column.sql for column in (*columns, *rest))
    defaults = [default_sql(context, column) for column in rest]
    if node.query is not None:
        source = inserted_query(context, columns, node.query, defaults)
    else:
        check_count(columns, len(node.values), node.table.at)
        given = [
            assigned(context, made, Scope(), column, value)
            for column, value in zip(columns, node.values, strict=True)
        ]
        source = f"VALUES ({', '.join(given + defaults)})"
    made.steps.append(f"INSERT INTO {table.sql} ({listed}) {source}")
    return made


def check_count(columns: list[Column], count: int, at: int) -> None:
    if count > len(columns):
        raise HanaError(TOO_MANY_VALUES, "too many values", at)
    if count < len(columns):
        raise HanaError(NOT_ENOUGH_VALUES, "not enough values", at)


def inserted_query(context: Context, columns: list[Column], node: tree.Query, defaults: list[str]) -> str:
    """The rows of a query, in the types of the columns they go into."""
    compiled = queries.query(context, None, node)
    check_count(columns, len(compiled.fields), node.at)
    alias = context.alias()
    given = [
        into(context, Fragment(f"{alias}.{each.sql}", each.type), column, node.at)
        for column, each in zip(columns, compiled.fields, strict=True)
    ]
    return f"SELECT {', '.join(given + defaults)} FROM ({compiled.sql}) AS {alias}"


def aliased(table: Table, alias: str | None, sql_alias: str) -> Scope:
    """The scope of an UPDATE or DELETE: the one table."""
    names: tuple[tuple[str, ...], ...] = ((alias or table.name,),)
    if alias is None:
        names += ((table.schema, table.name),)
    return Scope([table_relation(table, sql_alias, names)])


def assignments_sql(
    context: Context, made: Change, scope: Scope, assignments: tuple[tree.Assignment, ...]
) -> str:
    """`c1 = …, c2 = …`"""
    parts, seen = [], set()
    for each in assignments:
        column = column_of(made.table, each.column, each.at)
        if column.name in seen:
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {column.name}", each.at)
        seen.add(column.name)
        _check_writable(column, each.at)
        parts.append(f"{column.sql} = {assigned(context, made, scope, column, each.value)}")
    return ", ".join(parts)


def _update(context: Context, node: tree.Update) -> Change:
    if node.source is not None:
        raise not_supported("UPDATE … FROM", node.at)
    table = target(context, node.table, "UPDATE")
    made = Change(FunctionCode.UPDATE, table)
    alias = context.alias()
    scope = aliased(table, node.alias, alias)
    sets = assignments_sql(context, made, scope, node.assignments)
    where = "" if node.where is None else f" WHERE {conditions.condition(context, scope, node.where)}"
    made.steps.append(f"UPDATE {table.sql} AS {alias} SET {sets}{where}")
    return made


def _delete(context: Context, node: tree.Delete) -> Change:
    table = target(context, node.table, "DELETE")
    made = Change(FunctionCode.DELETE, table)
    alias = context.alias()
    scope = aliased(table, node.alias, alias)
    where = "" if node.where is None else f" WHERE {conditions.condition(context, scope, node.where)}"
    made.steps.append(f"DELETE FROM {table.sql} AS {alias}{where}")
    return made
