"""Parses JSON_TABLE, JSON_VALUE, JSON_QUERY and FOR JSON."""

from __future__ import annotations

from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types

from . import tree
from .expressions import identifier, read_type, value_expression
from .lexer import Token, TokenReader
from .literals import string

LONGEST_DOCUMENT = 2147483647
"""What the length of an NVARCHAR may be where JSON is read or written."""

_ACTIONS = ("NULL", "ERROR", "EMPTY ARRAY", "EMPTY OBJECT", "EMPTY", "DEFAULT")
_FLAGS = {"yes": True, "no": False}
_OPTIONS = {"omitnull": True, "arraywrap": True, "format": False}
"""What FOR JSON may be told, and what it does unless told otherwise."""

_READ_TYPES = types.NUMBERS | types.TEXTS | types.TIMES


def json_table(reader: TokenReader) -> tree.JsonTable:
    """`JSON_TABLE(document, path COLUMNS (…) ERROR ON ERROR)`, whose name comes next, without its alias."""
    at = reader.take().at
    reader.expect_symbol("(")
    document = value_expression(reader)
    reader.expect_symbol(",")
    path = string(reader)
    reader.refuse_any("PASSING", after="JSON_TABLE … ")
    reader.expect("COLUMNS")
    columns = reader.enclosed(lambda _: reader.listed(_column))
    _, on_error = _fallbacks(reader)
    reader.expect_symbol(")")
    return tree.JsonTable(document, path, columns, on_error, None, at)


def _column(reader: TokenReader) -> tree.JsonColumn:
    at = reader.token.at
    if reader.accept("NESTED"):
        reader.accept("PATH")
        path = string(reader)
        reader.expect("COLUMNS")
        columns = reader.enclosed(lambda _: reader.listed(_column))
        return tree.JsonColumn("NESTED", at, path=path, columns=columns)
    name = identifier(reader)
    if reader.accept("FOR", "ORDINALITY"):
        return tree.JsonColumn("ORDINALITY", at, name, types.INT)
    type_ = _type(reader)
    kind = _format(reader)
    wrapper = _wrapper(reader)
    path = string(reader) if reader.accept("PATH") else f'$["{name}"]'
    wrapper = wrapper or _wrapper(reader)
    on_empty, on_error = _fallbacks(reader)
    return tree.JsonColumn(kind, at, name, type_, path, on_empty, on_error, wrapper)


def _type(reader: TokenReader) -> Type:
    token = reader.token
    found = read_type(reader, types.LONGEST_TEXT, LONGEST_DOCUMENT)
    if found.code not in _READ_TYPES:
        raise reader.refuse(f"type {token.text} of what is read out of JSON", token)
    return found


def _format(reader: TokenReader) -> str:
    if not reader.accept("FORMAT", "JSON"):
        return "VALUE"
    if reader.accept("ENCODING") and not reader.accept_any(("UTF8", "UTF16", "UTF32")):
        raise reader.error()
    return "QUERY"


def _wrapper(reader: TokenReader) -> str:
    if reader.accept("WITHOUT"):
        reader.accept("ARRAY")
        reader.expect("WRAPPER")
        return ""
    if not reader.accept("WITH"):
        return ""
    kind = reader.accept_any(("CONDITIONAL", "UNCONDITIONAL")) or "UNCONDITIONAL"
    reader.accept("ARRAY")
    reader.expect("WRAPPER")
    return kind


def _fallbacks(reader: TokenReader) -> tuple[tree.JsonFallback, tree.JsonFallback]:
    """`… ON EMPTY` and `… ON ERROR`, either of which may be missing."""
    found = {"EMPTY": tree.JsonFallback(), "ERROR": tree.JsonFallback()}
    while action := reader.accept_any(_ACTIONS):
        default = None
        if action == "DEFAULT":
            token = reader.token
            given = value_expression(reader)
            if not isinstance(given, tree.Literal):
                raise reader.refuse("DEFAULT of JSON that is not a constant", token)
            default = given.value
        reader.expect("ON")
        event = reader.accept_any(("EMPTY", "ERROR"))
        if not event:
            raise reader.error()
        found[event] = tree.JsonFallback("EMPTY ARRAY" if action == "EMPTY" else action, default)
    return found["EMPTY"], found["ERROR"]


def json_function(reader: TokenReader, token: Token) -> tree.Expression:
    """What follows `JSON_VALUE(` or `JSON_QUERY(`."""
    document = value_expression(reader)
    reader.expect_symbol(",")
    path = string(reader)
    reader.refuse_any("PASSING", after=f"{token.text} … ")
    type_ = types.text(types.LONGEST_TEXT)
    if reader.accept("RETURNING"):
        type_ = _type(reader)
    is_query = token.text == "JSON_QUERY"
    wrapper = _wrapper(reader) if is_query else ""
    on_empty, on_error = _fallbacks(reader)
    reader.expect_symbol(")")
    kind = "QUERY" if is_query else "VALUE"
    column = tree.JsonColumn(kind, token.at, token.text, type_, path, on_empty, on_error, wrapper)
    return tree.JsonFunction(document, column, token.at)


def for_json(reader: TokenReader) -> tree.ForJson | None:
    """`FOR JSON ('omitnull'='no', …) RETURNS NVARCHAR(n)`, or None."""
    if not reader.accept("FOR", "JSON"):
        return None
    given: dict[str, bool] = {}
    if reader.is_symbol("("):
        given = dict(reader.enclosed(lambda _: reader.listed(_option)))
    type_ = Type(TypeCode.NVARCHAR, LONGEST_DOCUMENT)
    if reader.accept("RETURNS"):
        token = reader.token
        type_ = read_type(reader, types.LONGEST_TEXT, LONGEST_DOCUMENT)
        if type_.code not in types.TEXTS | types.TEXT_LOBS:
            raise reader.error(token)
    flags = (given.get(name, default) for name, default in _OPTIONS.items())
    return tree.ForJson(type_, *flags)


def _option(reader: TokenReader) -> tuple[str, bool]:
    token = reader.token
    name = string(reader).lower()
    reader.expect_symbol("=")
    value = string(reader).lower()
    if name not in _OPTIONS:
        raise reader.refuse(f"FOR JSON ('{name[:40]}')", token)
    if value not in _FLAGS:
        raise reader.error(token)
    return name, _FLAGS[value]
