"""Joins expressions into larger ones, if their kinds fit.

Every function raises ValueError for what is wrong, and NotImplementedError for what is legal and is
not done here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal as OneOf

from tokonoma.data.columns import LARGE, NUMBERS, Kind

from . import literals
from .functions import CASTS, FUNCTIONS
from .tree import NULL, Arithmetic, Call, Comparison, Expression, In, InAttribute, Literal, Not, junction

Comparer = OneOf["eq", "ne", "gt", "ge", "lt", "le"]
Reckoner = OneOf["add", "sub", "mul", "div", "divby", "mod"]

_TIMES = frozenset({Kind.DATE, Kind.MOMENT})


def compare(operator: Comparer, left: Expression, right: Expression) -> Expression:
    """A text literal beside another kind is read as a literal of that kind."""
    left, right = like(left, right.kind), like(right, left.kind)
    kinds = {left.kind, right.kind}
    if Kind.NULL not in kinds:
        if kinds & LARGE:
            raise NotImplementedError(f"{operator} of {(kinds & LARGE).pop().value}")
        if Kind.BINARY in kinds and operator not in ("eq", "ne"):
            raise ValueError(f"{operator} cannot compare binary values")
        _refuse_unlike(kinds)
    return Comparison(operator, left, right)


def member(operand: Expression, items: list[Expression]) -> Expression:
    _refuse_large(operand)
    found = []
    for each in items:
        item = like(each, operand.kind)
        if not isinstance(item, Literal):
            raise NotImplementedError("a list of anything but literals")
        if item.kind is not Kind.NULL and operand.kind is not Kind.NULL:
            _refuse_unlike({operand.kind, item.kind})
        found.append(item)
    return In(operand, tuple(found))


def member_of_attribute(operand: Expression, attribute: str) -> Expression:
    _refuse_large(operand)
    if operand.kind is Kind.NULL:
        raise ValueError("null is not in an attribute")
    return InAttribute(operand, attribute)


def reckon(operator: Reckoner, left: Expression, right: Expression) -> Expression:
    kinds = {left.kind, right.kind}
    if kinds & _TIMES:
        raise NotImplementedError(f"{operator} of dates")
    for each in (left, right):
        if each.kind not in NUMBERS and each.kind is not Kind.NULL:
            raise ValueError(f"{operator} takes numbers, and this is {each.kind.value}")
    if Kind.NULL in kinds:
        return NULL
    if operator in ("div", "divby", "mod") and isinstance(right, Literal) and not right.value:
        raise ValueError(f"{operator} by 0")
    whole = kinds == {Kind.INTEGER} and operator != "divby"
    return Arithmetic(operator, left, right, Kind.INTEGER if whole else Kind.DECIMAL)


def negative(operand: Expression) -> Expression:
    if isinstance(operand, Literal) and isinstance(operand.value, Decimal):
        return Literal(operand.value.copy_negate() or operand.value, operand.kind)
    return reckon("sub", Literal(literals.number("0"), Kind.INTEGER), operand)


def opposite(operand: Expression) -> Expression:
    return Not(condition(operand))


def both(left: Expression, right: Expression) -> Expression:
    return junction("and", [condition(left), condition(right)])


def either(left: Expression, right: Expression) -> Expression:
    return junction("or", [condition(left), condition(right)])


def condition(node: Expression) -> Expression:
    """An expression that is true, false or null."""
    if node.kind not in (Kind.BOOLEAN, Kind.NULL):
        raise ValueError(f"a condition is expected, and this is {node.kind.value}")
    return node


def call(name: str, arguments: list[Expression]) -> Expression:
    """A function of FUNCTIONS; it is null if an argument is."""
    function = FUNCTIONS[name]
    most = len(function.arguments)
    if not most - function.optional <= len(arguments) <= most:
        raise ValueError(f"{name} takes {most} argument{'s' * (most > 1)}, and there are {len(arguments)}")
    for number, (argument, kinds) in enumerate(zip(arguments, function.arguments, strict=False), 1):
        if argument.kind not in kinds and argument.kind is not Kind.NULL:
            raise ValueError(f"argument {number} of {name} cannot be {argument.kind.value}")
    if any(each.kind is Kind.NULL for each in arguments):
        return NULL
    if name == "substring":
        _check_positions(arguments[1:])
    if function.result is Kind.BOOLEAN:
        _check_pattern(name, *arguments)
    return Call(name, tuple(arguments), function.result or arguments[0].kind)


def cast(operand: Expression, target: str) -> Expression:
    kind, ways = CASTS.get(target, (Kind.NULL, {}))
    if operand.kind is not Kind.NULL and operand.kind not in ways:
        raise NotImplementedError(f"cast of {operand.kind.value} to {target}")
    return NULL if operand.kind is Kind.NULL else Call(target, (operand,), kind)


def like(node: Expression, kind: Kind) -> Expression:
    """A literal text as one of another kind; everything else as it is."""
    is_text = isinstance(node, Literal) and node.kind is Kind.TEXT
    if not is_text or kind in (Kind.TEXT, Kind.NULL) or kind in LARGE:
        return node
    assert isinstance(node, Literal)
    assert isinstance(node.value, str)
    return Literal(literals.cast(node.value, kind), kind)


def _check_positions(positions: list[Expression]) -> None:
    for place, each in enumerate(positions):
        if not isinstance(each, Literal):
            raise NotImplementedError("substring at a computed position")
        if place == 1 and each.value < 0:  # type: ignore[operator]
            raise ValueError("the length of a substring is negative")


def _check_pattern(name: str, subject: Expression, sought: Expression) -> None:
    if isinstance(sought, Literal):
        # Each of its characters may need another one before it.
        if len(str(sought.value)) > literals.LONGEST_TEXT // 2 - 1:
            raise ValueError(f"the second argument of {name} is too long")
    elif subject.kind is Kind.LARGE_TEXT:
        raise NotImplementedError(f"{name} of a large text with anything but a literal")


def _refuse_unlike(kinds: set[Kind]) -> None:
    if len(kinds) > 1 and not kinds <= NUMBERS:
        one, other = sorted(kind.value for kind in kinds)
        raise ValueError(f"{one} cannot be compared with {other}")


def _refuse_large(operand: Expression) -> None:
    if operand.kind in LARGE:
        raise NotImplementedError(f"in with {operand.kind.value}")
