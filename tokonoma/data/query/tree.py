"""An expression that has been read: typed, immutable, compared by value.

    Expression = Literal | Reference | Now | Call | Arithmetic
               | Comparison | In | InAttribute | Junction | Not

`kind` says what an expression yields. Parentheses are not kept: the tree's form says what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from typing import Literal as OneOf

from tokonoma.data.columns import Column, Kind

from .literals import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A value. Numbers are Decimal, whatever their kind; dates and times are texts (see `literals`)."""

    value: Value
    kind: Kind


@dataclass(frozen=True, slots=True)
class Reference:
    """A column, by the name that callers use for it."""

    name: str
    column: Column

    @property
    def kind(self) -> Kind:
        return self.column.kind


@dataclass(frozen=True, slots=True)
class Now:
    """The moment at which the first page was asked for."""

    kind: ClassVar[Kind] = Kind.MOMENT


@dataclass(frozen=True, slots=True)
class Call:
    """A function of OData, by its name there; `cast` is called by its target: `Edm.Date`."""

    function: str
    arguments: tuple[Expression, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers; a minus sign is `0 sub x`."""

    operator: OneOf["add", "sub", "mul", "div", "divby", "mod"]
    left: Expression
    right: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values of comparable kinds. Never null."""

    operator: OneOf["eq", "ne", "gt", "ge", "lt", "le"]
    left: Expression
    right: Expression
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class In:
    """Whether a value is one of a list's, in which null may be. Never null."""

    operand: Expression
    items: tuple[Literal, ...]
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class InAttribute:
    """Whether a value is one of the caller's attribute: `ROOM_ID in @user.rooms`. In row rules only."""

    operand: Expression
    attribute: str
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Junction:
    """Two or more conditions, none of which is a Junction of the same operator."""

    operator: OneOf["and", "or"]
    operands: tuple[Expression, ...]
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition; null stays null."""

    operand: Expression
    kind: ClassVar[Kind] = Kind.BOOLEAN


Expression = Literal | Reference | Now | Call | Arithmetic | Comparison | In | InAttribute | Junction | Not

TRUE, FALSE = Literal(True, Kind.BOOLEAN), Literal(False, Kind.BOOLEAN)
NULL = Literal(None, Kind.NULL)


@dataclass(frozen=True, slots=True)
class Order:
    """One item of $orderby. Nulls come first, and last if `descending`."""

    expression: Expression
    descending: bool = False


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions right below one."""
    match node:
        case Call():
            return node.arguments
        case Junction():
            return node.operands
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case In() | InAttribute() | Not():
            return (node.operand,)
    return ()


def walk(node: Expression) -> Iterator[tuple[Expression, int]]:
    """An expression and all below it, each with its depth, which is 1 at the top."""
    waiting = [(node, 1)]
    while waiting:
        found, depth = waiting.pop()
        yield found, depth
        waiting += [(child, depth + 1) for child in children(found)]


def junction(operator: OneOf["and", "or"], operands: list[Expression]) -> Expression:
    """All of these or any of these, as flat as can be."""
    flat: list[Expression] = []
    for each in operands:
        flat += each.operands if isinstance(each, Junction) and each.operator == operator else (each,)
    return flat[0] if len(flat) == 1 else Junction(operator, tuple(flat))


def is_constant(node: Expression) -> bool:
    """Whether an expression is the same for every row."""
    return not any(isinstance(each, Reference) for each, _ in walk(node))


def nullable(node: Expression) -> bool:
    """Whether an expression may be null."""
    match node:
        case Literal():
            return node.value is None
        case Reference():
            return node.column.nullable
        case Comparison() | In() | InAttribute():
            return False
        case Arithmetic(operator="div" | "divby" | "mod"):
            # A divisor of 0 makes null, and so does a remainder that takes too many digits.
            return node.operator == "mod" or not isinstance(node.right, Literal) or nullable(node.left)
    return any(map(nullable, children(node)))
