"""What a record points to: each of its foreign keys as the row that it leads to, with some of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tokonoma.data.filters import equals
from tokonoma.data.plan import Options
from tokonoma.data.reader import Reader, Result

from . import addresses, facts
from .budget import STATEMENT_SECONDS, Budget
from .facts import Fact
from .headings import Heading, headings
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

    def __init__(self, reader: Reader, visit: Visit, budget: Budget) -> None:
        self._reader, self._visit, self._budget = reader, visit, budget
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
            result = self._budget.read(partial(self._ask, reference, values))
            heading = own[reference.columns[0]]
            if result is None:
                self.unread.append(heading.label)
            elif result.rows:
                found.append(self._pointed(reference, heading, values, result))
        return found

    def _ask(self, reference: Reference, values: Sequence[Any]) -> Result:
        target = reference.target
        names = facts.plain(headings(target.columns))[:_MOST_COLUMNS]
        select = dict.fromkeys([*names, *reference.referenced, *filter(None, [target.title])])
        options = Options(
            filter=equals(target.columns, reference.referenced, values), select=",".join(select)
        )
        return self._reader.page(self._visit.caller, target, options, page_size=1, timeout=STATEMENT_SECONDS)

    def _pointed(
        self, reference: Reference, heading: Heading, values: Sequence[Any], result: Result
    ) -> Pointed:
        target, [cells, *_] = reference.target, result.rows
        row = {name: cells[place] for place, (name, _) in enumerate(result.columns)}
        columns = [target.columns[name] for name in reference.referenced]
        exact = ", ".join(addresses.plain(*pair) for pair in zip(values, columns, strict=True))
        address = key_address(target, [cells[place] for place in result.key])
        without = {*reference.referenced, target.title}
        named = (row.get(target.title) or "") if target.title else ""
        return Pointed(
            heading=heading,
            target=target.label,
            label=self._visit.language.visible(named if named.strip() else exact),
            exact=exact,
            address=self._visit.root + address if address else "",
            facts=facts.some(headings(target.columns), row, without, SOME_FACTS, self._visit.language),
        )
