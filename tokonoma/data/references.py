"""Foreign keys between objects, as far as a caller sees both of their sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import filters
from .columns import Column, ForeignKey
from .policy.access import Shown


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key; names of objects and columns are those used in queries."""

    source: str
    """The object that has it."""
    columns: tuple[str, ...]
    target: str
    """The object that it points to."""
    referenced: tuple[str, ...]
    """Columns of the target, each for the one of `columns` at its place."""


def outgoing(objects: Mapping[str, Shown], shown: Shown) -> list[Link]:
    """What an object points to, of what a caller may see (`AccessControl.objects`).

    A table that the caller also sees by a synonym is pointed to by its own name.
    """
    found = []
    for key in shown.table.foreign_keys:
        links = [link for target in objects.values() if (link := _link(shown, key, target)) is not None]
        # A synonym has another name than the table that it stands for.
        found += sorted(links, key=lambda link: objects[link.target].table.name != link.target)[:1]
    return found


def incoming(objects: Mapping[str, Shown], shown: Shown) -> list[Link]:
    """What points to an object, of what a caller may see, in the order of names."""
    return [
        link
        for _, source in sorted(objects.items())
        for key in source.table.foreign_keys
        if (link := _link(source, key, shown)) is not None
    ]


def pointing(link: Link, columns: Mapping[str, Column], cells: Sequence[Any]) -> str:
    """The filter of the source's rows that point to a row with these cells in `Link.referenced`.

    `columns` are the source's; "" if a cell is null, for nothing points to that.
    """
    if any(cell is None for cell in cells):
        return ""
    return filters.equals(columns, link.columns, cells)


def _link(source: Shown, key: ForeignKey, target: Shown) -> Link | None:
    """None where the key does not point to this target, or has a column that is not seen."""
    if (target.table.schema, target.table.name) != (key.schema, key.table):
        return None
    own, theirs = ({column.name: name for name, column in each.columns.items()} for each in (source, target))
    if not own.keys() >= set(key.columns) or not theirs.keys() >= set(key.referenced):
        return None
    columns = tuple(own[name] for name in key.columns)
    return Link(source.name, columns, target.name, tuple(theirs[name] for name in key.referenced))
