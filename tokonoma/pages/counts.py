"""How many rows the objects of the overview have: exactly up to a limit, and never for long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from tokonoma.data.plan import Options
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from . import words
from .budget import STATEMENT_SECONDS, Budget
from .visit import Visit

TOGETHER = 5
"""Seconds for the counts of all objects; each has one."""


def count(reader: Reader, visit: Visit, objects: Iterable[Shown]) -> Mapping[str, str]:
    """The number of rows that the caller may see, in the reader's words, by the object's name."""
    budget = Budget(TOGETHER)
    return {each.name: _written(budget.read(partial(_count, reader, visit, each)), visit) for each in objects}


def _count(reader: Reader, visit: Visit, shown: Shown) -> int:
    limit = words.COUNTED
    return reader.count_up_to(visit.caller, shown, Options(), limit, timeout=STATEMENT_SECONDS)


def _written(found: int | None, visit: Visit) -> str:
    language = visit.language
    if found is None:
        return language.text("not_in_time")
    number = language.whole(min(found, words.COUNTED))
    return language.text("more_than", count=number) if found > words.COUNTED else number
