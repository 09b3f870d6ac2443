"""What people call the rows that a foreign key of one column points to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokonoma.data import cells
from tokonoma.data.policy.access import Shown
from tokonoma.data.query.literals import LONGEST_TEXT
from tokonoma.data.reader import Reader
from tokonoma.data.references import Link, outgoing

from .budget import STATEMENT_SECONDS, Budget
from .visit import Visit


class RowLabels:
    """Reads the labels of what an object points to, of what a caller may see."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, budget: Budget) -> None:
        self._reader, self._caller, self._budget = reader, visit.caller, budget
        self._objects = reader.control.objects(visit.caller)
        links = outgoing(self._objects, shown)
        self._links: Mapping[str, Link] = {
            each.columns[0]: each for each in reversed(links) if len(each.columns) == 1
        }

    def of(self, column: str, values: Iterable[Any]) -> dict[Any, str]:
        """Labels by the values of a column, by its name in queries; those are left out that have none.

        Empty if they could not be read in time. Raises QueryError, DataError or HanaError.
        """
        link = self._links.get(column)
        keys = [(cell,) for cell in values if cell is not None and len(str(cell)) <= LONGEST_TEXT]
        if link is None or not keys:
            return {}
        found = self._budget.read(
            lambda: self._reader.labels(
                *(self._caller, self._objects[link.target], keys),
                by=link.referenced,
                timeout=STATEMENT_SECONDS,
            )
        )
        return {cell: cells.well_formed(label) for (cell,), label in (found or {}).items()}
