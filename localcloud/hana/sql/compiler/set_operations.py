"""Compiles UNION, INTERSECT and EXCEPT of queries that are compiled already."""

# ruff: noqa: S608 - generated SQL holds names of our own making only
from __future__ import annotations

from collections.abc import Sequence

from localcloud.hana.errors import NOT_ENOUGH_VALUES, TOO_MANY_VALUES, HanaError
from localcloud.hana.model import Type
from localcloud.hana.sql.values import types

from .conversions import checked, convert
from .fragments import CompiledQuery, Context, Field, Fragment

_MOST_TERMS = 400
"""sqlite ends at 500 queries in a row."""


def set_operation(
    context: Context, queries: Sequence[CompiledQuery], operators: Sequence[str], at: int
) -> CompiledQuery:
    """The queries from left to right; the columns are called as in the first.

    266 where types do not go together, 269 or 270 where the numbers of columns differ.
    """
    first = queries[0]
    for each in queries[1:]:
        if len(each.fields) != len(first.fields):
            code = TOO_MANY_VALUES if len(first.fields) < len(each.fields) else NOT_ENOUGH_VALUES
            raise HanaError(code, "the queries differ in their number of columns", at)
    if any(operator != "UNION ALL" for operator in operators):
        for each in queries:
            for field in each.fields:
                types.check_no_lob(field.type, "in a set operation other than UNION ALL", at)
    fields = [_merged(column, at) for column in zip(*(each.fields for each in queries), strict=True)]
    sql = _side(context, first, fields)
    for number, (operator, each) in enumerate(zip(operators, queries[1:], strict=True), 2):
        if number % _MOST_TERMS == 0:
            sql = f"SELECT * FROM ({sql})"
        sql += f" {operator} {_side(context, each, fields)}"
    return CompiledQuery(sql, fields)


def _merged(column: Sequence[Field], at: int) -> Field:
    """The column that comes of the same column of all queries."""
    type_: Type | None = None
    for each in column:
        if each.pending is None:
            type_ = each.type if type_ is None else types.common(type_, each.type, at)
    nullable = any(each.nullable for each in column)
    pending = None
    if type_ is not None and any(each.pending for each in column):
        type_ = types.of_parameter(type_)
    if type_ is None:
        type_ = types.UNTYPED_TEXT
        pending = tuple(marker for each in column for marker in each.pending or ())
    return Field(column[0].name, column[0].sql, type_, nullable, pending=pending)


def _side(context: Context, compiled: CompiledQuery, fields: Sequence[Field]) -> str:
    alias = context.alias()
    listed = []
    for each, wanted in zip(compiled.fields, fields, strict=True):
        sql = f"{alias}.{each.sql}"
        if wanted.pending is None and each.pending is not None:
            sql = met(context, each, sql, wanted.type, 0)
        elif wanted.pending is None:
            sql = convert(context, Fragment(sql, each.type), wanted.type).sql
        listed.append(f"{sql} AS {wanted.sql}")
    return f"SELECT {', '.join(listed)} FROM ({compiled.sql}) AS {alias}"


def met(context: Context, field: Field, sql: str, target: Type, at: int) -> str:
    """The SQL of a query's column where it meets a type: parameters and NULL take it, others convert."""
    if field.pending is None:
        return checked(context, Fragment(sql, field.type), target, at).sql
    for marker in field.pending:
        context.markers[marker] = target
    return sql
