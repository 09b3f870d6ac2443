"""Parses function calls, with the keywords that some functions have inside of their parentheses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.hana.sql.values.collation import is_collation
from localcloud.hana.sql.values.types import LONGEST_TEXT

from . import tree
from .expressions import expression, expressions, identifier, read_type, value_expression
from .json_clauses import json_function
from .language import RESERVED
from .lexer import Token, TokenReader
from .text_search import contains, score

_EXTRACT_FIELDS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
_ORDERED_GROUPS = frozenset({"PERCENTILE_CONT", "PERCENTILE_DISC"})
_FRAME_WORDS = frozenset({"ROWS", "RANGE"})


def call(reader: TokenReader, token: Token) -> tree.Expression:
    """A call whose name has been read; the opening parenthesis comes next."""
    name = token.text
    reader.expect_symbol("(")
    reader.deeper()
    special = _SPECIAL.get(name) if token.kind == "name" else None
    found = special(reader, token) if special else _plain(reader, token)
    reader.shallower()
    if isinstance(found, tree.Call):
        found = _with_window(reader, found)
    if reader.is_symbol("."):
        raise reader.refuse(f"methods and fields of {name}", token)
    return found


def _plain(reader: TokenReader, token: Token) -> tree.Call:
    if reader.accept_symbol("*"):
        reader.expect_symbol(")")
        return tree.Call(token.text, (), token.at, star=True)
    if reader.accept_symbol(")"):
        return tree.Call(token.text, (), token.at)
    distinct = reader.accept("DISTINCT")
    if not distinct:
        reader.accept("ALL")
    if reader.ahead().text == "=>":
        raise reader.refuse(f"named arguments of function {token.text}", token)
    arguments = expressions(reader)
    order = order_items(reader) if reader.accept("ORDER", "BY") else ()
    reader.expect_symbol(")")
    return tree.Call(token.text, arguments, token.at, distinct=distinct, order=order)


def order_items(reader: TokenReader) -> tuple[tree.OrderItem, ...]:
    """What follows ORDER BY."""
    return reader.listed(_order_item)


def _order_item(reader: TokenReader) -> tree.OrderItem:
    at = reader.token.at
    found = expression(reader)
    collation = _collation(reader)
    descending = reader.accept("DESC")
    if not descending:
        reader.accept("ASC")
    nulls_first = None
    if reader.accept("NULLS"):
        nulls_first = reader.accept("FIRST")
        if not nulls_first:
            reader.expect("LAST")
    return tree.OrderItem(found, descending, nulls_first, at, collation)


def _collation(reader: TokenReader) -> str:
    if not reader.accept("COLLATE"):
        return ""
    token = reader.token
    name = identifier(reader)
    if not is_collation(name):
        raise reader.refuse(f"collation {name}", token)
    return name


def _with_window(reader: TokenReader, found: tree.Call) -> tree.Call:
    if found.name in _ORDERED_GROUPS and reader.accept("WITHIN", "GROUP"):
        found = replace(found, order=reader.enclosed(_order_of_group))
    reader.refuse_any("WITHIN GROUP")
    at = reader.token.at
    following = reader.ahead()
    if reader.is_word("OVER") and following.kind == "name" and following.text not in RESERVED:
        raise reader.refuse(f"OVER {following.text}")
    if not reader.is_word("OVER") or following.text != "(":
        return found
    reader.expect("OVER")
    reader.expect_symbol("(")
    partition: tuple[tree.Expression, ...] = ()
    if reader.accept("PARTITION", "BY"):
        partition = expressions(reader)
    order = order_items(reader) if reader.accept("ORDER", "BY") else ()
    frame = _frame(reader) if reader.is_one_of(_FRAME_WORDS) else ""
    reader.expect_symbol(")")
    return replace(found, window=tree.Window(partition, order, frame, at))


def _order_of_group(reader: TokenReader) -> tuple[tree.OrderItem, ...]:
    reader.expect("ORDER", "BY")
    return order_items(reader)


def _frame(reader: TokenReader) -> str:
    if not reader.accept("ROWS"):
        raise reader.refuse("RANGE frames")
    if reader.accept("BETWEEN"):
        start = _bound(reader)
        reader.expect("AND")
        return f"ROWS BETWEEN {start} AND {_bound(reader)}"
    return f"ROWS {_bound(reader)}"


def _bound(reader: TokenReader) -> str:
    if reader.accept("CURRENT", "ROW"):
        return "CURRENT ROW"
    if reader.accept("UNBOUNDED"):
        amount = "UNBOUNDED"
    elif reader.token.kind == "number" and reader.token.text.isdigit():
        amount = reader.take().text
    else:
        raise reader.error()
    direction = reader.accept_any(("PRECEDING", "FOLLOWING"))
    if not direction:
        raise reader.error()
    return f"{amount} {direction}"


# Functions with a grammar of their own ------------------------------------------------------------


def _cast(reader: TokenReader, token: Token) -> tree.Expression:
    inner = expression(reader)
    reader.expect("AS")
    type_ = read_type(reader, LONGEST_TEXT)
    reader.expect_symbol(")")
    return tree.Cast(inner, type_, token.at)


def _extract(reader: TokenReader, token: Token) -> tree.Expression:
    field = identifier(reader)
    if field not in _EXTRACT_FIELDS:
        raise reader.error(token)
    reader.expect("FROM")
    inner = expression(reader)
    reader.expect_symbol(")")
    return tree.Call("EXTRACT", (inner,), token.at, keywords=(field,))


def _trim(reader: TokenReader, token: Token) -> tree.Expression:
    side = reader.accept_any(("LEADING", "TRAILING", "BOTH"))
    characters: tree.Expression | None = None
    inner: tree.Expression | None = None
    if side and reader.accept("FROM"):
        inner = expression(reader)
    else:
        inner = expression(reader)
        if reader.accept("FROM"):
            characters, inner = inner, expression(reader)
        elif side:
            raise reader.error()
    reader.expect_symbol(")")
    arguments = (inner,) if characters is None else (inner, characters)
    return tree.Call("TRIM", arguments, token.at, keywords=(side or "BOTH",))


def _regular(reader: TokenReader, token: Token) -> tree.Expression:
    """`X_REGEXPR(pattern FLAG f IN subject WITH … FROM … OCCURRENCE … GROUP …)`."""
    keywords, arguments = [], []
    if token.text == "LOCATE_REGEXPR":
        keywords.append(f"SIDE_{reader.accept_any(('START', 'AFTER')) or 'START'}")
    arguments.append(value_expression(reader))
    for word in ("FLAG", "IN", "WITH", "FROM", "OCCURRENCE", "GROUP"):
        if word == "IN":
            reader.expect("IN")
        elif not reader.accept(word):
            continue
        keywords.append(word)
        if word == "OCCURRENCE" and reader.accept("ALL"):
            arguments.append(tree.Literal(0, None, token.at))
        else:
            arguments.append(value_expression(reader))
    reader.expect_symbol(")")
    return tree.Call(token.text, tuple(arguments), token.at, keywords=tuple(keywords))


def _refused(reader: TokenReader, token: Token) -> tree.Expression:
    raise reader.refuse(f"function {token.text}", token)


_SPECIAL: dict[str, Callable[[TokenReader, Token], tree.Expression]] = {
    "CAST": _cast,
    "EXTRACT": _extract,
    "TRIM": _trim,
    "REPLACE_REGEXPR": _regular,
    "SUBSTRING_REGEXPR": _regular,
    "SUBSTR_REGEXPR": _regular,
    "LOCATE_REGEXPR": _regular,
    "OCCURRENCES_REGEXPR": _regular,
    "JSON_VALUE": json_function,
    "JSON_QUERY": json_function,
    "ARRAY": _refused,
    "JSON_TABLE": _refused,
    "XMLTABLE": _refused,
    "SCORE": score,
    "CONTAINS": contains,
    "BINNING": _refused,
    "RANDOM_PARTITION": _refused,
    "WEIGHTED_AVG": _refused,
}
