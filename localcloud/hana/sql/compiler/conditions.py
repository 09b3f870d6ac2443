"""Compiles conditions: comparisons follow the types that HANA would compare in."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.hana.errors import INVALID_SEQUENCE, SYNTAX, TOO_MANY_VALUES, HanaError, not_supported
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.walk import inner
from localcloud.hana.sql.values import types

from . import expressions
from .conversions import comparable, convert
from .fragments import Context, Fragment, Scope, balanced
from .text_search import contains

_INVERSE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def clause(context: Context, scope: Scope, node: tree.Expression) -> str:
    """The condition of a WHERE, an ON or a HAVING."""
    refuse_next_value(node)
    return condition(context, scope, node)


def refuse_next_value(node: object) -> None:
    """313 where a sequence goes on, in a clause that gives no values: nobody could say how often it does."""
    for each in inner(node):
        if isinstance(each, tree.SequenceValue) and each.which == "NEXTVAL":
            raise HanaError(INVALID_SEQUENCE, "invalid sequence: NEXTVAL is not allowed here", each.at)


def condition(context: Context, scope: Scope, node: tree.Expression) -> str:
    """A condition; a plain value in its place is a syntax error, as in HANA."""
    compiler = _COMPILERS.get(type(node))
    if compiler is None:
        raise HanaError(SYNTAX, "sql syntax error: a condition is missing", node.at)
    return compiler(context, scope, node)


def _comparison(context: Context, scope: Scope, node: tree.Comparison) -> str:
    if isinstance(node.left, tree.RowValue) or isinstance(node.right, tree.RowValue):
        return _row_comparison(context, scope, node)
    if node.quantifier:
        return _quantified(context, scope, node)
    left, right = expressions.value(context, scope, node.left), expressions.value(context, scope, node.right)
    for each in (left, right):
        if node.operator not in ("=", "<>"):
            types.check_no_lob(each.type, f"compared by {node.operator}", node.at)
        if scope.joins and each.field is not None and each.field.origin[1]:
            types.check_no_lob(each.type, "joined by", node.at)
    return compared(context, node.operator, left, right, node.at)


def compared(context: Context, operator: str, left: Fragment, right: Fragment, at: int) -> str:
    """`left operator right` in their common type."""
    (first, second), collation = comparable(context, [left, right], at)
    return f"{first.sql} {operator} {second.sql} {collation}".rstrip()


def _row_comparison(context: Context, scope: Scope, node: tree.Comparison) -> str:
    left, right = node.left, node.right
    if not isinstance(left, tree.RowValue) or not isinstance(right, tree.RowValue):
        raise not_supported("a row of values compared with something else", node.at)
    if node.operator not in ("=", "<>") or len(left.items) != len(right.items):
        raise not_supported(f"rows of values beside {node.operator}", node.at)
    pairs = [
        _comparison(context, scope, tree.Comparison("=", first, second, node.at))
        for first, second in zip(left.items, right.items, strict=True)
    ]
    joined = " AND ".join(pairs)
    return f"({joined})" if node.operator == "=" else f"NOT ({joined})"


def _quantified(context: Context, scope: Scope, node: tree.Comparison) -> str:
    """`x op ANY (…)` and `x op ALL (…)` by way of EXISTS, keeping NULL's unknown."""
    from .queries import query

    assert isinstance(node.right, tree.ScalarQuery)
    compiled = query(context, scope, node.right.query)
    if len(compiled.fields) != 1:
        raise HanaError(TOO_MANY_VALUES, "too many values", node.at)
    only = compiled.fields[0]
    alias = context.alias()
    left = expressions.value(context, scope, node.left)
    right = Fragment(f"{alias}.o1", only.type)
    operator = node.operator if node.quantifier == "ANY" else _INVERSE[node.operator]
    test = compared(context, operator, left, right, node.at)
    # true if some row passes; unknown if none does but some row is unknown; false otherwise
    found = f"(SELECT max(({test})) FROM ({compiled.sql}) AS {alias})"
    unknown = f"EXISTS (SELECT 1 FROM ({compiled.sql}) AS {alias} WHERE ({test}) IS NULL)"
    any_of = f"CASE WHEN {found} = 1 THEN 1 WHEN {unknown} THEN NULL ELSE 0 END"
    return f"({any_of})" if node.quantifier == "ANY" else f"(NOT ({any_of}))"


def _junction(context: Context, scope: Scope, node: tree.Junction) -> str:
    return balanced([condition(context, scope, item) for item in node.items], node.operator)


