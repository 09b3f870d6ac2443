"""Reads INSERT, UPSERT, REPLACE, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from . import tree
from .expressions import expression, identifier, path
from .lexer import Reader
from .queries import query, skip_hint, sources

_WRITTEN_ALIAS_ENDS = frozenset({"SET", "WHERE", "FROM", "USING", "VALUES", "WITH", "ON"})


def insert(reader: Reader) -> tree.Insert:
    at = reader.take().at
    reader.expect("INTO")
    table = path(reader)
    columns = _column_list(reader)
    values, source = _values_or_query(reader)
    skip_hint(reader)
    return tree.Insert(table, columns, values, source, at)


def upsert(reader: Reader) -> tree.Upsert:
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


def update(reader: Reader) -> tree.Update:
    at = reader.take().at
    table = path(reader)
    alias = _alias(reader)
    reader.expect("SET")
    assignments = _assignments(reader)
    source = sources(reader) if reader.accept("FROM") else None
    where = expression(reader) if reader.accept("WHERE") else None
    skip_hint(reader)
    return tree.Update(table, alias, assignments, source, where, at)


def delete(reader: Reader) -> tree.Delete:
    at = reader.take().at
    if reader.is_word("HISTORY"):
        raise reader.refuse("DELETE HISTORY")
    reader.expect("FROM")
    table = path(reader)
    alias = _alias(reader)
    where = expression(reader) if reader.accept("WHERE") else None
    skip_hint(reader)
    return tree.Delete(table, alias, where, at)


def merge(reader: Reader) -> tree.Merge:
    at = reader.take().at
    if reader.is_word("DELTA"):
        raise reader.refuse("MERGE DELTA")
    reader.expect("INTO")
    table = path(reader)
    alias = _alias(reader)
    reader.expect("USING")
    source = sources(reader)
    reader.expect("ON")
    condition = expression(reader)
    assignments: tuple[tree.Assignment, ...] | None = None
    where: tree.Expression | None = None
    remove = False
    columns: tuple[tuple[str, int], ...] = ()
    values: tuple[tree.Expression | None, ...] | None = None
    while reader.accept("WHEN"):
        matched = not reader.accept("NOT")
        reader.expect("MATCHED")
        extra = expression(reader) if reader.accept("AND") else None
        reader.expect("THEN")
        if matched and assignments is None and not remove:
            where = extra
            if reader.accept("DELETE"):
                remove = True
            else:
                reader.expect("UPDATE", "SET")
                assignments = _assignments(reader)
        elif not matched and values is None and extra is None:
            reader.expect("INSERT")
            columns = _column_list(reader)
            values, _ = _values_or_query(reader)
        else:
            raise reader.refuse("more than one MERGE branch of a kind")
    if assignments is None and not remove and values is None:
        raise reader.error()
    return tree.Merge(table, alias, source, condition, assignments, where, remove, columns, values, at)


def _alias(reader: Reader) -> str | None:
    if reader.accept("AS"):
        return identifier(reader)
    token = reader.token
    if token.kind == "quoted" or (token.kind == "name" and token.text not in _WRITTEN_ALIAS_ENDS):
        return identifier(reader)
    return None


def _column_list(reader: Reader) -> tuple[tuple[str, int], ...]:
    """`(a, b)` with positions, or nothing; `(SELECT` is not a list."""
    if not reader.is_symbol("(") or reader.ahead().text in ("SELECT", "WITH", "("):
        return ()
    reader.expect_symbol("(")
    names = []
    while True:
        at = reader.token.at
        names.append((identifier(reader), at))
        if not reader.accept_symbol(","):
            break
    reader.expect_symbol(")")
    return tuple(names)


def _values_or_query(reader: Reader) -> tuple[tuple[tree.Expression | None, ...], tree.Query | None]:
    if not reader.accept("VALUES"):
        return (), query(reader)
    reader.expect_symbol("(")
    values = [_value(reader)]
    while reader.accept_symbol(","):
        values.append(_value(reader))
    reader.expect_symbol(")")
    return tuple(values), None


def _value(reader: Reader) -> tree.Expression | None:
    return None if reader.accept("DEFAULT") else expression(reader)


def _assignments(reader: Reader) -> tuple[tree.Assignment, ...]:
    items: list[tree.Assignment] = []
    while True:
        at = reader.token.at
        if reader.is_symbol("("):
            raise reader.refuse("SET (…) = (…)")
        parts = path(reader)
        reader.expect_symbol("=")
        items.append(tree.Assignment(parts.name, _value(reader), at))
        if not reader.accept_symbol(","):
            return tuple(items)
