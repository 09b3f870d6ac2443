"""What people call a row: the text of one of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import filters, ordering
from .aggregates.filtered import Filtered, is_there
from .columns import Column, Kind
from .query.sql import Sql, listed
from .query.tree import Comparison, Expression, In, Literal, Reference, junction

MOST = 250
"""Rows whose labels are asked for at once."""
USUAL = ("NAME", "TITLE", "LABEL", "DESCRIPTION", "TEXT")
"""What columns with labels are called, in any case, the likeliest first."""
_LARGEST = 20_000
"""Characters of SQL of one condition, roughly."""

_Key = tuple[Literal, ...]


def usual_title(columns: Mapping[str, Column], key: Sequence[str]) -> str:
    """The column that a row's label is likely to stand in, by its name in queries; "" if there is none.

    A text with one of the `USUAL` names, else the first text that is no part of the key.
    """
    texts = {name: column for name, column in columns.items() if column.kind is Kind.TEXT}
    named = {column.name.upper(): name for name, column in reversed(texts.items())}
    found = [named[each] for each in USUAL if each in named]
    found += [name for name, column in texts.items() if column.name not in key]
    return found[0] if found else ""


def labels(
    filtered: Filtered, columns: Sequence[Reference], title: Reference, keys: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], str]:
    """The texts in `title` of the rows with these keys, whose cells are those of `columns`; `MOST` at most.

    Rows that are not there, or have no text, are left out. One statement, unless names are very long.
    """
    wanted: dict[_Key, tuple[Any, ...]] = {}
    for key in keys:
        if all(cell is not None for cell in key):
            wanted[_literals(columns, key)] = tuple(key)
    if len(wanted) > MOST:
        raise ValueError(f"Labels are asked for {MOST} rows at once, at most.")
    found: dict[tuple[Any, ...], str] = {}
    for condition in _conditions(columns, list(wanted)):
        rows = filtered.narrowed(condition, is_there(title))
        selected = listed(map(ordering.selected, [*columns, title]))
        for *cells, text in rows.ask(Sql("SELECT "), selected, rows.rows(), Sql(f" LIMIT {MOST}")):
            found[wanted[_literals(columns, cells)]] = text
    return found


def _literals(columns: Sequence[Reference], cells: Sequence[Any]) -> _Key:
    pairs = zip(columns, cells, strict=True)
    return tuple(filters.literal(cell, column.kind) for column, cell in pairs)


def _conditions(columns: Sequence[Reference], keys: Sequence[_Key]) -> Iterator[Expression]:
    """The conditions of the rows with these keys, each small enough for a statement."""
    if not keys:
        return
    if len(columns) == 1:
        yield In(columns[0], tuple(literal for (literal,) in keys))
        return
    size = sum(len(column.column.name) + 20 for column in columns)
    most = max(1, _LARGEST // size)
    for start in range(0, len(keys), most):
        yield junction("or", [_same(columns, key) for key in keys[start : start + most]])


def _same(columns: Sequence[Reference], key: _Key) -> Expression:
    pairs = zip(columns, key, strict=True)
    return junction("and", [Comparison("eq", column, literal) for column, literal in pairs])
