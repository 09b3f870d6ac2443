"""Finds the schemas that a statement names: the files of a container must name none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from localcloud.hana.sql.parser import tree


def named_schema(node: object) -> str | None:
    """The first schema that a statement names, in its subqueries too."""
    return next((path.parts[0] for path in _paths(node) if len(path.parts) > 1), None)


def _paths(node: object) -> Iterator[tree.Path]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tree.Path):
            yield each
        elif isinstance(each, tuple):
            waiting.extend(each)
        elif is_dataclass(each):
            waiting.extend(getattr(each, part.name) for part in fields(each))
