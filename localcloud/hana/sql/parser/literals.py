"""Parses literals: numbers, texts, binaries, and moments, which are texts behind the name of their type."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from localcloud.hana.errors import NUMERIC_OVERFLOW, HanaError
from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.numbers import plain

from . import tree
from .lexer import Token, TokenReader

TYPED_LITERALS = {"DATE": types.DAYDATE, "TIME": types.SECONDTIME, "TIMESTAMP": types.LONGDATE}
ESCAPED_LITERALS = {"D": types.DAYDATE, "T": types.SECONDTIME, "TS": types.LONGDATE}
"""The words of JDBC's escapes."""
_LARGEST_INT = 2**31 - 1
_LARGEST_BIGINT = 2**63 - 1
_MOST_HEXADECIMAL = 32
"""With more digits a number has more than the 38 decimal ones of a DECIMAL."""


def number(token: Token, sign: int) -> tree.Literal:
    """A number: `1`, `.5`, `1e3`."""
    written = token.text
    if "e" in written or "E" in written:
        if not isfinite(floating := sign * float(written)):
            raise _too_large(token)
        return tree.Literal(floating, types.DOUBLE, token.at)
    whole = written.lstrip("0") or "0"
    if written.isdigit() and len(whole) <= types.LONGEST_DECIMAL:
        value = sign * int(whole)
        if abs(value) <= _LARGEST_BIGINT:
            return tree.Literal(value, types.INT if abs(value) <= _LARGEST_INT else types.BIGINT, token.at)
    digits, scale = len(written.replace(".", "").lstrip("0")) or 1, len(written.partition(".")[2])
    if max(digits, scale) > types.LONGEST_DECIMAL:
        raise _too_large(token)
    exact = Decimal(written).copy_sign(sign)
    return tree.Literal(plain(exact), types.decimal(max(digits, scale), scale), token.at)


def hexadecimal(reader: TokenReader) -> tree.Literal:
    """A whole number of hexadecimal digits, `0x0A`."""
    token = reader.take()
    digits = token.text[2:].lstrip("0") or "0"
    if len(digits) > _MOST_HEXADECIMAL:
        raise _too_large(token)
    return number(token._replace(text=str(int(digits, 16))), 1)


def _too_large(token: Token) -> HanaError:
    return HanaError(NUMERIC_OVERFLOW, f"numeric overflow: {token.text[:60]}", token.at)


def string(reader: TokenReader) -> str:
    """A text that must follow."""
    if reader.token.kind != "string":
        raise reader.error()
    return reader.take().text


def text(token: Token) -> tree.Literal:
    """A text as a value."""
    wide = not token.text.isascii()
    return tree.Literal(token.text, types.text(len(token.text), wide), token.at)


def binary(reader: TokenReader) -> tree.Literal:
    """`X'…'`."""
    token = reader.take()
    try:
        value = bytes.fromhex(token.text)
    except ValueError:
        raise reader.error(token) from None
    return tree.Literal(value, Type(TypeCode.VARBINARY, max(1, len(value))), token.at)


def typed_literal(reader: TokenReader, type_: Type, word: Token) -> tree.Expression:
    """The text of a moment, behind the word that says of which type it is."""
    at = reader.token.at
    found = string(reader)
    return tree.Cast(tree.Literal(found, types.text(len(found)), at), type_, word.at)
