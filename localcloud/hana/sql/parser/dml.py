"""Parses INSERT, UPSERT, REPLACE, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from dataclasses import replace

from . import tree
from .expressions import expression, identifier, path
from .lexer import TokenReader
from .queries import query, skip_hint, sources

_WRITTEN_ALIAS_ENDS = frozenset({"SET", "WHERE", "FROM", "USING", "VALUES", "WITH", "ON"})


def insert(reader: TokenReader) -> tree.Insert:
    at = reader.take().at
    reader.expect("INTO")
    table = path(reader)
    columns = _column_list(reader)
    reader.refuse_any("OVERRIDING", after="INSERT … ")
    values, source = _values_or_query(reader)
    skip_hint(reader)
    return tree.Insert(table, columns, values, source, at)


def upsert(reader: TokenReader) -> tree.Upsert:
    at = reader.take().at
    reader.accept("INTO")
    table = path(reader)
    columns = _column_list(reader)
    values, source = _values_or_query(reader)
    where = None
    if source is None and reader.accept("WHERE"):
        where = expression(reader)
    elif source is None:
        reader.accept("WITH", "PRIMARY", "KEY")
    skip_hint(reader)
    return tree.Upsert(table, columns, values, source, where, at)


def update(reader: TokenReader) -> tree.Update:
    at = reader.take().at
    reader.refuse_any("TOP", after="UPDATE ")
    table = path(reader)
    alias = _alias(reader)
    reader.expect("SET")
    assignments = _assignments(reader)
    source = sources(reader) if reader.accept("FROM") else None
    where = expression(reader) if reader.accept("WHERE") else None
    skip_hint(reader)
    return tree.Update(table, alias, assignments, source, where, at)


def delete(reader: TokenReader) -> tree.Delete:
    at = reader.take().at
    reader.refuse_any("HISTORY", "TOP", after="DELETE ")
    reader.expect("FROM")
    table = path(reader)
    alias = _alias(reader)
    where = expression(reader) if reader.accept("WHERE") else None
    skip_hint(reader)
    return tree.Delete(table, alias, where, at)


def merge(reader: TokenReader) -> tree.Merge:
    at = reader.take().at
    if not reader.accept("INTO"):
        raise reader.refuse_statement()
    table = path(reader)
    alias = _alias(reader)
    reader.expect("USING")
    source = sources(reader)
    reader.expect("ON")
    condition = expression(reader)
    found = tree.Merge(table, alias, source, condition, None, None, False, (), None, None, at)
    if reader.is_word("WHEN", "MATCHED"):
        found = _when_matched(reader, found)
    if reader.is_word("WHEN", "NOT"):
        found = _when_not_matched(reader, found)
    reader.refuse_any("WHEN MATCHED", "WHEN NOT MATCHED", after="MERGE … another ")
    if found.update is None and not found.delete and found.insert_values is None:
        raise reader.error()
    return found


def _when_matched(reader: TokenReader, found: tree.Merge) -> tree.Merge:
    reader.expect("WHEN", "MATCHED")
    where = expression(reader) if reader.accept("AND") else None
    reader.expect("THEN")
    if reader.accept("DELETE"):
        return replace(found, delete=True, update_where=where)
    reader.expect("UPDATE", "SET")
    return replace(found, update=_assignments(reader), update_where=where)


def _when_not_matched(reader: TokenReader, found: tree.Merge) -> tree.Merge:
    reader.expect("WHEN", "NOT", "MATCHED")
    where = expression(reader) if reader.accept("AND") else None
    reader.expect("THEN", "INSERT")
    columns = _column_list(reader)
    if not reader.is_word("VALUES"):
        raise reader.error()
    values, _ = _values_or_query(reader)
    return replace(found, insert_columns=columns, insert_values=values, insert_where=where)


def _alias(reader: TokenReader) -> str | None:
    if reader.accept("AS"):
        return identifier(reader)
    token = reader.token
    if token.kind == "quoted" or (token.kind == "name" and token.text not in _WRITTEN_ALIAS_ENDS):
        return identifier(reader)
    return None


def _column_list(reader: TokenReader) -> tuple[tuple[str, int], ...]:
    """`(a, b)` with positions, or nothing; `(SELECT` is not a list."""
    if not reader.is_symbol("(") or reader.ahead().text in ("SELECT", "WITH", "("):
        return ()
    return reader.enclosed(lambda _: reader.listed(_placed_name))


def _placed_name(reader: TokenReader) -> tuple[str, int]:
    at = reader.token.at
    return identifier(reader), at


def _values_or_query(reader: TokenReader) -> tuple[tuple[tree.Expression | None, ...], tree.Query | None]:
    if not reader.accept("VALUES"):
        return (), query(reader)
    return reader.enclosed(lambda _: reader.listed(_value)), None


def _value(reader: TokenReader) -> tree.Expression | None:
    return None if reader.accept("DEFAULT") else expression(reader)


def _assignments(reader: TokenReader) -> tuple[tree.Assignment, ...]:
    return reader.listed(_assignment)


def _assignment(reader: TokenReader) -> tree.Assignment:
    at = reader.token.at
    if reader.is_symbol("("):
        raise reader.refuse("SET (…) = (…)")
    column = path(reader)
    reader.expect_symbol("=")
    return tree.Assignment(column.name, _value(reader), at)
