"""A record's page: one row with all its facts, what it points to, what points to it, and its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokonoma.data import cells
from tokonoma.data.policy.access import Shown
from tokonoma.data.query.tree import Literal
from tokonoma.data.reader import Neighbours, Reader
from tokonoma.errors import ObjectUnknown, QueryError

from . import addresses, facts
from .budget import STATEMENT_SECONDS, Budget
from .facts import FactGroup
from .headings import headings
from .large import Large, large_values
from .pointed import Pointed, PointedReader
from .pointing import Pointing, PointingReader
from .references import key_columns, pointing_in, pointing_out
from .state import State
from .visit import Visit

SECONDS = 3.0
"""For all that is beside the record's own facts."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """All that the template shows."""

    shown: Shown
    title: str
    key: str
    """The key in words, where the title is not the key already; else ""."""
    problems: Sequence[str]
    groups: Sequence[FactGroup]
    pointed: Sequence[Pointed]
    large: Sequence[Large]
    pointing: Sequence[Pointing]
    previous: str
    """The address of the record before; "" if there is none. So with the next."""
    next: str
    rows: str
    """The address of the table that the reader came from."""
    notes: Sequence[str]
    """What could not be read in time."""


class RecordView:
    """Makes a record's page for one caller, key and state."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, state: State) -> None:
        self._reader, self._visit, self._shown, self._state = reader, visit, shown, state
        self._headings = headings(shown.columns)
        self._budget = Budget(SECONDS)
        names = {column.name: name for name, column in shown.columns.items()}
        self._key = [names[each] for each in shown.table.key]

    def page(self, segment: str, problems: Sequence[str]) -> RecordPage:
        """The page of the record whose key is a segment of a path, as it came.

        Raises ObjectUnknown for a record that there is not, for this caller or at all, and for what is no
        key; DataError or HanaError.
        """
        if not self._key:
            raise ObjectUnknown
        key = addresses.read_key(segment, {name: self._shown.columns[name] for name in self._key})
        row = self._row(key)
        values = [row[name] for name in self._key]
        visit, reader, budget, language = self._visit, self._reader, self._budget, self._visit.language
        references = pointing_out(reader.control, visit.caller, self._shown)
        pointed_reader = PointedReader(reader, visit, budget)
        pointed = pointed_reader.read(references, self._headings, row)
        neighbours = self._neighbours(key)
        written = ", ".join(
            addresses.plain(*pair) for pair in zip(values, key_columns(self._shown), strict=True)
        )
        label = self._shown.title
        title = (label and row[label]) or ""
        title = title if title.strip() else written
        shown_elsewhere = {each.heading.name for each in pointed} - {*self._key}
        told = {name: row[name] for name in self._headings if name in row and name not in shown_elsewhere}
        notes = [language.text("labels_not_in_time", column=each) for each in pointed_reader.unread]
        if neighbours is None:
            notes.append(language.text("neighbours_not_in_time"))
        return RecordPage(
            shown=self._shown,
            title=language.visible(cells.well_formed(title)),
            key="" if title == written else cells.well_formed(written),
            problems=problems,
            groups=facts.groups(self._headings, told, {*self._key, label}, language),
            pointed=pointed,
            large=large_values(reader, visit, self._shown, key, values, budget),
            pointing=PointingReader(reader, visit, budget).read(
                pointing_in(reader.control, visit.caller, self._shown), row
            ),
            previous=self._address(neighbours and neighbours.previous),
            next=self._address(neighbours and neighbours.next),
            rows=visit.root + addresses.table(self._shown.name, self._state),
            notes=notes,
        )

    def _row(self, key: Mapping[str, Literal]) -> Mapping[str, Any]:
        """The record's values by name, large ones aside. Raises as `page`."""
        try:
            result = self._reader.row(
                self._visit.caller, self._shown, key, ",".join(facts.plain(self._headings))
            )
        except QueryError:
            # What no column can hold is no key.
            raise ObjectUnknown from None
        [cells_of_row] = result.rows
        return {name: cells_of_row[place] for place, (name, _) in enumerate(result.columns)}

    def _neighbours(self, key: Mapping[str, Literal]) -> Neighbours | None:
        options = self._state.options(self._shown.columns)
        return self._budget.read(
            lambda: self._reader.neighbours(
                self._visit.caller, self._shown, options, key, timeout=STATEMENT_SECONDS
            )
        )

    def _address(self, values: tuple[Any, ...] | None) -> str:
        if values is None:
            return ""
        key = addresses.write_key(key_columns(self._shown), values)
        return self._visit.root + addresses.record(self._shown.name, key, self._state)