def _not(context: Context, scope: Scope, node: tree.Not) -> str:
    return f"(NOT ({condition(context, scope, node.condition)}))"


def _is_null(context: Context, scope: Scope, node: tree.IsNull) -> str:
    inner = expressions.value(context, scope, node.expression)
    if inner.type is None:
        inner = convert(context, inner, types.UNTYPED_TEXT)
    return f"{inner.sql} IS {'NOT ' if node.negated else ''}NULL"


def _between(context: Context, scope: Scope, node: tree.Between) -> str:
    parts = [expressions.value(context, scope, each) for each in (node.expression, node.low, node.high)]
    for each in parts:
        types.check_no_lob(each.type, "compared by BETWEEN", node.at)
    (inner, low, high), collation = comparable(context, parts, node.at)
    word = "NOT BETWEEN" if node.negated else "BETWEEN"
    return f"(({inner.sql} {collation}) {word} {low.sql} AND {high.sql})"


def _in_list(context: Context, scope: Scope, node: tree.InList) -> str:
    if isinstance(node.expression, tree.RowValue):
        either = tree.Junction(
            "OR",
            tuple(tree.Comparison("=", node.expression, item, node.at) for item in node.items),
            node.at,
        )
        return condition(context, scope, tree.Not(either, node.at) if node.negated else either)
    parts = [expressions.value(context, scope, each) for each in (node.expression, *node.items)]
    (inner, *items), collation = comparable(context, parts, node.at)
    listed = ", ".join(item.sql for item in items)
    return f"({inner.sql} {collation}) {'NOT ' if node.negated else ''}IN ({listed})"


def _in_query(context: Context, scope: Scope, node: tree.InQuery) -> str:
    from .queries import query

    compiled = query(context, scope, node.query)
    many = isinstance(node.expression, tree.RowValue)
    lefts = node.expression.items if isinstance(node.expression, tree.RowValue) else (node.expression,)
    if len(lefts) != len(compiled.fields):
        raise HanaError(TOO_MANY_VALUES, "too many values", node.at)
    alias = context.alias()
    left_parts, right_parts = [], []
    for left, only in zip(lefts, compiled.fields, strict=True):
        fragment = expressions.value(context, scope, left)
        pair, collation = comparable(context, [fragment, Fragment(f"{alias}.{only.sql}", only.type)], node.at)
        left_parts.append(f"({pair[0].sql} {collation})" if collation else pair[0].sql)
        right_parts.append(pair[1].sql)
    listed = f"SELECT {', '.join(right_parts)} FROM ({compiled.sql}) AS {alias}"
    inner = f"({', '.join(left_parts)})" if many else left_parts[0]
    return f"{inner} {'NOT ' if node.negated else ''}IN ({listed})"


def _exists(context: Context, scope: Scope, node: tree.Exists) -> str:
    from .queries import query

    return f"EXISTS ({query(context, scope, node.query).sql})"


def _like(context: Context, scope: Scope, node: tree.Like) -> str:
    text, pattern = (expressions.value(context, scope, each) for each in (node.expression, node.pattern))
    if pattern.type is None:
        pattern = convert(context, pattern, types.PATTERN)
    parts = [_as_text(context, each) for each in (text, pattern)]
    word = "NOT " if node.negated else ""
    if node.regular:
        flags = expressions.value(context, scope, node.escape).sql if node.escape is not None else "''"
        return f"{word}hana_like_regexpr({parts[0]}, {parts[1]}, {flags})"
    if node.escape is None:
        return f"{word}hana_like({parts[0]}, {parts[1]})"
    escape = _as_text(context, expressions.value(context, scope, node.escape))
    return f"{word}hana_like({parts[0]}, {parts[1]}, {escape})"


def _as_text(context: Context, fragment: Fragment) -> str:
    if fragment.type is not None and fragment.type.code in types.TEXTS | types.TEXT_LOBS:
        return fragment.sql
    return convert(context, fragment, types.UNTYPED_TEXT).sql


def _contains(context: Context, scope: Scope, node: tree.Contains) -> str:
    return contains(context, scope, node, expressions.value)


_COMPILERS: dict[type, Callable[[Context, Scope, Any], str]] = {
    tree.Comparison: _comparison,
    tree.Junction: _junction,
    tree.Not: _not,
    tree.IsNull: _is_null,
    tree.Between: _between,
    tree.InList: _in_list,
    tree.InQuery: _in_query,
    tree.Exists: _exists,
    tree.Like: _like,
    tree.Contains: _contains,
}
