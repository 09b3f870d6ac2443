"""Leaves out what an xs-security.json says of applications that do not run here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OTHER = "$XSAPPNAME("
"""How a reference to a scope of another application begins."""
_REFERENCES = ("scope-references", "foreign-scope-references")


def without_foreign_scopes(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A descriptor in which nothing refers to other applications, and the references that are gone.

    What has another form than it should is left as it is, for the XSUAA to complain about.
    """
    gone: dict[str, None] = {}

    def own(references: Any) -> Any:
        if not isinstance(references, list):
            return references
        foreign = [each for each in references if isinstance(each, str) and each.startswith(_OTHER)]
        gone.update(dict.fromkeys(foreign))
        return [each for each in references if each not in foreign]

    made = dict(document)
    if "authorities" in made:
        made["authorities"] = own(made["authorities"])
    if isinstance(templates := made.get("role-templates"), list):
        made["role-templates"] = [
            {key: own(value) if key in _REFERENCES else value for key, value in template.items()}
            if isinstance(template, dict)
            else template
            for template in templates
        ]
    return made, list(gone)
