"""Compiles expressions: what they become in sqlite, and of which type they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.hana.errors import (
    INCONSISTENT_TYPE,
    INVALID_SEQUENCE,
    NOT_GROUPED,
    SYNTAX,
    TOO_MANY_VALUES,
    HanaError,
    not_supported,
)
from localcloud.hana.model import Type
from localcloud.hana.sql.catalogue.catalogue import Sequence
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from . import calls, conditions
from .conversions import checked, convert, literal_sql, unify
from .fragments import Context, Fragment, Scope, balanced
from .json_tables import json_function
from .text_search import score

_LEVELS = {"+": 1, "-": 1, "*": 2}
_LONGEST_NESTED = 50
"""Steps of arithmetic that are nested in sqlite, which has room for a hundred."""
_STEPS_A_CALL = 90
_ATOMS = (tree.Literal, tree.Marker, tree.Variable)
_CONDITIONS = tree.Condition.__args__


def value(context: Context, scope: Scope, node: tree.Expression) -> Fragment:
    """An expression that yields a value; a condition in its place is a syntax error, as in HANA."""
    if isinstance(node, _CONDITIONS):
        raise HanaError(SYNTAX, "sql syntax error: a condition is not a value", node.at)
    if scope.groups is not None and not scope.in_aggregate and not isinstance(node, _ATOMS):
        grouped = _group_of(context, scope, node)
        if grouped is not None:
            return grouped
    return _COMPILERS[type(node)](context, scope, node)


def _group_of(context: Context, scope: Scope, node: tree.Expression) -> Fragment | None:
    """The fragment if the expression is one of those that the SELECT groups by."""
    if not scope.groups or isinstance(node, tree.ScalarQuery | tree.Star):
        return None
    scope.in_aggregate = True
    markers = list(context.markers)
    try:
        found = _COMPILERS[type(node)](context, scope, node)
    except HanaError:
        return None
    finally:
        scope.in_aggregate = False
    if found.sql in scope.groups:
        return found
    context.markers[:] = markers
    return None


def _literal(context: Context, scope: Scope, node: tree.Literal) -> Fragment:
    literal = node if node.type is not None else None
    return Fragment(literal_sql(node.value), node.type, literal=literal, nullable=node.value is None)


def _marker(context: Context, scope: Scope, node: tree.Marker) -> Fragment:
    return Fragment(f"?{node.index + 1}", None, marker=node.index)


def _variable(context: Context, scope: Scope, node: tree.Variable) -> Fragment:
    found = context.variables.get(node.name)
    if found is None:
        raise not_supported(f"variable :{node.name}", node.at)
    return found


def _column(context: Context, scope: Scope, node: tree.ColumnName) -> Fragment:
    found, owner = scope.resolve(node)
    if owner.groups is not None and not owner.in_aggregate and found.sql not in owner.groups:
        raise HanaError(
            NOT_GROUPED,
            f"missing aggregation or grouping: '{node.name}' must be in group by clause",
            node.at,
        )
    return Fragment(found.sql, found.type, field=found, nullable=found.nullable)


def _star(context: Context, scope: Scope, node: tree.Star) -> Fragment:
    raise HanaError(SYNTAX, 'sql syntax error: incorrect syntax near "*"', node.at)


def _cast(context: Context, scope: Scope, node: tree.Cast) -> Fragment:
    inner = value(context, scope, node.expression)
    return checked(context, inner, node.type, node.at, explicit=True)


def _case(context: Context, scope: Scope, node: tree.Case) -> Fragment:
    tests = _tests(context, scope, node)
    results = [value(context, scope, result) for _, result in node.branches]
    if node.default is not None:
        results.append(value(context, scope, node.default))
    results, type_ = unify(context, results, node.at)
    parts = [f"WHEN {test} THEN {result.sql}" for test, result in zip(tests, results, strict=False)]
    if node.default is not None:
        parts.append(f"ELSE {results[-1].sql}")
    return Fragment(f"CASE {' '.join(parts)} END", type_)


def _tests(context: Context, scope: Scope, node: tree.Case) -> list[str]:
    if node.operand is None:
        return [conditions.condition(context, scope, test) for test, _ in node.branches]
    return [
        conditions.condition(context, scope, tree.Comparison("=", node.operand, test, node.at))
        for test, _ in node.branches
    ]


def _negation(context: Context, scope: Scope, node: tree.Negation) -> Fragment:
    zero = tree.Literal(0, types.TINYINT, node.at)
    return _arithmetic(context, scope, tree.Arithmetic("-", zero, node.expression, node.at))


def _arithmetic(context: Context, scope: Scope, node: tree.Arithmetic) -> Fragment:
    if node.operator == "||":
        return _concatenated(context, scope, node)
    return _checked(_arithmetic_unchecked(context, scope, node))


def _checked(found: Fragment) -> Fragment:
    """A result of sqlite's own arithmetic, in its range or 314: sqlite makes floats of too large integers."""
    if found.level == 0:
        return found
    function = "hana_integer" if found.type == types.BIGINT else "hana_finite"
    return Fragment(f"{function}({found.sql})", found.type)


