"""Makes HANA SQL of expressions: names quoted, values bound.

OData knows true, false and null, and its comparisons are never null: `null ne 1` is true, `not (null eq 1)`
too. SQL knows unknown. So a condition is made in two forms, one that holds where it is true and one that
holds where it is false; `not` changes from one to the other, and no NOT stands before what may be unknown.

Arithmetic is done in HANA's floating DECIMAL, with 34 digits: it never overflows. A division by 0 makes null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from tokonoma.data.columns import NUMBERS, Kind

from . import literals
from .binding import beside, can_equal, typed
from .functions import CASTS, FUNCTIONS
from .sql import FALSE, NOW, TRUE, Sql, fill, junction, quoted, refuse_deep
from .tree import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    In,
    InAttribute,
    Junction,
    Literal,
    Not,
    Now,
    Reference,
    nullable,
)

Attributes = Mapping[str, Sequence[str]]
"""The caller's attributes, by name, each a list."""

_SYMBOLS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_OPPOSITES = {"eq": "ne", "ne": "eq", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "divby": "/"}
_MOST_QUOTIENT = Decimal("1E+33")
_DIVISIONS = frozenset({"div", "divby", "mod"})
_PATTERNS = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}
_SPECIAL = re.compile(r"[\\%_]")
_LONGEST = literals.LONGEST_TEXT + 1
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Unicode's White_Space, for `trim`."""


def condition(node: Expression, attributes: Attributes | None = None) -> Sql:
    """What to put behind WHERE, for an expression of kind BOOLEAN or NULL: it holds where that is true.

    Raises QueryInvalid if it would become too large or too deep.
    """
    return refuse_deep(_Compiler(attributes or {}).condition(node, True))


def value(node: Expression) -> Sql:
    """An SQL expression that yields a value; 1 and 0 stand for true and false. Raises as `condition`."""
    return refuse_deep(_Compiler({}).value(node))


