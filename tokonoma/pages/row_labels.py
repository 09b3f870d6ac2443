"""What people call the rows that a foreign key of one column points to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokonoma.data import cells
from tokonoma.data.policy.access import Shown
from tokonoma.data.query.literals import LONGEST_TEXT
from tokonoma.data.reader import Reader

from .budget import Budget
from .choices import asked_for
from .references import Labels, pointing_out
from .state import State
from .visit import Visit


class RowLabels:
    """Reads the labels of what an object points to, of what a caller may see, and remembers them."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, budget: Budget) -> None:
        self._shown = shown
        self._labels = Labels(reader, visit.caller, budget)
        references = pointing_out(reader.control, visit.caller, shown)
        self._references = {each.columns[0]: each for each in reversed(references) if len(each.columns) == 1}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, column: str, values: Iterable[Any]) -> dict[Any, str]:
        """Labels by the values of a column, by its name in queries; those are left out that have none.

        Empty if they could not be read in time. Raises QueryError, DataError or HanaError.
        """
        reference = self._references.get(column)
        if reference is None:
            return {}
        keys = [(each,) for each in values if each is not None and len(str(each)) <= LONGEST_TEXT]
        read = self._labels.read(reference, keys) or {}
        found = {value: cells.well_formed(named.label) for (value,), named in read.items()}
        self._known.update({(column, str(value)): label for value, label in found.items()})
        return found

    def of_conditions(self, state: State) -> None:
        """Read the labels of the values that conditions compare with. Raises as `of`."""
        for name in dict.fromkeys(each.column for each in state.conditions):
            own = [each for each in state.conditions if each.column == name]
            self.of(name, asked_for(own, self._shown.columns[name].kind))

    def label(self, column: str, value: str) -> str:
        """What a value of a condition is called; "" if it is not known."""
        return self._known.get((column, value.strip()), "")
