"""Parses CONTAINS and SCORE: what is searched for, in which columns, and how exactly."""

from __future__ import annotations

from dataclasses import replace

from . import tree
from .expressions import value_expression
from .lexer import Token, TokenReader

_IGNORED = ("SIMILARITY CALCULATION MODE", "SEARCH MODE", "LANGUAGE")
"""Options with a text or name behind them that change how near a text is, not whether it is there."""


def score(reader: TokenReader, token: Token) -> tree.Expression:
    """What follows `SCORE(`."""
    if reader.accept_symbol(")"):
        return tree.TextScore(tree.Literal(None, None, token.at), (), token.at)
    term = value_expression(reader)
    reader.expect("IN")
    columns = _columns(reader)
    kind = _kind(reader)
    reader.expect_symbol(")")
    return tree.TextScore(term, _with_kind(columns, kind), token.at)


def contains(reader: TokenReader, token: Token) -> tree.Expression:
    """What follows `CONTAINS(`: a condition."""
    if reader.is_symbol("*"):
        raise reader.refuse("CONTAINS(*, …)", token)
    columns = _columns(reader)
    reader.expect_symbol(",")
    term = value_expression(reader)
    kind = _kind(reader) if reader.accept_symbol(",") else None
    reader.expect_symbol(")")
    return tree.Contains(tree.TextScore(term, _with_kind(columns, kind or (0.0, 1.0)), token.at), token.at)


def _columns(reader: TokenReader) -> tuple[tree.SearchColumn, ...]:
    if not reader.is_symbol("("):
        return (_column(reader),)
    return reader.enclosed(lambda _: reader.listed(_column))


def _column(reader: TokenReader) -> tree.SearchColumn:
    column = tree.SearchColumn(value_expression(reader))
    kind = _kind(reader)
    return column if kind is None else replace(column, least=kind[0], weight=kind[1], given=True)


def _with_kind(
    columns: tuple[tree.SearchColumn, ...], kind: tuple[float, float] | None
) -> tuple[tree.SearchColumn, ...]:
    """What is said for all columns holds for those that say nothing themselves."""
    if kind is None:
        return columns
    least, weight = kind
    return tuple(each if each.given else replace(each, least=least, weight=weight) for each in columns)


def _kind(reader: TokenReader) -> tuple[float, float] | None:
    """EXACT, FUZZY or LINGUISTIC: the least score, 0 where words must be equal, and the weight."""
    token = reader.token
    word = reader.accept_any(("EXACT", "FUZZY", "LINGUISTIC"))
    if not word:
        return None
    if word == "LINGUISTIC":
        raise reader.refuse("LINGUISTIC search", token)
    least, weight = (0.8, 1.0) if word == "FUZZY" else (0.0, 1.0)
    if reader.is_symbol("("):
        least = _old_options(reader, least)
    while True:
        if reader.accept("WEIGHT"):
            weight = _number(reader)
        elif reader.accept("MINIMAL", "SCORE") or reader.accept("MINIMAL", "TOKEN", "SCORE"):
            least = _number(reader)
        elif reader.accept_any(_IGNORED):
            reader.take()
        else:
            return least, weight


def _old_options(reader: TokenReader, least: float) -> float:
    """`FUZZY(0.8)` and `FUZZY(0.8, 'option=value')`."""
    reader.expect_symbol("(")
    if reader.token.kind == "number":
        least = _number(reader)
        reader.accept_symbol(",")
    if reader.token.kind == "string":
        reader.take()
    reader.expect_symbol(")")
    return least


def _number(reader: TokenReader) -> float:
    token = reader.token
    if token.kind != "number" or not 0 <= float(token.text) <= 1:
        raise reader.error()
    return float(reader.take().text)
