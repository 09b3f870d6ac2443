"""The order of a result, which is always total, and what comes after a row of it.

Nulls come first, and last where the order is descending (OData Protocol 4.01, 11.2.6.2); the statement
says both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from .columns import LARGE, NUMBERS, PADDED, Kind
from .query import compiler
from .query.binding import beside, typed
from .query.functions import LONG_FORMAT
from .query.literals import Value
from .query.sql import FALSE, TRUE, Sql, fill, junction, listed, quoted
from .query.tree import Expression, Literal, Order, Reference, is_constant, nullable, walk
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


def mirrored(order: Iterable[Order]) -> tuple[Order, ...]:
    """The same order from its end: nulls change sides with the rest."""
    return tuple(Order(each.expression, not each.descending) for each in order)


def clause(order: Sequence[Order], items: Sequence[Sql]) -> Sql:
    """What to put behind ORDER BY; `items` are the SQL of the order's expressions."""
    ways = {False: "{} ASC NULLS FIRST", True: "{} DESC NULLS LAST"}
    return listed(fill(ways[each.descending], item) for each, item in zip(order, items, strict=True))


def item(node: Expression) -> Sql:
    """The SQL of an expression to order by.

    A CHAR becomes a text whose blanks at the end count: HANA overlooks them where it compares, and rows that
    it orders apart would be equal.
    """
    found = compiler.value(node)
    return fill("TO_NVARCHAR({})", found) if _is_padded(node) else found


def _is_padded(node: Expression) -> bool:
    references = (each for each, _ in walk(node) if isinstance(each, Reference))
    return node.kind is Kind.TEXT and any(each.column.type in PADDED for each in references)


def selected(node: Expression) -> Sql:
    """What to select for a value; hdbcli would drop the last of a second's seven digits."""
    if isinstance(node, Reference) and node.column.type != "TIMESTAMP" and node.column.type not in PADDED:
        return Sql(quoted(node.column.name))
    found = item(node)
    if node.kind is not Kind.MOMENT:
        return found
    return moment_text(found if isinstance(node, Reference) else fill("TO_TIMESTAMP({})", found))


def moment_text(moment: Sql) -> Sql:
    """The text of a TIMESTAMP, with all its digits."""
    return fill(f"TO_VARCHAR({{}}, '{LONG_FORMAT}')", moment)


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


def after(order: Sequence[Order], items: Sequence[Sql], cells: Sequence[Cell]) -> Sql:
    """The condition of the rows that come after one with these cells."""
    equal: list[Sql] = []
    ways: list[Sql] = []
    begin = TRUE
    for each, item, last in zip(order, items, cells, strict=True):
        if last is None:
            same = fill("{} IS NULL", item)
            beyond = FALSE if each.descending else fill("{} IS NOT NULL", item)
        else:
            bound = _bound(each.expression, last)
            same = fill("{} = {}", item, bound)
            beyond = fill("{} < {}" if each.descending else "{} > {}", item, bound)
            if each.descending and nullable(each.expression):
                beyond = junction("OR", [beyond, fill("{} IS NULL", item)])
            elif not equal and len(order) > 1:
                # It follows from the rest, and tells HANA where to begin.
                begin = fill("{} <= {}" if each.descending else "{} >= {}", item, bound)
        ways.append(junction("AND", [*equal, beyond]))
        equal.append(same)
    return junction("AND", [begin, junction("OR", ways)])


def _bound(node: Expression, last: Cell) -> Sql:
    value: Value = last if isinstance(last, bool) else str(last)
    if node.kind in NUMBERS:
        value = Decimal(str(last))
    elif node.kind is Kind.BINARY:
        value = bytes.fromhex(str(last))
    literal = Literal(value, node.kind)
    if isinstance(node, Reference) and node.column.type not in PADDED:
        return beside(node.column, literal)
    return typed(value, node.kind)
