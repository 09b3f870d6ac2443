"""Compiles INSERT, UPDATE and DELETE."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

from functools import lru_cache

from localcloud.hana.errors import (
    COLUMN_NOT_ALLOWED,
    DUPLICATE_COLUMN,
    INVALID_COLUMN,
    NOT_ENOUGH_VALUES,
    TOO_MANY_VALUES,
    HanaError,
    not_supported,
)
from localcloud.hana.model import FunctionCode
from localcloud.hana.sql.catalogue.catalogue import Column, Table, View
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse_expression

from . import conditions, expressions, from_clause, queries, set_operations
from .conversions import checked
from .fragments import Context, Fragment, Scope
from .from_clause import demand, table_relation
from .plans import Step
from .view_targets import ViewTarget, view_target, visible

_NEW_VALUES = "temp.hana_update"

parsed_expression = lru_cache(maxsize=4096)(parse_expression)


class CompiledChange:
    """The steps of a change, gathered while it is compiled."""

    def __init__(self, function: FunctionCode, table: Table) -> None:
        self.function = function
        self.table = table
        self.reported = table.base if isinstance(table, ViewTarget) and table.base else table
        """The table that errors are about."""
        self.steps: list[Step] = []
        self.fallback: list[Step] = []
        self.targets: dict[int, str] = {}
        self.one_row_each = False
        """Whether every execution changes exactly one row or fails."""
        self.either = False
        """Whether only one of the steps counts, the one that did more."""

    def add(self, step: str, counted: bool = True) -> None:
        self.steps.append(Step(step, counted))


def target(context: Context, path: tree.Path, *privileges: str) -> Table:
    """The table that is written to, maybe as a view shows it."""
    found = context.catalogue.follow(context.catalogue.find(path, context.schema))
    if isinstance(found, View):
        return view_target(context, found, privileges, path.at)
    if not isinstance(found, Table):
        raise context.catalogue.missing(path, context.schema)
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
        columns = table.shown if isinstance(table, ViewTarget) else table.columns
        return [column for column in columns if column.generated is None]
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
        raise HanaError(COLUMN_NOT_ALLOWED, f"column not allowed: {column.name} is generated", at)
    if column.identity_always:
        raise HanaError(COLUMN_NOT_ALLOWED, f"column not allowed: {column.name} is GENERATED ALWAYS", at)


def assigned(
    context: Context, made: CompiledChange, scope: Scope, column: Column, node: tree.Expression | None
) -> str:
    """The SQL of a value, converted to the type of the column it goes into."""
    if node is None:
        return default_sql(context, column)
    fragment = expressions.value(context, scope, node)
    if fragment.marker is not None:
        made.targets[fragment.marker] = column.name
    return into(context, fragment, column, node.at)


def into(context: Context, fragment: Fragment, column: Column, at: int) -> str:
    return checked(context, fragment, column.type, at).sql


def default_sql(context: Context, column: Column) -> str:
    """The SQL of the value that a column gets where a statement gives none."""
    if column.identity is not None:
        return f"hana_next_identity({column.identity})"
    if column.default is None:
        return "NULL"
    fragment = expressions.value(context, Scope(), parsed_expression(column.default))
    return into(context, fragment, column, 0)


class Insertion:
    """Columns and the values that go into them, defaults at the end."""

    def __init__(self, context: Context, made: CompiledChange, named: tuple[tuple[str, int], ...]) -> None:
        table = made.table
        self.context = context
        self.made = made
        self.columns = target_columns(table, named)
        rest = [column for column in table.columns if column not in self.columns and column.generated is None]
        self.rest = [column for column in rest if column.default is not None or column.identity is not None]
        self.defaults = [default_sql(context, column) for column in self.rest]
        self.values: list[str] = []
        self.query = ""

    def give(self, scope: Scope, nodes: tuple[tree.Expression | None, ...], at: int) -> None:
        """The values of VALUES (…)."""
        self._check_count(len(nodes), at)
        given = [
            assigned(self.context, self.made, scope, column, node)
            for column, node in zip(self.columns, nodes, strict=True)
        ]
        self.values = given + self.defaults

    def take(self, node: tree.Query) -> None:
        """The rows of a query, in the types of the columns that they go into."""
        compiled = queries.query(self.context, None, node)
        self._check_count(len(compiled.fields), node.at)
        alias = self.context.alias()
        given = [
            set_operations.met(self.context, each, f"{alias}.{each.sql}", column.type, node.at)
            for column, each in zip(self.columns, compiled.fields, strict=True)
        ]
        self.query = f"SELECT {', '.join(given + self.defaults)} FROM ({compiled.sql}) AS {alias}"

    def _check_count(self, count: int, at: int) -> None:
        if count > len(self.columns):
            raise HanaError(TOO_MANY_VALUES, "too many values", at)
        if count < len(self.columns):
            raise HanaError(NOT_ENOUGH_VALUES, "not enough values", at)

    def head(self) -> str:
        listed = ", ".join(column.sql for column in (*self.columns, *self.rest))
        return f"INSERT INTO {self.made.table.sql} ({listed})"

    def sql(self) -> str:
        values = f"VALUES ({', '.join(self.values)})"
        return f"{self.head()} {self.query or values}"


def insertion(context: Context, made: CompiledChange, node: tree.Insert | tree.Upsert) -> Insertion:
    """The columns and values of an INSERT or UPSERT."""
    found = Insertion(context, made, node.columns)
    if node.query is not None:
        found.take(node.query)
    else:
        found.give(Scope(), node.values, node.table.at)
    return found


def insert(context: Context, node: tree.Insert) -> CompiledChange:
    """INSERT of values, or of the rows of a query."""
    made = CompiledChange(FunctionCode.INSERT, target(context, node.table, "INSERT"))
    made.one_row_each = node.query is None
    made.add(insertion(context, made, node).sql())
    return made


def aliased(table: Table, alias: str | None, sql_alias: str) -> Scope:
    """The scope of an UPDATE or DELETE: the one table."""
    names: tuple[tuple[str, ...], ...] = ((alias or table.name,),)
    if alias is None:
        names += ((table.schema, table.name),)
    return Scope([table_relation(table, sql_alias, names)])


def assigned_pairs(
    context: Context, made: CompiledChange, scope: Scope, assignments: tuple[tree.Assignment, ...]
) -> list[tuple[Column, str]]:
    """The columns that are set, and the SQL of their new values."""
    pairs: list[tuple[Column, str]] = []
    for each in assignments:
        column = column_of(made.table, each.column, each.at)
        if any(column is known for known, _ in pairs):
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {column.name}", each.at)
        _check_writable(column, each.at)
        pairs.append((column, assigned(context, made, scope, column, each.value)))
    return pairs


def pairs_sql(pairs: list[tuple[Column, str]]) -> str:
    """`c1 = …, c2 = …`"""
    return ", ".join(f"{column.sql} = {value}" for column, value in pairs)


def update(context: Context, node: tree.Update) -> CompiledChange:
    """UPDATE, with or without FROM."""
    table = target(context, node.table, "UPDATE")
    made = CompiledChange(FunctionCode.UPDATE, table)
    if node.source is not None and context.catalogue.release.line >= 4:
        raise not_supported("UPDATE … FROM in HANA Cloud", node.at)
    if node.source is not None and isinstance(table, ViewTarget):
        raise not_supported("UPDATE … FROM through a view", node.at)
    alias = context.alias()
    scope = aliased(table, node.alias, alias)
    source = "" if node.source is None else _joined(context, scope, node.source, alias, table.sql)
    pairs = assigned_pairs(context, made, scope, node.assignments)
    where = "true" if node.where is None else conditions.condition(context, scope, node.where)
    where += visible(context, table, alias)
    made.add(f"UPDATE {table.sql} AS {alias} SET {pairs_sql(pairs)}{source or ' WHERE '}{where}")
    if node.source is None and _unique_among(table, pairs):
        _add_fallback(made, pairs, where, alias)
    return made


def _unique_among(table: Table, pairs: list[tuple[Column, str]]) -> list[Column]:
    """Those of the columns that are part of a key or unique index."""
    unique = {id_ for key in table.keys for id_ in key.columns}
    unique |= {id_ for index in table.indexes if index.unique for id_, _ in index.columns}
    return [column for column, _ in pairs if column.id in unique]


def _add_fallback(made: CompiledChange, pairs: list[tuple[Column, str]], where: str, alias: str) -> None:
    """Add the fallback for `SET id = id + 1`: HANA checks uniqueness at the end, sqlite after every row.

    A temporary table takes the new values; then the keys get placeholders, and at last the new values.
    """
    table = made.table.sql
    listed = ", ".join(f"{value} AS n{column.id}" for column, value in pairs)
    aside = ", ".join(
        f"{column.sql} = CAST('-' || rowid AS BLOB)" for column in _unique_among(made.table, pairs)
    )
    final = ", ".join(f"{column.sql} = n.n{column.id}" for column, _ in pairs)
    numbers = f"SELECT {alias}.rowid AS number, {listed} FROM {table} AS {alias} WHERE {where}"
    made.fallback = [
        Step(f"CREATE TABLE {_NEW_VALUES} AS {numbers}", counted=False),
        Step(f"UPDATE {table} SET {aside} WHERE rowid IN (SELECT number FROM {_NEW_VALUES})", counted=False),
        Step(f"UPDATE {table} AS t SET {final} FROM {_NEW_VALUES} AS n WHERE t.rowid = n.number"),
        Step(f"DROP TABLE {_NEW_VALUES}", counted=False),
    ]


def _joined(context: Context, scope: Scope, node: tree.Source, alias: str, target_sql: str) -> str:
    """UPDATE … FROM: where the FROM clause names the table itself, that is the row to be updated."""
    (target_relation,) = scope.relations
    scope.relations = []
    sql = from_clause.source(context, scope, node)
    again = [each for each in scope.relations if set(each.qualifiers) & set(target_relation.qualifiers)]
    if not again:
        scope.relations.insert(0, target_relation)
        return f" FROM {sql} WHERE "
    other = again[0].fields[0].sql.partition(".")[0]
    named = f"{target_sql} AS {other}"
    sql = sql.replace(named, f"(SELECT rowid AS number, * FROM {target_sql}) AS {other}")
    return f" FROM {sql} WHERE {alias}.rowid = {other}.number AND "


def delete(context: Context, node: tree.Delete) -> CompiledChange:
    """DELETE FROM one table."""
    table = target(context, node.table, "DELETE")
    made = CompiledChange(FunctionCode.DELETE, table)
    alias = context.alias()
    scope = aliased(table, node.alias, alias)
    where = "true" if node.where is None else conditions.condition(context, scope, node.where)
    made.add(f"DELETE FROM {table.sql} AS {alias} WHERE {where}{visible(context, table, alias)}")
    return made
