"""The order of a result, which is always total, and what comes after a row of it.

Nulls come first, and last where the order is descending (OData Protocol 4.01, 11.2.6.2); both are written out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from .columns import LARGE, NUMBERS, Kind
from .query import compiler
from .query.functions import LONG_FORMAT
from .query.sql import Sql, fill, listed, quoted
from .query.tree import (
    FALSE,
    NULL,
    Comparison,
    Expression,
    Literal,
    Order,
    Reference,
    is_constant,
    junction,
    nullable,
)
from .skiptoken import Cell


def total(
    asked: Iterable[Order], key: Sequence[Reference], columns: Sequence[Reference]
) -> tuple[Order, ...]:
    """What was asked for, then what makes it total: the key, or all columns if there is none.

    Constants and repetitions are left out: they order nothing.
    """
    found: dict[Expression, Order] = {}
    for each in asked:
        if not is_constant(each.expression):
            found.setdefault(each.expression, each)
    for column in key or columns:
        if column.kind not in LARGE:
            found.setdefault(column, Order(column))
    return tuple(found.values())


def clause(order: Sequence[Order]) -> Sql:
    """What to put behind ORDER BY."""
    return listed(
        fill(
            "{} DESC NULLS LAST" if each.descending else "{} ASC NULLS FIRST", compiler.value(each.expression)
        )
        for each in order
    )


def selected(node: Expression) -> Sql:
    """What to select for a value; a date with time as text, since hdbcli drops the last of its seven digits."""
    if isinstance(node, Reference):
        name = Sql(quoted(node.column.name))
        return fill(f"TO_VARCHAR({{}}, '{LONG_FORMAT}')", name) if node.column.type == "TIMESTAMP" else name
    found = compiler.value(node)
    return (
        fill(f"TO_VARCHAR(TO_TIMESTAMP({{}}), '{LONG_FORMAT}')", found) if node.kind is Kind.MOMENT else found
    )


def cell(value: Any, kind: Kind) -> Cell:
    """A value that was `selected`, for a token."""
    if value is None or kind is Kind.TEXT:
        return value  # type: ignore[no-any-return]
    if kind is Kind.BOOLEAN:
        return bool(value)
    if kind is Kind.BINARY:
        return bytes(value).hex()
    if kind is Kind.DOUBLE:
        return repr(float(value))
    if kind is Kind.MOMENT and isinstance(value, datetime):
        return f"{value.isoformat(' ')}.0000000"
    return str(value)


def after(order: Sequence[Order], cells: Sequence[Cell]) -> Expression:
    """The condition of the rows that come after one with these cells."""
    last = [_literal(value, each.expression.kind) for value, each in zip(cells, order, strict=True)]
    equal: list[Expression] = []
    ways: list[Expression] = []
    for each, value in zip(order, last, strict=True):
        if (beyond := _beyond(each, value)) is not None:
            ways.append(junction("and", [*equal, beyond]))
        equal.append(Comparison("eq", each.expression, value))
    found = junction("or", ways) if ways else FALSE
    if len(order) > 1 and last[0] is not NULL and not order[0].descending:
        # It follows from the rest, and tells HANA where to begin.
        return junction("and", [Comparison("ge", order[0].expression, last[0]), found])
    return found


def _beyond(order: Order, value: Literal) -> Expression | None:
    """What is after a value in one item of the order; None if nothing can be."""
    node = order.expression
    if not order.descending:
        return Comparison("ne" if value is NULL else "gt", node, value)
    if value is NULL:
        return None
    smaller = Comparison("lt", node, value)
    return junction("or", [smaller, Comparison("eq", node, NULL)]) if nullable(node) else smaller


def _literal(value: Cell, kind: Kind) -> Literal:
    if value is None:
        return NULL
    if kind in NUMBERS:
        return Literal(Decimal(str(value)), kind)
    return Literal(bytes.fromhex(str(value)) if kind is Kind.BINARY else value, kind)  # type: ignore[arg-type]