def _arithmetic_unchecked(context: Context, scope: Scope, node: tree.Arithmetic) -> Fragment:
    """Arithmetic that is still to be checked; long chains are compiled from left to right, not nested."""
    chain = [node]
    while _is_chained(scope, chain[-1].left):
        chain.append(chain[-1].left)  # type: ignore[arg-type]
    if len(chain) > _LONGEST_NESTED:
        return _long_chain(context, scope, chain)
    found = _operand(context, scope, chain[-1].left)
    for each in reversed(chain):
        found = _calculated(context, each, found, _operand(context, scope, each.right))
    return found


def _long_chain(context: Context, scope: Scope, chain: list[tree.Arithmetic]) -> Fragment:
    """As many steps in one call as sqlite takes arguments: nested, it would have no room for them."""
    found = _operand(context, scope, chain[-1].left)
    arguments: list[str] = []
    steps: list[str] = []
    for each in reversed(chain):
        left, right = _numeric_pair(context, found, _operand(context, scope, each.right), each.at)
        assert left.type is not None
        assert right.type is not None
        result = types.arithmetic(each.operator, left.type, right.type)
        if not steps:
            arguments = [_checked(left).sql]
        arguments.append(_checked(right).sql)
        steps.append(f"{each.operator}{int(result.code)},{result.length},{result.scale}")
        whole = types.BIGINT if result.code in types.INTEGERS else result
        found = Fragment("", whole)
    sql = arguments[0]
    for start in range(0, len(steps), _STEPS_A_CALL):
        spec = " ".join(steps[start : start + _STEPS_A_CALL])
        listed = ", ".join(arguments[start + 1 : start + 1 + _STEPS_A_CALL])
        sql = f"hana_chain('{spec}', {sql}, {listed})"
    return Fragment(sql, found.type)


def _is_chained(scope: Scope, node: tree.Expression) -> bool:
    """Whether an operand is arithmetic that may be joined with what surrounds it."""
    is_grouped = scope.groups is not None and not scope.in_aggregate
    return isinstance(node, tree.Arithmetic) and node.operator != "||" and not is_grouped


def _calculated(context: Context, node: tree.Arithmetic, left: Fragment, right: Fragment) -> Fragment:
    """One step; integers and floats are left to sqlite, decimals are not."""
    left, right = _numeric_pair(context, left, right, node.at)
    assert left.type is not None
    assert right.type is not None
    result = types.arithmetic(node.operator, left.type, right.type)
    if result.code in types.DECIMALS:
        sizes = f"{int(result.code)}, {result.length}, {result.scale}"
        left, right = _checked(left), _checked(right)
        return Fragment(f"hana_calculate('{node.operator}', {left.sql}, {right.sql}, {sizes})", result)
    if result.code in types.FLOATS:
        left, right = convert(context, left, types.DOUBLE), convert(context, right, types.DOUBLE)
        if node.operator == "/":
            return Fragment(f"hana_divide({_checked(left).sql}, {_checked(right).sql})", result)
        return _joined(node.operator, left, right, types.DOUBLE)
    return _joined(node.operator, left, right, types.BIGINT)


def _operand(context: Context, scope: Scope, node: tree.Expression) -> Fragment:
    if _is_chained(scope, node):
        return _arithmetic_unchecked(context, scope, node)  # type: ignore[arg-type]
    return value(context, scope, node)


def _joined(operator: str, left: Fragment, right: Fragment, type_: Type) -> Fragment:
    """`left operator right` with no more parentheses than it takes: sqlite has room for a hundred."""
    level = _LEVELS[operator]
    first = f"({left.sql})" if 0 < left.level < level else left.sql
    second = f"({right.sql})" if 0 < right.level <= level else right.sql
    return Fragment(f"{first} {operator} {second}", type_, level=level)


