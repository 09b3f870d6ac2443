"""Compiles function calls: converts the arguments, finds the type, and calls what computes the value."""

from __future__ import annotations

from localcloud.hana.errors import INVALID_FUNCTION, WRONG_ARGUMENT_COUNT, HanaError, not_supported
from localcloud.hana.model import Type
from localcloud.hana.sql.functions import FUNCTIONS, Function, Kind
from localcloud.hana.sql.functions.aggregates import AGGREGATES
from localcloud.hana.sql.functions.session import VOLATILE
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.language import is_function
from localcloud.hana.sql.values import types

from . import expressions
from .conversions import checked, convert, unify
from .fragments import Context, Fragment, Scope

_TARGETS = {
    Kind.TEXT: (types.UNTYPED_TEXT, types.TEXTS | types.TEXT_LOBS),
    Kind.STRING: (types.UNTYPED_TEXT, types.TEXTS | types.TEXT_LOBS | types.BINARIES | {types.BLOB.code}),
    Kind.INTEGER: (types.BIGINT, types.INTEGERS),
    Kind.NUMBER: (types.DECIMAL, types.NUMBERS),
    Kind.DECIMAL: (types.DECIMAL, types.INTEGERS | types.DECIMALS),
    Kind.FLOAT: (types.DOUBLE, frozenset({types.DOUBLE.code})),
    Kind.BINARY: (types.BLOB, types.BINARIES | {types.BLOB.code}),
    Kind.DATETIME: (types.LONGDATE, types.DATED),
    Kind.TIMESTAMP: (types.LONGDATE, frozenset({types.LONGDATE.code})),
    Kind.TIME: (types.LONGDATE, types.TIMES),
}


_MOST_ARGUMENTS = 100
"""sqlite ends at 127."""


def call(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """A call of a function; 7 names one that only HANA has, 328 one that nobody has."""
    from .aggregates import aggregate
    from .special_functions import SPECIAL

    if node.name in AGGREGATES:
        return aggregate(context, scope, node)
    if not is_function(node.name):  # some have helpers of their own in the table
        raise invalid_function(node)
    special, function = SPECIAL.get(node.name), FUNCTIONS.get(node.name)
    if special is None and function is None:
        raise not_supported(f"function {node.name}", node.at)
    check_plain(node)
    if special is not None:
        return special(context, scope, node)
    assert function is not None
    most = None if function.variadic else len(function.kinds)
    check_count(node, len(function.kinds) - function.optional, most)
    arguments = [expressions.value(context, scope, each) for each in node.arguments]
    return applied(context, function, arguments, node.at)


def applied(context: Context, function: Function, arguments: list[Fragment], at: int) -> Fragment:
    """A function of `FUNCTIONS` over compiled arguments."""
    context.volatile = context.volatile or function.name in VOLATILE
    arguments = converted_arguments(context, function.kinds, arguments, at)
    type_ = function.result([each.type for each in arguments])
    return Fragment(_sql(function, [each.sql for each in arguments]), type_)


def check_plain(node: tree.Call) -> None:
    """No DISTINCT, no `*`, no OVER: those are for aggregates."""
    if node.distinct or node.star or node.order or node.window is not None:
        raise invalid_function(node)


def invalid_function(node: tree.Call) -> HanaError:
    """328, of a function that there is not, or not in this form."""
    return HanaError(INVALID_FUNCTION, f"invalid name of function or procedure: {node.name}", node.at)


def check_count(node: tree.Call, fewest: int, most: int | None) -> None:
    count = len(node.arguments)
    if count < fewest or (most is not None and count > most):
        raise HanaError(
            WRONG_ARGUMENT_COUNT,
            f"wrong number of arguments in function invocation: {node.name}",
            node.at,
        )


def converted_arguments(
    context: Context, wanted: tuple[Kind, ...], arguments: list[Fragment], at: int
) -> list[Fragment]:
    """The arguments in the kinds that the function wants; the last kind is that of all further arguments."""
    kinds = [wanted[min(index, len(wanted) - 1)] for index in range(len(arguments))]
    same = [index for index, kind in enumerate(kinds) if kind is Kind.SAME]
    found = list(arguments)
    if same:
        unified, _ = unify(context, [arguments[index] for index in same], at)
        for index, fragment in zip(same, unified, strict=True):
            found[index] = fragment
    numbers = [each.type for each, kind in zip(arguments, kinds, strict=True) if kind is Kind.NUMBER]
    numeric = next((type_ for type_ in numbers if type_ is not None and type_.code in types.NUMBERS), None)
    for index, kind in enumerate(kinds):
        if kind is Kind.ANY:
            _take_any_length(context, found[index])
        if kind not in (Kind.SAME, Kind.ANY):
            found[index] = argument(context, arguments[index], kind, at, numeric)
        elif found[index].type is None:
            found[index] = convert(context, found[index], types.UNTYPED_TEXT)
    return found


def argument(
    context: Context, fragment: Fragment, kind: Kind, at: int, numeric: Type | None = None
) -> Fragment:
    """One argument in its kind; a parameter among numbers takes the type of the number beside it."""
    target, accepted = _TARGETS[kind]
    if kind in (Kind.TEXT, Kind.STRING):
        _take_any_length(context, fragment)
    if fragment.type is not None and fragment.type.code in accepted:
        return fragment
    if kind is Kind.NUMBER and fragment.type is None and numeric is not None:
        target = types.DECIMAL if numeric.code in types.DECIMALS else numeric
    if kind is Kind.TIME and fragment.type is not None and fragment.type.code in types.TEXTS:
        return Fragment(f"hana_clock({fragment.sql})", types.SECONDTIME)
    return checked(context, fragment, target, at)


def _take_any_length(context: Context, fragment: Fragment) -> None:
    if fragment.marker is not None:
        context.arguments.add(fragment.marker)


def _sql(function: Function, arguments: list[str]) -> str:
    while function.associative and len(arguments) > _MOST_ARGUMENTS:
        arguments = [*arguments[:-_MOST_ARGUMENTS], _sql(function, arguments[-_MOST_ARGUMENTS:])]
    if function.name == "SESSION_CONTEXT" and arguments[0].startswith("'"):
        # a statement sees one value, which sqlite asks for once if it is a query of its own
        return f"(SELECT {function.sql_name}({arguments[0]}))"
    if function.template is None:
        return f"{function.sql_name}({', '.join(arguments)})"
    return function.template.replace("{all}", ", ".join(arguments))
