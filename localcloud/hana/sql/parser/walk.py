"""Walks over the nodes of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from . import tree


def inner(node: object) -> Iterator[Any]:
    """The node and everything inside of it, but for what lies in subqueries."""
    if isinstance(node, tuple):
        for each in node:
            yield from inner(each)
    elif is_dataclass(node) and not isinstance(node, tree.Query):
        yield node
        for part in fields(node):
            found = getattr(node, part.name)
            if isinstance(found, tuple) or is_dataclass(found):
                yield from inner(found)
