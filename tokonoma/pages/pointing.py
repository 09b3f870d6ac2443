"""What points to a record: for each reference how many rows, the first of them, and the way to all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup

from tokonoma.data.columns import Column, Kind
from tokonoma.data.filters import equals
from tokonoma.data.plan import Options
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from . import addresses, words
from .body import Body
from .budget import STATEMENT_SECONDS, Budget
from .conditions import Condition
from .drawings import Drawing
from .facts import plain
from .headings import Heading, headings, units
from .measurements import drawing, measured
from .picture_choice import PictureChoice
from .references import Reference
from .state import State
from .visit import Visit

FIRST_ROWS = 5
_MOST_COLUMNS = 5
MOST = 20
"""References to one record that are shown."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """The rows of one object that point to a record."""

    shown: Shown
    by: str
    """The label of the column that points to it."""
    amount: str
    """How many rows there are, in words."""
    address: str
    """The table, filtered by the record."""
    headings: Sequence[tuple[Heading, bool]]
    """Those of the first rows, and whether they are numbers."""
    body: Markup | None
    """None where the rows could not be read in time."""
    is_empty: bool
    choice: PictureChoice | None
    """The picture of these rows; None where there is none on this page."""
    drawing: Drawing | None
    """None where there is no picture, or where it could not be read in time."""


class PointingReader:
    """Reads what points to one record."""

    def __init__(self, reader: Reader, visit: Visit, budget: Budget) -> None:
        self._reader, self._visit, self._budget = reader, visit, budget

    def read(self, found: Iterable[tuple[Shown, Reference]], row: Mapping[str, Any]) -> list[Pointing]:
        """What points to the record, one of it with a picture where its rows are measurements.

        `row` are the values of the record by name. Raises QueryError or DataError.
        """
        told: list[Pointing] = []
        for (shown, reference), _ in zip(found, range(MOST), strict=False):
            if not any(row[name] is None for name in reference.referenced):
                has_picture = any(each.choice for each in told)
                told.append(self._pointing(shown, reference, row, None if has_picture else measured(shown)))
        return told

    def _pointing(
        self, shown: Shown, reference: Reference, row: Mapping[str, Any], choice: PictureChoice | None
    ) -> Pointing:
        visit, told = self._visit, headings(shown.columns)
        state = filtered(reference, shown.columns, row)
        names = _names(told, reference)
        body = Body(self._reader, visit, shown, state, told, names)
        needed = dict.fromkeys([*names, *(told[name].unit for name in names if told[name].unit)])
        options = Options(filter=state.filter_text(shown.columns), select=",".join(needed))
        result = self._budget.read(
            lambda: self._reader.page(
                visit.caller, shown, options, page_size=FIRST_ROWS, timeout=STATEMENT_SECONDS
            )
        )
        count = None
        if result is not None:
            count = len(result.rows)
            body.name(result, self._budget)
            if result.skiptoken:
                count = self._count(shown, options)
        drawn = None
        if choice is not None and result is not None and result.rows:
            drawn = self._budget.read(partial(drawing, self._reader, visit, shown, state, choice))
        return Pointing(
            shown=shown,
            by=told[reference.columns[0]].label,
            amount=words.amount(count, visit.language),
            address=visit.root + addresses.table(shown.name, state),
            headings=[(told[name], told[name].is_number and name not in body.pointing) for name in names],
            body=None if result is None else body.html(result),
            is_empty=result is not None and not result.rows,
            choice=choice,
            drawing=drawn,
        )

    def _count(self, shown: Shown, options: Options) -> int | None:
        caller = self._visit.caller
        return self._budget.read(
            lambda: self._reader.count_up_to(caller, shown, options, words.COUNTED, timeout=STATEMENT_SECONDS)
        )


def filtered(reference: Reference, columns: Mapping[str, Column], row: Mapping[str, Any]) -> State:
    """The state of a table that shows the rows which point to a record."""
    conditions: list[Condition] = []
    others: list[str] = []
    for own, theirs in zip(reference.columns, reference.referenced, strict=True):
        column = columns[own]
        text = addresses.plain(row[theirs], reference.target.columns[theirs])
        if text and column.kind is not Kind.BINARY:
            conditions.append(Condition(own, "is", text))
        else:
            others.append(equals(columns, [own], [row[theirs]]))
    return State(conditions=tuple(conditions), filter=" and ".join(others))


def _names(told: Mapping[str, Heading], reference: Reference) -> list[str]:
    beside = units(told)
    usual = [name for name in plain(told) if name not in reference.columns and name not in beside]
    return usual[:_MOST_COLUMNS] or plain(told)[:1]
