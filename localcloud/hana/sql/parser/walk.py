"""Walks over the nodes of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from . import tree


def inner(node: object) -> Iterator[Any]:
    """The node and everything inside of it, from left to right, but for what lies in subqueries."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting.extend(reversed(each))
        elif is_dataclass(each) and not isinstance(each, tree.Query):
            yield each
            waiting.extend(getattr(each, part.name) for part in reversed(fields(each)))