def _numeric_pair(context: Context, left: Fragment, right: Fragment, at: int) -> tuple[Fragment, Fragment]:
    for first, second in ((left, right), (right, left)):
        if first.type is None and second.type is not None and second.type.code in types.NUMBERS:
            target = second.type if second.type.code in types.INTEGERS | types.FLOATS else types.DECIMAL
            convert(context, first, target)
    return tuple(_number(context, each, at) for each in (left, right))  # type: ignore[return-value]


def _number(context: Context, fragment: Fragment, at: int) -> Fragment:
    if fragment.type is None:
        bound = None if fragment.marker is None else context.markers[fragment.marker]
        return convert(context, fragment, bound or types.DECIMAL)
    if fragment.type.code in types.NUMBERS:
        return fragment
    if fragment.type.code in types.TEXTS:
        return convert(context, fragment, types.DECIMAL)
    raise HanaError(
        INCONSISTENT_TYPE, f"inconsistent datatype: {types.sys_name(fragment.type)} is not a number", at
    )


def _concatenated(context: Context, scope: Scope, node: tree.Arithmetic) -> Fragment:
    """`a || b || …`: everything is text, but for two binaries."""
    operands: list[tree.Expression] = []
    rest: tree.Expression = node
    while isinstance(rest, tree.Arithmetic) and rest.operator == "||":
        operands.append(rest.right)
        rest = rest.left
    operands.append(rest)
    found = [value(context, scope, each) for each in reversed(operands)]
    if all(each.type is not None and each.type.code in types.BINARIES for each in found):
        raise not_supported("|| of binaries", node.at)
    length, wide, lob, is_long = 0, False, False, False
    parts = []
    for fragment in found:
        part = fragment
        if part.type is None or part.type.code not in types.TEXTS | types.TEXT_LOBS:
            part = convert(context, fragment, types.UNTYPED_TEXT)
        assert part.type is not None
        length += part.type.length
        wide = wide or types.is_wide(part.type)
        lob = lob or part.type.code in types.TEXT_LOBS
        is_long = is_long or part.type.length > types.LONGEST_TEXT
        parts.append(part.sql)
    type_ = types.long_text(length, wide) if is_long else types.text(length, wide)
    return Fragment(balanced(parts, "||"), types.NCLOB if lob else type_)


def _scalar_query(context: Context, scope: Scope, node: tree.ScalarQuery) -> Fragment:
    from .queries import query  # queries hold expressions and expressions hold queries

    compiled = query(context, scope, node.query)
    if len(compiled.fields) != 1:
        raise HanaError(TOO_MANY_VALUES, "too many values", node.at)
    only = compiled.fields[0]
    return Fragment(f"({compiled.single()})", only.type)


def _sequence_value(context: Context, scope: Scope, node: tree.SequenceValue) -> Fragment:
    found = context.catalogue.follow(context.catalogue.find(node.sequence, context.schema))
    if not isinstance(found, Sequence):
        missing = HanaError(INVALID_SEQUENCE, f"invalid sequence: {node.sequence.name}", node.at)
        raise context.catalogue.without_schema(node.sequence) or missing
    context.catalogue.demand(context.user, "SELECT", found.schema, found.name, node.at)
    context.volatile = True
    function = "hana_next" if node.which == "NEXTVAL" else "hana_current"
    return Fragment(f"{function}({found.id})", types.BIGINT, nullable=False)


def _row_value(context: Context, scope: Scope, node: tree.RowValue) -> Fragment:
    raise not_supported("a row of values here", node.at)


def _call(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    return calls.call(context, scope, node)


def _json_function(context: Context, scope: Scope, node: tree.JsonFunction) -> Fragment:
    return json_function(context, scope, node, value)


def _text_score(context: Context, scope: Scope, node: tree.TextScore) -> Fragment:
    return score(context, scope, node, value)


_COMPILERS: dict[type, Callable[[Context, Scope, Any], Fragment]] = {
    tree.Literal: _literal,
    tree.Marker: _marker,
    tree.Variable: _variable,
    tree.ColumnName: _column,
    tree.Star: _star,
    tree.Cast: _cast,
    tree.Case: _case,
    tree.Negation: _negation,
    tree.Arithmetic: _arithmetic,
    tree.ScalarQuery: _scalar_query,
    tree.SequenceValue: _sequence_value,
    tree.RowValue: _row_value,
    tree.Call: _call,
    tree.JsonFunction: _json_function,
    tree.TextScore: _text_score,
}
