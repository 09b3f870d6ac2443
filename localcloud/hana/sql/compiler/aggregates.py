"""Compiles aggregates and window functions."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import (
    MISPLACED_AGGREGATE,
    NESTED_AGGREGATE,
    SYNTAX,
    HanaError,
    not_supported,
)
from localcloud.hana.model import Type
from localcloud.hana.sql.functions.aggregates import AGGREGATES, EXACT_AGGREGATES, Aggregate, aggregate_sql
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.walk import inner
from localcloud.hana.sql.values import types

from . import expressions
from .calls import check_count, converted_arguments
from .conversions import checked, collated, collation, convert, ordered, unify
from .fragments import Context, Fragment, Scope

_SHIFTED = frozenset({"LAG", "LEAD"})


def aggregate(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """An aggregate over a group, or with OVER a window function over its rows."""
    known = AGGREGATES[node.name]
    _check_place(scope, node, known)
    if node.star:
        return Fragment(f"count(*){_over(context, scope, node)}", types.BIGINT, nullable=False)
    if node.name == "COUNT" and len(node.arguments) > 1:
        raise not_supported("COUNT over several expressions", node.at)
    check_count(node, len(known.kinds) - known.optional, len(known.kinds))
    inside = scope if node.window is not None else replace(scope, in_aggregate=True)
    arguments = [expressions.value(context, inside, each) for each in node.arguments]
    if node.name in _SHIFTED and len(arguments) > 2:
        (arguments[0], arguments[2]), _ = unify(context, [arguments[0], arguments[2]], node.at)
    if known.kinds:
        arguments = converted_arguments(context, known.kinds, arguments, node.at)
    if node.distinct or node.name in ("MIN", "MAX"):
        types.check_no_lob(arguments[0].type, f"an argument of {node.name}", node.at)
    type_ = known.result([each.type for each in arguments])
    if node.name.startswith("PERCENTILE_"):
        return _percentile(context, scope, node, inside, arguments[0])
    if known.ordered:
        return Fragment(_joined(context, inside, node, arguments), type_)
    source = arguments[0].type if arguments else None
    sql = f"{aggregate_sql(node.name, source)}({_arguments(node, arguments)})"
    sql += _over(context, scope, node)
    return _fitted(sql, node.name, type_)


def _check_place(scope: Scope, node: tree.Call, known: Aggregate) -> None:
    if node.star and node.name != "COUNT":
        raise HanaError(SYNTAX, 'sql syntax error: incorrect syntax near "*"', node.at)
    if node.order and not known.ordered:
        raise not_supported(f"ORDER BY in {node.name}", node.at)
    if node.window is not None:
        if not known.windowed:
            raise not_supported(f"{node.name} … OVER", node.at)
        if node.distinct:
            raise not_supported("DISTINCT in a window function", node.at)
        return
    if known.only_windowed:
        raise not_supported(f"{node.name} without OVER", node.at)
    if scope.in_aggregate:
        raise HanaError(NESTED_AGGREGATE, f"group function is nested: {node.name}", node.at)
    if scope.groups is None:
        raise HanaError(MISPLACED_AGGREGATE, f"aggregate function not allowed: {node.name}", node.at)
    owners = [scope.resolve(each)[1] for each in inner(node.arguments) if isinstance(each, tree.ColumnName)]
    if owners and all(owner is not scope for owner in owners):
        raise not_supported("an aggregate over columns of the query around it", node.at)


def _arguments(node: tree.Call, arguments: list[Fragment]) -> str:
    parts = [each.sql for each in arguments]
    if parts and (node.distinct or node.name in ("MIN", "MAX")):
        parts[0] += collation(arguments[0].type)
    listed = ", ".join(parts)
    return f"DISTINCT {listed}" if node.distinct else listed


def _fitted(sql: str, name: str, type_: Type) -> Fragment:
    """Sums and averages are cut to their type, which SAP's reference fixes; beyond it lies 314.

    What is computed exactly of floats becomes a float again.
    """
    is_cut = name in ("SUM", "AVG") and type_ != types.DOUBLE and not types.is_floating(type_)
    if is_cut or (name in EXACT_AGGREGATES and type_ == types.DOUBLE):
        sql = f"hana_assign({sql}, {int(type_.code)}, {type_.length}, {type_.scale})"
    return Fragment(sql, type_, nullable=name != "COUNT")


def _percentile(context: Context, scope: Scope, node: tree.Call, inside: Scope, share: Fragment) -> Fragment:
    """A percentile of what WITHIN GROUP orders: interpolated as a DOUBLE, or one of the values."""
    if len(node.order) != 1:
        raise HanaError(
            SYNTAX, f"sql syntax error: {node.name} wants WITHIN GROUP (ORDER BY one value)", node.at
        )
    if node.window is not None and (node.window.order or node.window.frame):
        raise not_supported(f"ORDER BY in OVER of {node.name}", node.at)
    [item] = node.order
    if item.collation:
        raise not_supported(f"COLLATE in {node.name}", item.at)
    found = expressions.value(context, inside, item.expression)
    if node.name == "PERCENTILE_CONT":
        found = checked(context, found, types.DOUBLE, item.at)
    elif found.type is None:
        found = convert(context, found, types.UNTYPED_TEXT)
    assert found.type is not None
    types.check_no_lob(found.type, "sorted or grouped", item.at)
    order = ("n" if found.type.code in types.DECIMALS else "v") + ("d" if item.descending else "a")
    sql = f"hana_{node.name.lower()}({share.sql}, {found.sql}, '{order}')"
    return Fragment(sql + _over(context, scope, node), found.type)


def _joined(context: Context, scope: Scope, node: tree.Call, arguments: list[Fragment]) -> str:
    """STRING_AGG: the sort keys travel with every row, for sqlite cannot order within an aggregate."""
    if node.distinct:
        raise not_supported("STRING_AGG(DISTINCT …)", node.at)
    delimiter = arguments[1].sql if len(arguments) > 1 else "''"
    keys, spec = [], ""
    for item in node.order:
        fragment = expressions.value(context, scope, item.expression)
        if fragment.type is None:
            fragment = convert(context, fragment, types.UNTYPED_TEXT)
        fragment = collated(context, fragment, item)
        assert fragment.type is not None
        nulls_first = not item.descending if item.nulls_first is None else item.nulls_first
        kind = "n" if fragment.type.code in types.DECIMALS else "v"
        spec += kind + ("d" if item.descending else "a") + ("f" if nulls_first else "l")
        keys.append(fragment.sql)
    return f"hana_string_agg({', '.join([arguments[0].sql, delimiter, repr(spec), *keys])})"


def _over(context: Context, scope: Scope, node: tree.Call) -> str:
    window = node.window
    if window is None:
        return ""
    parts = []
    if window.partition:
        found = [expressions.value(context, scope, each) for each in window.partition]
        for each in found:
            types.check_no_lob(each.type, "sorted or grouped", window.at)
        parts.append(f"PARTITION BY {', '.join(each.sql + collation(each.type) for each in found)}")
    if window.order:
        items = []
        for item in window.order:
            value = expressions.value(context, scope, item.expression)
            types.check_no_lob(value.type, "sorted or grouped", item.at)
            items.append(ordered(context, value, item))
        parts.append(f"ORDER BY {', '.join(items)}")
    if window.frame:
        parts.append(window.frame)
    return f" OVER ({' '.join(parts)})"
