"""Parses expressions and conditions, as HANA's SQL reference has their grammar."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.hana.errors import (
    INVALID_DATATYPE,
    INVALID_FUNCTION,
    LENGTH_TOO_LONG,
    NAME_TOO_LONG,
    PRECISION_OUT_OF_RANGE,
    SCALE_OUT_OF_RANGE,
    HanaError,
    not_supported,
)
from localcloud.hana.model import Type
from localcloud.hana.sql.values import types

from . import tree
from .known_names import KNOWN_SCHEMAS
from .language import BARE_FUNCTIONS, RESERVED, TYPES
from .lexer import Token, TokenReader
from .literals import ESCAPED_LITERALS, TYPED_LITERALS, binary, hexadecimal, number, text, typed_literal

LONGEST_NAME = 127

_CALLABLE_RESERVED = frozenset({"LEFT", "RIGHT", "CHAR", "NCHAR", "IF"})
_COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_UNREAD_WORDS = ("ROWID", "UTCTIMESTAMP")
"""Reserved words that HANA reads as values."""


def identifier(reader: TokenReader) -> str:
    """A name: quoted, or plain and not reserved."""
    token = reader.token
    if len(token.text) > LONGEST_NAME:
        raise HanaError(NAME_TOO_LONG, f"identifier is too long: {token.text[:20]}…", token.at)
    if token.kind == "quoted":
        if not token.text:
            raise reader.error()
    elif token.kind != "name" or token.text in RESERVED:
        raise reader.error()
    return reader.take().text


def is_identifier(reader: TokenReader) -> bool:
    token = reader.token
    return token.kind == "quoted" or (token.kind == "name" and token.text not in RESERVED)


def path(reader: TokenReader) -> tree.Path:
    """A name, or schema and name; a database in front is refused."""
    at = reader.token.at
    parts = dotted(reader)
    if len(parts) > 2:
        raise reader.refuse("access to other databases")
    return tree.Path(parts, at)


def unknown_function(found: tree.Path) -> HanaError:
    """What a function is that is not there: 7 in a schema of HANA's own, 328 elsewhere."""
    if found.parts[0] in KNOWN_SCHEMAS or found.parts[0] == "SYS":
        return not_supported(f"function {'.'.join(found.parts)}", found.at)
    return HanaError(INVALID_FUNCTION, f"invalid name of function or procedure: {found.name}", found.at)


def refuse_association(reader: TokenReader) -> None:
    """Refuse `a:b`, which follows an association."""
    if reader.token.kind == "variable" and reader.token.at == reader.tokens[reader.index - 1].end:
        raise reader.refuse("associations")


def name_list(reader: TokenReader) -> tuple[str, ...]:
    """`(a, b, …)`, names only."""
    return reader.enclosed(lambda _: reader.listed(identifier))


def dotted(reader: TokenReader) -> tuple[str, ...]:
    """One or more names with dots between them."""
    parts = [identifier(reader)]
    while reader.accept_symbol("."):
        parts.append(identifier(reader))
    return tuple(parts)


def integer(reader: TokenReader) -> int:
    """A whole number with an optional sign, as DDL options want it."""
    sign = -1 if reader.accept_symbol("-") else 1
    token = reader.token
    if token.kind != "number" or not token.text.isdigit() or len(token.text) > types.LONGEST_DECIMAL:
        raise reader.error()
    return sign * int(reader.take().text)


