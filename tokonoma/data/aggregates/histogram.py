"""How the values of a column lie between the least and the greatest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tokonoma.data import filters, ordering
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query import compiler
from tokonoma.data.query.sql import Sql, fill, joined
from tokonoma.data.query.tree import Comparison, Literal, Reference

from .edges import Edges, of_numbers, of_times
from .filtered import MEASURED, TIMES, Filtered, bounded, named

MOST = 60
"""Bins of one histogram at most."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The values from `low` to before `high`; None where no value could lie beyond."""

    low: Literal | None
    high: Literal | None
    count: int

    def filter(self, name: str) -> str:
        """The filter of its rows, for the column by its name in queries."""
        return filters.within(name, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bins of one width, those without rows too; none if there is no value."""

    count: int
    """Values; rows with null are not among them."""
    nulls: int
    minimum: Any
    """A cell as a `Plan` has it; None if there is no value."""
    maximum: Any
    bins: tuple[Bin, ...]
    unit: str
    """The unit of `step`: minute, hour, day, week, month, quarter or year; "" for numbers."""
    step: Decimal
    """The width of a bin. The first one of times may be shorter, where the calendar begins."""


def histogram(filtered: Filtered, name: str, bins: int = 20) -> Histogram:
    """The histogram of a column of numbers or times, of at most `bins` bins; two statements.

    Bins are compared with values as filters are: what a bin counts is what its filter finds. Raises
    QueryInvalid, and what `filtered` raises.
    """
    bounded(bins, 2, MOST, "bins")
    column = filtered.column(name, MEASURED, "a histogram")
    rows, count, low, high = extent(filtered, column)
    if not count:
        return Histogram(0, rows, None, None, (), "", Decimal(1))
    edges = _edges(column.column, low, high, bins)
    found = filtered.ask(
        Sql('SELECT "BIN", COUNT(*) FROM (SELECT '),
        _bin_of(column, edges),
        Sql(' AS "BIN"'),
        filtered.rows(),
        Sql(') GROUP BY "BIN"'),
    )
    counts = {number: int(count) for number, count in found}
    pairs = zip(edges.values, edges.values[1:], strict=False)
    made = tuple(Bin(*pair, counts.get(number, 0)) for number, pair in enumerate(pairs))
    return Histogram(count, rows - count, low, high, made, edges.unit, edges.step)


def extent(filtered: Filtered, column: Reference) -> tuple[int, int, Any, Any]:
    """How many rows there are, how many have a value, the least of them and the greatest."""
    own = named(column)
    ends = [_selected(column, fill(f"{end}({{}})", own)) for end in ("MIN", "MAX")]
    [(rows, count, low, high)] = filtered.ask(
        fill("SELECT COUNT(*), COUNT({}), {}, {}", own, *ends), filtered.rows()
    )
    return int(rows), int(count), low, high


def _selected(column: Reference, end: Sql) -> Sql:
    """What to select for the least or greatest value."""
    if column.column.type != "TIMESTAMP":
        return end
    return ordering.moment_text(end)


def _edges(column: Column, low: Any, high: Any, most: int) -> Edges:
    first, last = (filters.literal(each, column.kind).value for each in (low, high))
    if column.kind in TIMES:
        return of_times(str(first), str(last), column.kind, most)
    least = None
    if column.kind is Kind.INTEGER:
        least = Decimal(1)
    elif column.kind is Kind.DECIMAL and column.scale is not None:
        least = Decimal(1).scaleb(-column.scale)
    assert isinstance(first, Decimal)
    assert isinstance(last, Decimal)
    return of_numbers(first, last, column.kind, least, most)


def _bin_of(column: Reference, edges: Edges) -> Sql:
    """The number of a row's bin; null for null."""
    parts = [Sql("CASE")]
    for number, edge in enumerate(edges.values[1:-1]):
        assert edge is not None
        below = compiler.condition(Comparison("lt", column, edge))
        parts.append(fill(f" WHEN {{}} THEN {number}", below))
    parts.append(fill(f" WHEN {{}} IS NOT NULL THEN {len(edges.values) - 2} END", named(column)))
    return joined(*parts)
