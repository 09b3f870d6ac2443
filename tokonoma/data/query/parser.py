"""Reads the texts of query options, of row rules and of keys."""

from __future__ import annotations

from tokonoma.data.columns import LARGE
from tokonoma.errors import QueryInvalid

from . import checks
from .cursor import Cursor, short
from .expressions import Aliases, Columns, Expressions
from .tree import Expression, InAttribute, Junction, Literal, Order, walk

MOST_ORDERS = 16


def parse_filter(text: str, columns: Columns, aliases: Aliases | None = None) -> Expression:
    """The condition of a $filter.

    Raises QueryInvalid for what is malformed, of the wrong type or beyond a limit, and QueryUnsupported for
    what is legal and not done here; nothing else, whatever the text.
    """
    return _condition(Expressions(text, columns, aliases or {}, "$filter"))


def parse_rule(text: str, columns: Columns) -> Expression:
    """The condition of a policy's row rule, which may say `COLUMN in @user.attribute`.

    Who has no such attribute must see less, not more, so it may stand below `and` and `or` only.
    Raises as parse_filter.
    """
    found = _condition(Expressions(text, columns, {}, "rows", is_rule=True))
    below, safe = [found], 0
    while below:
        each = below.pop()
        below += each.operands if isinstance(each, Junction) else ()
        safe += isinstance(each, InAttribute)
    if safe != sum(isinstance(each, InAttribute) for each, _ in walk(found)):
        raise QueryInvalid("@user may not stand below not or a comparison", "rows", 1)
    return found


def parse_order(text: str, columns: Columns, aliases: Aliases | None = None) -> tuple[Order, ...]:
    """The items of an $orderby. Raises as parse_filter."""
    reader = Expressions(text, columns, aliases or {}, "$orderby")
    found: list[Order] = []
    while not found or reader.accept(","):
        first = reader.token
        node = reader.single()
        if node.kind in LARGE:
            reader.refuse(f"{node.kind.value} cannot be sorted by", first)
        found.append(Order(node, reader.accept_word("asc", "desc") == "desc"))
        if len(found) > MOST_ORDERS:
            reader.refuse(f"more than {MOST_ORDERS} items", first)
    reader.expect_end("a comma or the end")
    return tuple(found)


def parse_select(text: str, columns: Columns) -> tuple[str, ...]:
    """The names in a $select, each once; `*` stands for all that are not large. Raises as parse_filter."""
    reader = Cursor(text, "$select")
    found: dict[str, None] = {}
    while True:
        token = reader.take()
        if token.kind == "symbol" and token.text == "*":
            found |= {name: None for name, column in columns.items() if column.kind not in LARGE}
        elif token.kind == "qualified" or reader.is_symbol("/"):
            reader.refuse_by_name(short(token.text), token)
        elif token.text in columns:
            found[token.text] = None
        else:
            reader.refuse(f'there is no column "{short(token.text)}"', token)
        if not reader.accept(","):
            reader.expect_end("a comma or the end")
            return tuple(found)


def parse_literal(text: str, option: str = "key") -> Literal:
    """A single literal, as in the key of a resource path. Raises as parse_filter."""
    found = Expressions(text, {}, {}, option).whole()
    if not isinstance(found, Literal):
        raise QueryInvalid("a literal is expected", option, 1)
    return found


def _condition(reader: Expressions) -> Expression:
    first = reader.token
    return reader.made(first, checks.condition, reader.whole())
