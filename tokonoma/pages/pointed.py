"""What a record points to: each of its foreign keys as the row that it leads to, with some of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokonoma.data.reader import Reader, Result

from . import addresses, facts
from .facts import Fact
from .headings import Heading, headings
from .patience import Patience
from .references import Reference, key_address
from .visit import Visit

SOME_FACTS = 4
"""Facts of a row that is pointed to."""
_MOST_COLUMNS = 12
"""Columns of it that are read."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """A row that a record points to."""

    heading: Heading
    """Of the foreign key's first column."""
    target: str
    """The label of the object that the row is in."""
    label: str
    exact: str
    """The key, as it stands in the record."""
    address: str
    facts: Sequence[Fact]


class PointedReader:
    """Reads what one record points to."""

    def __init__(self, reader: Reader, visit: Visit, patience: Patience) -> None:
        self._reader, self._visit, self._patience = reader, visit, patience
        self.unread: list[str] = []
        """Labels of the columns for which it took too long."""

    def read(
        self, references: Iterable[Reference], own: Mapping[str, Heading], row: Mapping[str, Any]
    ) -> list[Pointed]:
        """What the caller may see of it. Raises QueryError or DataError."""
        found = []
        for reference in references:
            values = [row[name] for name in reference.columns]
            if None in values:
                continue
            result = self._patience.ask(
                lambda timeout, each=reference, key=values: self._ask(each, key, timeout)  # type: ignore[misc]
            )
            heading = own[reference.columns[0]]
            if result is None:
                self.unread.append(heading.label)
            elif result.rows:
                found.append(self._pointed(reference, heading, values, result))
        return found

    def _ask(self, reference: Reference, values: Sequence[Any], timeout: int) -> Result:
        target = reference.target
        pairs = zip(reference.referenced, values, strict=True)
        key = {name: addresses.literal(value, target.columns[name]) for name, value in pairs}
        names = facts.plain(headings(target.columns))[:_MOST_COLUMNS]
        select = dict.fromkeys([*names, *reference.referenced, *filter(None, [reference.label])])
        return self._reader.rows(self._visit.caller, target, [key], ",".join(select), timeout=timeout)

    def _pointed(
        self, reference: Reference, heading: Heading, values: Sequence[Any], result: Result
    ) -> Pointed:
        target, [cells, *_] = reference.target, result.rows
        row = {name: cells[place] for place, (name, _) in enumerate(result.columns)}
        columns = [target.columns[name] for name in reference.referenced]
        exact = ", ".join(addresses.plain(*pair) for pair in zip(values, columns, strict=True))
        address = key_address(target, [cells[place] for place in result.key])
        without = {*reference.referenced, reference.label}
        return Pointed(
            heading=heading,
            target=target.label,
            label=(row.get(reference.label) or exact) if reference.label else exact,
            exact=exact,
            address=self._visit.root + address if address else "",
            facts=facts.some(headings(target.columns), row, without, SOME_FACTS, self._visit.language),
        )
