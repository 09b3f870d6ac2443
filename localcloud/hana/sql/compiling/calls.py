"""Compiles function calls: turns the arguments, finds the type, and calls what computes it."""

from __future__ import annotations

from localcloud.hana.errors import INVALID_FUNCTION, HanaError, not_supported
from localcloud.hana.model import Type
from localcloud.hana.sql import types
from localcloud.hana.sql.functions import FUNCTIONS, Function, Kind
from localcloud.hana.sql.functions.aggregates import aggregate_sql
from localcloud.hana.sql.reading import tree

from . import values
from .conversions import DECIMAL_COLLATION, checked, convert, unify
from .fragments import Context, Fragment, Scope

WRONG_ARGUMENT_COUNT = 316
MISPLACED_AGGREGATE = 275

_TARGETS = {
    Kind.TEXT: (types.UNTYPED_TEXT, types.TEXTS | types.TEXT_LOBS),
    Kind.INTEGER: (types.BIGINT, types.INTEGERS),
    Kind.NUMBER: (types.DECIMAL, types.NUMBERS),
    Kind.FLOAT: (types.DOUBLE, frozenset({types.DOUBLE.code})),
    Kind.BINARY: (types.BLOB, types.BINARIES | {types.BLOB.code}),
    Kind.MOMENT: (types.LONGDATE, types.DATED),
    Kind.DAY: (types.DAYDATE, frozenset({types.DAYDATE.code})),
    Kind.TIME: (types.SECONDTIME, frozenset({types.SECONDTIME.code})),
}


def call(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """A call of a function that is known; 7 names one that is not."""
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise not_supported(f"function {node.name}", node.at)
    _check_form(function, node)
    if function.aggregate:
        return _aggregate(context, scope, node, function)
    arguments = [values.value(context, scope, each) for each in node.arguments]
    arguments = _turned(context, function, arguments, node)
    type_ = function.result([each.type for each in arguments])
    return Fragment(_sql(function, [each.sql for each in arguments]), type_)


def _check_form(function: Function, node: tree.Call) -> None:
    if not function.aggregate and (node.distinct or node.star or node.order or node.window is not None):
        raise HanaError(INVALID_FUNCTION, f"invalid name of function or procedure: {node.name}", node.at)
    count = len(node.arguments) + (1 if node.star else 0)
    most = None if function.variadic else len(function.kinds)
    if count < function.required or (most is not None and count > most):
        raise HanaError(
            WRONG_ARGUMENT_COUNT,
            f"wrong number of arguments in function invocation: {node.name}",
            node.at,
        )
    if node.star and node.name != "COUNT":
        raise HanaError(257, 'sql syntax error: incorrect syntax near "*"', node.at)


def _turned(
    context: Context, function: Function, arguments: list[Fragment], node: tree.Call
) -> list[Fragment]:
    last = len(function.kinds) - 1
    kinds = [function.kinds[min(index, last)] for index in range(len(arguments))]
    same = [index for index, kind in enumerate(kinds) if kind is Kind.SAME]
    turned = list(arguments)
    if same:
        unified, _ = unify(context, [arguments[index] for index in same], node.at)
        for index, fragment in zip(same, unified, strict=True):
            turned[index] = fragment
    numeric = next((each.type for each in arguments if each.type and each.type.code in types.NUMBERS), None)
    for index, kind in enumerate(kinds):
        if kind not in (Kind.SAME, Kind.ANY):
            turned[index] = _argument(context, arguments[index], kind, numeric, node.at)
        elif turned[index].type is None and turned[index].marker is not None:
            turned[index] = convert(context, turned[index], types.UNTYPED_TEXT)
    return turned


def _argument(context: Context, fragment: Fragment, kind: Kind, numeric: Type | None, at: int) -> Fragment:
    target, accepted = _TARGETS[kind]
    if fragment.type is not None and fragment.type.code in accepted:
        return fragment
    if kind is Kind.NUMBER and fragment.type is None and numeric is not None:
        target = types.DECIMAL if numeric.code in types.DECIMALS else numeric
    return checked(context, fragment, target, at)


def _sql(function: Function, arguments: list[str]) -> str:
    if function.template is None:
        return f"{function.sql_name}({', '.join(arguments)})"
    if "{all}" in function.template:
        return function.template.replace("{all}", ", ".join(arguments))
    return function.template.format(*arguments)


def _aggregate(context: Context, scope: Scope, node: tree.Call, function: Function) -> Fragment:
    if (scope.groups is None or scope.in_aggregate) and node.window is None:
        raise HanaError(MISPLACED_AGGREGATE, f"aggregate function not allowed: {node.name}", node.at)
    if node.window is not None:
        raise not_supported("window functions", node.at)
    if node.star:
        return Fragment("count(*)", types.BIGINT, nullable=False)
    scope.in_aggregate = True
    try:
        arguments = [values.value(context, scope, each) for each in node.arguments]
    finally:
        scope.in_aggregate = False
    arguments = _turned(context, function, arguments, node)
    type_ = function.result([each.type for each in arguments])
    inner = arguments[0].sql
    if arguments[0].type is not None and arguments[0].type.code in types.DECIMALS:
        inner = f"{inner} {DECIMAL_COLLATION}"
    if node.distinct:
        inner = f"DISTINCT {inner}"
    return Fragment(f"{aggregate_sql(node.name, arguments[0].type)}({inner})", type_)
