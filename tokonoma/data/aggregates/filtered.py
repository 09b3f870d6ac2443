"""The rows of which figures are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tokonoma.data.columns import LARGE, NUMBERS, Kind
from tokonoma.data.query import compiler
from tokonoma.data.query.sql import TRUE, Sql, joined, junction, quoted
from tokonoma.data.query.tree import NULL, Comparison, Expression, Reference
from tokonoma.data.question import Statement, stated
from tokonoma.data.select import Select
from tokonoma.errors import QueryInvalid

Run = Callable[[Statement], Iterable[Sequence[Any]]]
TIMES = frozenset({Kind.DATE, Kind.MOMENT})


class Filtered:
    """The rows that a caller may see and a filter keeps; `now()` means the same in all of their figures."""

    def __init__(self, select: Select, run: Run, now: str, narrower: Sql = TRUE) -> None:
        """`run` asks HANA: what it raises is raised by every figure. `narrower` is one more condition."""
        self._select = select
        self._run = run
        self._now = now
        self._narrower = narrower

    def narrowed(self, *conditions: Expression) -> Filtered:
        """The rows for which the conditions hold as well."""
        added = junction("AND", [self._narrower, *map(compiler.condition, conditions)])
        return Filtered(self._select, self._run, self._now, added)

    def column(self, name: str, kinds: frozenset[Kind], figure: str) -> Reference:
        """A column that the caller may see, by the name used in queries.

        Raises QueryInvalid if there is none, or if `figure`, as "a histogram", is not made of its kind.
        """
        column = self._select.visible.get(name)
        if column is None:
            raise QueryInvalid(f'there is no column "{name[:60]}"', "column", 1)
        if column.kind not in kinds:
            raise QueryInvalid(f"{figure} is not made of {column.kind.value}, as {name} is", "column", 1)
        return Reference(name, column)

    def rows(self) -> Sql:
        """FROM and WHERE of these rows."""
        return self._select.rows(junction("AND", [self._select.where, self._narrower]))

    def ask(self, *parts: Sql) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return [tuple(row) for row in self._run(stated(joined(*parts), self._now))]


def named(column: Reference) -> Sql:
    """A column in SQL."""
    return Sql(quoted(column.column.name))


def is_there(column: Reference) -> Expression:
    """The condition that a column is not null."""
    return Comparison("ne", column, NULL)


def bounded(number: int, least: int, most: int, name: str) -> int:
    """The number. Raises QueryInvalid if it is out of bounds."""
    if not least <= number <= most:
        raise QueryInvalid(f"from {least} to {most} is expected", name, 1)
    return number


COUNTED = frozenset(Kind) - LARGE - {Kind.NULL}
"""Kinds whose values can be told apart."""
MEASURED = NUMBERS | TIMES
"""Kinds that have a distance."""
