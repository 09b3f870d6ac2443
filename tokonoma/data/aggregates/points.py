"""Pairs of two numbers, as a scatter plot shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokonoma.data.columns import NUMBERS
from tokonoma.data.query.sql import Sql, fill

from .filtered import Filtered, bounded, is_there, named

MOST = 5000


@dataclass(frozen=True, slots=True)
class Points:
    """Pairs in the order of the first number, then of the second."""

    pairs: tuple[tuple[Any, Any], ...]
    """The numbers x and y, of the types in which hdbcli returns them."""
    count: int
    """How many pairs there are."""
    every: int
    """Which of them are shown: every one, every second one, …"""


def points(filtered: Filtered, x: str, y: str, most: int = 500) -> Points:
    """At most `most` pairs of two columns of the same row, neither of them null; two statements.

    If there are more, the pairs are put in order and every n-th one is taken from the first: so they are
    spread as all of them are, and come out the same each time. Raises QueryInvalid, and what `filtered`
    raises.
    """
    bounded(most, 1, MOST, "most")
    columns = [filtered.column(name, NUMBERS, "a point") for name in (x, y)]
    filtered = filtered.narrowed(*map(is_there, columns))
    [(count,)] = filtered.ask(Sql("SELECT COUNT(*)"), filtered.rows())
    every = -(-int(count) // most) or 1
    first, second = map(named, columns)
    order = fill("{} ASC, {} ASC", first, second)
    pairs = fill('SELECT {} AS "X", {} AS "Y"', first, second)
    if every == 1:
        found = filtered.ask(pairs, filtered.rows(), fill(" ORDER BY {}", order), Sql(f" LIMIT {most}"))
    else:
        found = filtered.ask(
            Sql('SELECT "X", "Y" FROM ('),
            pairs,
            fill(', ROW_NUMBER() OVER (ORDER BY {}) AS "PLACE"', order),
            filtered.rows(),
            Sql(f') WHERE MOD("PLACE", {every}) = 1 ORDER BY "PLACE" ASC LIMIT {most}'),
        )
    return Points(tuple((one, other) for one, other in found), int(count), every)
