"""The overview: all tables and views that a caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from .counts import count
from .hidden import Hidden, hidden
from .visit import Visit

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """All that the template shows."""

    objects: Sequence[Shown]
    search: str
    summary: str
    has_any: bool
    """Whether there is anything that the caller may see, found or not."""
    counts: Mapping[str, str]
    """How many rows there are, by the object's name; empty where nobody asked."""
    hidden: Hidden | None
    """What is not shown at all; None for who is no operator."""


def page(reader: Reader, visit: Visit, search: str, *, with_counts: bool) -> OverviewPage:
    """The objects whose name, label or comment has the search's words in it, by label.

    Raises CatalogueUnavailable or HanaError.
    """
    objects, language = reader.control.objects(visit.caller), visit.language
    search = search.strip()[:LONGEST_SEARCH]
    words = search.casefold().split()
    found = [each for each in objects.values() if all(word in _searched(each) for word in words)]
    found.sort(key=lambda each: (each.label.casefold(), each.name))
    number = language.whole(len(found))
    if search:
        summary = language.text("found_objects", count=number, all=language.whole(len(objects)))
    else:
        summary = language.text("one_object" if len(found) == 1 else "all_objects", count=number)
    return OverviewPage(
        objects=found,
        search=search,
        summary=summary,
        has_any=bool(objects),
        counts=count(reader, visit, found) if with_counts else {},
        hidden=hidden(reader.control.applied()) if visit.is_operator else None,
    )


def _searched(shown: Shown) -> str:
    return f"{shown.name} {shown.label} {shown.table.comment}".casefold()
