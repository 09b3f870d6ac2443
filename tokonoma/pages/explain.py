"""Why somebody sees an object or not: the policy's own words for given scopes and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokonoma.data.policy import report
from tokonoma.data.policy.access import AccessControl

LONGEST = 1000
"""Characters of a parameter."""
NAMES = ("object", "scopes", "attributes")


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """All that the template shows."""

    asked: Mapping[str, str]
    names: Sequence[str]
    """Objects that the form suggests."""
    roles: Sequence[str]
    """The roles that the scopes come to."""
    answer: Mapping[str, Any] | None
    """As `report.explain` has it; None if nothing was asked."""
    columns: Sequence[str]
    withheld: Sequence[str]
    problems: Sequence[str]


def page(control: AccessControl, asked: Mapping[str, str], too_long: str) -> ExplainPage:
    """The page for what a form has sent. Raises CatalogueUnavailable or HanaError."""
    applied = control.applied()
    asked = {name: asked.get(name, "").strip() for name in NAMES}
    problems = [too_long] if any(len(each) > LONGEST for each in asked.values()) else []
    asked = {name: text[:LONGEST] for name, text in asked.items()}
    names = sorted({*applied.shown, *applied.catalogue.tables, *applied.catalogue.left_out})
    roles = control.roles_of(report.words(asked["scopes"]))
    if not asked["object"] or problems:
        return ExplainPage(asked, names, roles, None, (), (), problems)
    attributes = report.attributes(asked["attributes"].split())
    answer = report.explain(applied, asked["object"], roles, attributes)
    columns: Sequence[str] = list(map(str, answer.get("columns", ())))  # type: ignore[call-overload]
    every = {name for entry in applied.shown.get(str(answer["object"]), ()) for name in entry.columns}
    return ExplainPage(asked, names, roles, answer, columns, sorted(every.difference(columns)), problems)
