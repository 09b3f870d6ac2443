"""The values of a column, and how often each is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokonoma.data import ordering
from tokonoma.data.query.sql import Sql

from .filtered import COUNTED, Filtered, bounded, named

MOST = 1000


@dataclass(frozen=True, slots=True)
class Values:
    """The most frequent values first, each with the number of its rows; null is a value too."""

    counts: tuple[tuple[Any, int], ...]
    """Cells as a `Plan` has them."""
    has_more: bool
    """Whether there are other values, which are rarer or as rare as the last."""


def values(filtered: Filtered, name: str, most: int = 25) -> Values:
    """The `most` most frequent values of a column. Raises QueryInvalid, and what `filtered` raises."""
    bounded(most, 1, MOST, "most")
    column = filtered.column(name, COUNTED, "a list of values")
    own = named(column)
    found = filtered.ask(
        Sql("SELECT "),
        ordering.selected(column),
        Sql(", COUNT(*)"),
        filtered.rows(),
        Sql(f" GROUP BY {own.text} ORDER BY COUNT(*) DESC, {own.text} ASC NULLS FIRST LIMIT {most + 1}"),
    )
    return Values(tuple((value, int(number)) for value, number in found[:most]), len(found) > most)