def read_type(reader: TokenReader, default_length: int = 1, longest_text: int = types.LONGEST_TEXT) -> Type:
    """A type as DDL and CAST write it; 7 for those that are not there, 264 for those that do not exist."""
    token = reader.take()
    name = token.text
    if token.kind != "name":
        raise reader.error(token)
    if name in types.DECIMAL_NAMES:
        return _decimal_type(reader)
    if name == "FLOAT":
        bits = _sizes(reader)[:1] or [53]
        return types.REAL if bits[0] < 25 else types.DOUBLE
    if name in types.SIZED:
        longest = types.LONGEST.get(types.SIZED[name], longest_text)
        sizes = _sizes(reader) or [min(default_length, longest)]
        if len(sizes) != 1 or not 1 <= sizes[0] <= longest:
            raise HanaError(LENGTH_TOO_LONG, f"specified length too long for its datatype: {name}", token.at)
        return Type(types.SIZED[name], sizes[0])
    if name in types.SIMPLE:
        if name == "DOUBLE":
            reader.accept("PRECISION")
        return types.SIMPLE[name]
    if name in TYPES or name.startswith("ST_"):
        raise reader.refuse(f"type {name}", token)
    raise HanaError(INVALID_DATATYPE, f"invalid datatype: {name}", token.at)


def _decimal_type(reader: TokenReader) -> Type:
    at = reader.token.at
    sizes = _sizes(reader)
    if not sizes:
        return types.DECIMAL
    precision, scale = sizes[0], sizes[1] if len(sizes) > 1 else 0
    if not 1 <= precision <= types.LONGEST_DECIMAL:
        raise HanaError(
            PRECISION_OUT_OF_RANGE,
            f"decimal precision specifier is out of range: {precision}: range 1 to 38",
            at,
        )
    if scale > precision:
        raise HanaError(
            SCALE_OUT_OF_RANGE,
            f"decimal scale specifier is out of range: {scale}: range 0 to {precision}",
            at,
        )
    return types.decimal(precision, scale)


def _sizes(reader: TokenReader) -> list[int]:
    if not reader.is_symbol("("):
        return []
    return list(reader.enclosed(lambda _: reader.listed(integer)))


def expression(reader: TokenReader) -> tree.Expression:
    """Any expression or condition; what may stand where is checked when it is compiled."""
    reader.deeper()
    left = _conjunction(reader)
    items = [left]
    at = reader.token.at
    while reader.accept("OR"):
        items.append(_conjunction(reader))
    reader.shallower()
    return left if len(items) == 1 else tree.Junction("OR", tuple(items), at)


def _conjunction(reader: TokenReader) -> tree.Expression:
    items = [_negated(reader)]
    at = reader.token.at
    while reader.accept("AND"):
        items.append(_negated(reader))
    return items[0] if len(items) == 1 else tree.Junction("AND", tuple(items), at)


def _negated(reader: TokenReader) -> tree.Expression:
    at = reader.token.at
    if reader.accept("NOT"):
        reader.deeper()
        inner = _negated(reader)
        reader.shallower()
        return tree.Not(inner, at)
    return _predicate(reader)


def _predicate(reader: TokenReader) -> tree.Expression:
    if reader.is_word("EXISTS") and reader.ahead().text == "(":
        at = reader.take().at
        return tree.Exists(_parenthesized_query(reader), at)
    left = value_expression(reader)
    token = reader.token
    if token.kind == "symbol" and token.text in _COMPARISONS:
        reader.take()
        return _comparison(reader, left, token)
    if reader.accept("IS"):
        negated = reader.accept("NOT")
        reader.expect("NULL")
        return tree.IsNull(left, negated, token.at)
    negated = reader.accept("NOT")
    found = _worded_predicate(reader, left, negated, token.at)
    if found is not None:
        return found
    if negated:
        raise reader.error()
    return left


def _worded_predicate(
    reader: TokenReader, left: tree.Expression, negated: bool, at: int
) -> tree.Expression | None:
    if reader.accept("BETWEEN"):
        low = value_expression(reader)
        reader.expect("AND")
        return tree.Between(left, low, value_expression(reader), negated, at)
    if reader.accept("IN"):
        return _membership(reader, left, negated, at)
    if reader.accept("LIKE"):
        pattern = value_expression(reader)
        escape = value_expression(reader) if reader.accept("ESCAPE") else None
        return tree.Like(left, pattern, escape, negated, False, at)
    if reader.accept("LIKE_REGEXPR"):
        pattern = value_expression(reader)
        flags = value_expression(reader) if reader.accept("FLAG") else None
        return tree.Like(left, pattern, flags, negated, True, at)
    reader.refuse_any("CONTAINS", "MEMBER", after="predicate ")
    return None


