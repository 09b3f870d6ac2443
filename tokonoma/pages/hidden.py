"""What is not shown, and why: for operators, who have to find out why somebody misses something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokonoma.data.policy import report
from tokonoma.data.policy.access import Applied

MOST = 200
"""Of each kind that are shown."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not shown."""

    unseen: Sequence[str]
    """Objects that nobody may see."""
    findings: Sequence[str]
    """What in the policy does not fit the schema, in sentences."""
    objects: Sequence[tuple[str, str]]
    """Objects of the schema that cannot be shown, and why."""
    columns: Sequence[tuple[str, str]]
    """Columns that cannot be shown, behind the name of their object and a point, and why."""
    more: int
    """How many there are beyond `MOST` of a kind."""

    def __bool__(self) -> bool:
        return bool(self.unseen or self.findings or self.objects or self.columns)


def hidden(applied: Applied) -> Hidden:
    """Everything that a policy applied to a catalogue leaves out."""
    catalogue = applied.catalogue
    unseen = report.unseen(applied)
    findings = [str(each) for each in applied.findings]
    objects = sorted(catalogue.left_out.items())
    columns = [
        (f"{name}.{column}", why)
        for name, table in sorted(catalogue.tables.items())
        for column, why in table.left_out.items()
    ]
    more = sum(max(0, len(each) - MOST) for each in (unseen, findings, objects, columns))
    return Hidden(unseen[:MOST], findings[:MOST], objects[:MOST], columns[:MOST], more)