class _Compiler:
    def __init__(self, attributes: Attributes) -> None:
        self.attributes = attributes

    # Conditions

    def condition(self, node: Expression, wanted: bool) -> Sql:
        """Holds where the expression is true, or where it is false: whichever is `wanted`."""
        match node:
            case Literal():
                return TRUE if node.value is wanted else FALSE
            case Reference():
                return Sql(f"{quoted(node.column.name)} = ?", (wanted,))
            case Not():
                return self.condition(node.operand, not wanted)
            case Junction():
                word = "AND" if (node.operator == "and") is wanted else "OR"
                return junction(word, [self.condition(each, wanted) for each in node.operands])
            case Comparison():
                return self.comparison(node, wanted)
            case In():
                return self.membership(node, wanted)
            case InAttribute() if wanted:
                return self.among(node.operand, self.values_of(node), wanted)
            case Call():
                return self.predicate(node, wanted)
        raise TypeError(f"not a condition: {type(node).__name__}")

    def comparison(self, node: Comparison, wanted: bool) -> Sql:
        left, right = node.left, node.right
        operator = node.operator if wanted else _OPPOSITES[node.operator]
        if Kind.NULL in (left.kind, right.kind):
            if operator in ("eq", "ne"):
                return self.null(right if left.kind is Kind.NULL else left, operator == "eq")
            return FALSE if wanted else TRUE
        if operator in ("eq", "ne") and Kind.BOOLEAN is left.kind and isinstance(right, Literal):
            return self.same_as(left, right.value is True, operator == "eq")
        compared = fill(f"{{}} {_SYMBOLS[operator]} {{}}", *self.pair(left, right))
        if operator == node.operator and operator not in ("eq", "ne"):
            return compared
        if operator == "eq":
            both = [self.null(left, True), self.null(right, True)]
            return junction("OR", [compared, junction("AND", both)])
        if operator == "ne" and nullable(left) and nullable(right):
            one = [junction("AND", [self.null(left, it), self.null(right, not it)]) for it in (True, False)]
            return junction("OR", [compared, *one])
        return junction("OR", [compared, self.null(left, True), self.null(right, True)])

    def same_as(self, node: Expression, wanted: bool, is_same: bool) -> Sql:
        """`CONDITION eq true` and its like, without making a value of the condition."""
        if is_same:
            return self.condition(node, wanted)
        return junction("OR", [self.condition(node, not wanted), self.null(node, True)])

    def null(self, node: Expression, wanted: bool) -> Sql:
        if not nullable(node):
            return FALSE if wanted else TRUE
        if isinstance(node, Literal):
            return TRUE if wanted else FALSE
        subject = Sql(quoted(node.column.name)) if isinstance(node, Reference) else self.value(node)
        return fill("{} IS NULL" if wanted else "{} IS NOT NULL", subject)

    def membership(self, node: In, wanted: bool) -> Sql:
        has_null = any(each.value is None for each in node.items)
        if node.operand.kind is Kind.NULL:
            return TRUE if has_null is wanted else FALSE
        found = self.among(node.operand, [each for each in node.items if each.value is not None], wanted)
        if wanted:
            return junction("OR", [found, self.null(node.operand, True)]) if has_null else found
        if has_null:
            return junction("AND", [found, self.null(node.operand, False)])
        return junction("OR", [found, self.null(node.operand, True)])

    def among(self, operand: Expression, items: Sequence[Literal], wanted: bool) -> Sql:
        if isinstance(operand, Reference):
            items = [each for each in items if can_equal(operand.column, each)]
        if not items:
            return FALSE if wanted else TRUE
        values = [self.pair(operand, each)[1] for each in items]
        places = ", ".join(["{}"] * len(values))
        return fill(f"{{}} {'IN' if wanted else 'NOT IN'} ({places})", self.value(operand), *values)

    def values_of(self, node: InAttribute) -> list[Literal]:
        """The attribute's values. What the operand's kind cannot be is equal to none of its values."""
        given = self.attributes.get(node.attribute)
        found = []
        for each in given if isinstance(given, list | tuple) else ():
            try:
                each.encode()
                found.append(Literal(literals.cast(each, node.operand.kind), node.operand.kind))
            except (ValueError, NotImplementedError, AttributeError):
                continue
        return found

    def predicate(self, node: Call, wanted: bool) -> Sql:
        subject, sought = node.arguments
        if isinstance(sought, Literal):
            pattern = Literal(
                _PATTERNS[node.function].format(_SPECIAL.sub(r"\\\g<0>", str(sought.value))), Kind.TEXT
            )
            word = "LIKE" if wanted else "NOT LIKE"
            return fill(f"{{}} {word} {{}} ESCAPE '\\'", *self.pair(subject, pattern))
        whole, part = self.value(subject), self.value(sought)
        if node.function == "contains":
            return fill(f"{{}} {'>=' if wanted else '<'} 0", _position(whole, part))
        side, sign = ("LEFT" if node.function == "startswith" else "RIGHT"), ("=" if wanted else "<>")
        return fill(f"{side}({{}}, LENGTH({{}})) {sign} {{}}", whole, part, part)

    # Values

    def value(self, node: Expression) -> Sql:
        match node:
            case Literal():
                return typed(node.value, node.kind)
            case Reference() if node.kind is not Kind.BOOLEAN:
                return Sql(quoted(node.column.name))
            case Now():
                return typed(None, Kind.MOMENT)._replace(values=(NOW,))
            case Arithmetic():
                return self.arithmetic(node)
            case Call() if node.kind is not Kind.BOOLEAN:
                return self.call(node)
        holds = self.condition(node, True)
        if not nullable(node):
            return fill("CASE WHEN {} THEN 1 ELSE 0 END", holds)
        return fill("CASE WHEN {} THEN 1 WHEN {} THEN 0 END", holds, self.condition(node, False))

    def pair(self, left: Expression, right: Expression) -> tuple[Sql, Sql]:
        """Both sides of a comparison, in types that HANA compares as OData would."""
        if isinstance(left, Literal) and not isinstance(right, Literal):
            second, first = self.pair(right, left)
            return first, second
        first, second = self.value(left), self.value(right)
        if isinstance(right, Literal) and not isinstance(left, Literal):
            if isinstance(left, Reference):
                return first, beside(left.column, right)
            return first, typed(right.value, left.kind if left.kind in NUMBERS else right.kind)
        if left.kind is not right.kind and Kind.DOUBLE in (left.kind, right.kind):
            return self.decimal(left), self.decimal(right)
        return first, second

    def decimal(self, node: Expression) -> Sql:
        found = self.value(node)
        return found if isinstance(node, Literal | Arithmetic) else fill("TO_DECIMAL({})", found)

    def arithmetic(self, node: Arithmetic) -> Sql:
        left, right = self.decimal(node.left), self.decimal(node.right)
        if node.operator in _DIVISIONS and not isinstance(node.right, Literal):
            right = fill("NULLIF({}, 0)", right)
        if node.operator == "mod":
            return _remainder(left, right)
        found = fill(f"({{}} {_SIGNS[node.operator]} {{}})", left, right)
        if node.operator == "div" and node.kind is Kind.INTEGER:
            return fill("ROUND({}, 0, ROUND_DOWN)", found)
        return found

    def call(self, node: Call) -> Sql:
        first, *others = (self.value(each) for each in node.arguments)
        if node.function in CASTS:
            return fill(CASTS[node.function][1][node.arguments[0].kind], first)
        if node.function == "trim":
            space = typed(_SPACE, Kind.TEXT)
            return fill("LTRIM(RTRIM({}, {}), {})", first, space, space)
        if node.function == "indexof":
            return _position(first, *others)
        if node.function == "substring":
            return _substring(first, node.arguments[1:])
        return fill(FUNCTIONS[node.function].sql, first, *others)


def _remainder(left: Sql, right: Sql) -> Sql:
    """Null where it would take more digits than HANA has."""
    most = typed(_MOST_QUOTIENT, Kind.DECIMAL)
    return fill("CASE WHEN ABS({} / {}) < {} THEN MOD({}, {}) END", left, right, most, left, right)


def _position(whole: Sql, part: Sql) -> Sql:
    """Counted from 0, and -1 if there is none. SAP does not say where LOCATE finds the empty text."""
    return fill(
        "CASE WHEN LENGTH({}) = 0 THEN LENGTH({}) * 0 ELSE LOCATE({}, {}) - 1 END", part, whole, whole, part
    )


def _substring(whole: Sql, positions: Sequence[Expression]) -> Sql:
    """The part from a start, counted from 0, or from the end if negative; no text is longer than _LONGEST."""
    given = [int(each.value or 0) for each in positions if isinstance(each, Literal)]
    start, length = (max(-_LONGEST, min(each, _LONGEST)) for each in [*given, _LONGEST][:2])
    if start >= 0:
        return fill(f"SUBSTRING({{}}, {start + 1}, {length})", whole)
    return fill(f"LEFT(RIGHT({{}}, {-start}), {length})", whole)