def _comparison(reader: TokenReader, left: tree.Expression, token: Token) -> tree.Expression:
    operator = "<>" if token.text == "!=" else token.text
    for word in ("ANY", "SOME", "ALL"):
        if reader.is_word(word) and reader.ahead().text == "(":
            reader.take()
            if not starts_query(reader):
                return _quantified_list(reader, operator, left, word, token)
            query = _parenthesized_query(reader)
            quantifier = "ALL" if word == "ALL" else "ANY"
            return tree.Comparison(operator, left, tree.ScalarQuery(query, query.at), token.at, quantifier)
    return tree.Comparison(operator, left, value_expression(reader), token.at)


def _quantified_list(
    reader: TokenReader, operator: str, left: tree.Expression, word: str, token: Token
) -> tree.Expression:
    """`x = ANY (1, 2)`: one comparison for each value."""
    items = reader.enclosed(expressions)
    compared = tuple(tree.Comparison(operator, left, each, token.at) for each in items)
    return tree.Junction("AND" if word == "ALL" else "OR", compared, token.at)


def _membership(reader: TokenReader, left: tree.Expression, negated: bool, at: int) -> tree.Expression:
    if starts_query(reader):
        return tree.InQuery(left, _parenthesized_query(reader), negated, at)
    return tree.InList(left, reader.enclosed(expressions), negated, at)


def expressions(reader: TokenReader) -> tuple[tree.Expression, ...]:
    return reader.listed(expression)


def starts_query(reader: TokenReader) -> bool:
    """Whether a query in parentheses follows: `((SELECT` counts, `((1+2)` does not."""
    distance = 0
    while reader.ahead(distance).text == "(" and reader.ahead(distance).kind == "symbol":
        distance += 1
    token = reader.ahead(distance)
    return distance > 0 and token.kind == "name" and token.text in ("SELECT", "WITH")


def _parenthesized_query(reader: TokenReader) -> tree.Query:
    from .queries import query  # queries hold expressions and expressions hold queries

    return reader.enclosed(query)


def value_expression(reader: TokenReader) -> tree.Expression:
    left = _product(reader)
    while True:
        token = reader.token
        if token.kind != "symbol" or token.text not in ("+", "-", "||"):
            return left
        reader.take()
        left = tree.Arithmetic(token.text, left, _product(reader), token.at)


def _product(reader: TokenReader) -> tree.Expression:
    left = _signed(reader)
    while True:
        token = reader.token
        if token.kind != "symbol" or token.text not in ("*", "/"):
            return left
        reader.take()
        left = tree.Arithmetic(token.text, left, _signed(reader), token.at)


def _signed(reader: TokenReader) -> tree.Expression:
    at = reader.token.at
    if reader.accept_symbol("-"):
        if reader.token.kind == "number":
            return number(reader.take(), -1)
        reader.deeper()
        inner = _signed(reader)
        reader.shallower()
        return tree.Negation(inner, at)
    if reader.accept_symbol("+"):
        return _primary(reader)
    return _primary(reader)


def _primary(reader: TokenReader) -> tree.Expression:
    token = reader.token
    read = _BY_KIND.get(token.kind)
    if read is not None:
        return read(reader)
    if (index := reader.accept_marker()) is not None:
        return tree.Marker(index, token.at)
    if token.kind == "variable":
        return tree.Variable(reader.take().text[1:].upper(), token.at)
    if reader.is_symbol("("):
        return _parenthesized(reader)
    if reader.is_symbol("{"):
        return _escape(reader)
    raise reader.error()


def _escape(reader: TokenReader) -> tree.Expression:
    """JDBC's escapes: `{d '…'}`, `{t '…'}` and `{ts '…'}` are literals, `{fn f(…)}` is a call."""
    reader.expect_symbol("{")
    token = reader.take()
    if token.kind == "name" and token.text == "FN":
        found = expression(reader)
    elif token.kind == "name" and token.text in ESCAPED_LITERALS:
        found = typed_literal(reader, ESCAPED_LITERALS[token.text], token)
    else:
        raise reader.error(token)
    reader.expect_symbol("}")
    return found


def _parenthesized(reader: TokenReader) -> tree.Expression:
    at = reader.token.at
    if starts_query(reader):
        return tree.ScalarQuery(_parenthesized_query(reader), at)
    items = reader.enclosed(expressions)
    return items[0] if len(items) == 1 else tree.RowValue(items, at)


def _named(reader: TokenReader) -> tree.Expression:
    token, name = reader.token, reader.token.text
    following = reader.ahead()
    if name in _KEYWORD_EXPRESSIONS:
        reader.take()
        return _KEYWORD_EXPRESSIONS[name](reader, token)
    if name in TYPED_LITERALS and following.kind == "string":
        reader.take()
        return typed_literal(reader, TYPED_LITERALS[name], token)
    if name in BARE_FUNCTIONS and following.text != ".":
        reader.take()
        if reader.accept_symbol("("):
            reader.expect_symbol(")")
        return tree.Call(name, (), token.at)
    if name == "NEW" and following.kind == "name" and reader.ahead(2).text == "(":
        raise reader.refuse(f"NEW {following.text}")
    if name in _UNREAD_WORDS:
        raise reader.refuse(name)
    if name in RESERVED and not (name in _CALLABLE_RESERVED and following.text == "("):
        raise reader.error()
    return _column_or_call(reader)


def _constant(value: int | None) -> Callable[[TokenReader, Token], tree.Expression]:
    type_ = None if value is None else types.BOOLEAN
    return lambda _, token: tree.Literal(value, type_, token.at)


def _case(reader: TokenReader, token: Token) -> tree.Expression:
    operand = None if reader.is_word("WHEN") else expression(reader)
    branches = []
    while reader.accept("WHEN"):
        condition = expression(reader)
        reader.expect("THEN")
        branches.append((condition, expression(reader)))
    if not branches:
        raise reader.error()
    default = expression(reader) if reader.accept("ELSE") else None
    reader.expect("END")
    return tree.Case(operand, tuple(branches), default, token.at)


_KEYWORD_EXPRESSIONS: dict[str, Callable[[TokenReader, Token], tree.Expression]] = {
    "NULL": _constant(None),
    "TRUE": _constant(1),
    "FALSE": _constant(0),
    "CASE": _case,
}


def _column_or_call(reader: TokenReader) -> tree.Expression:
    token = reader.take()
    if token.kind == "quoted" and not token.text:
        raise reader.error(token)
    if reader.is_symbol("("):
        from .calls import call

        return call(reader, token)
    parts = [token.text]
    while reader.accept_symbol("."):
        following = reader.token
        if reader.accept_symbol("*"):
            return tree.Star(tuple(parts), token.at)
        if following.kind == "name" and following.text in ("NEXTVAL", "CURRVAL"):
            reader.take()
            return tree.SequenceValue(tree.Path(tuple(parts), token.at), following.text, token.at)
        parts.append(identifier(reader))
    if reader.is_symbol("("):
        if reader.ahead().text == "+" and reader.ahead(2).text == ")":
            raise reader.refuse("(+), an outer join")
        raise unknown_function(tree.Path(tuple(parts), token.at))
    if len(parts) > 3:
        raise reader.error(token)
    refuse_association(reader)
    if reader.token.text == "[" and reader.token.kind == "other":
        raise reader.refuse("elements of an array")
    return tree.ColumnName(tuple(parts[:-1]), parts[-1], token.at)


_BY_KIND: dict[str, Callable[[TokenReader], tree.Expression]] = {
    "number": lambda reader: number(reader.take(), 1),
    "string": lambda reader: text(reader.take()),
    "hexadecimal": hexadecimal,
    "binary": binary,
    "quoted": _column_or_call,
    "name": _named,
}
