"""The overview: all tables and views that a caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokonoma.data.policy.access import Shown

from .language import Language

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """All that the template shows."""

    objects: Sequence[Shown]
    search: str
    summary: str
    has_any: bool
    """Whether there is anything that the caller may see, found or not."""


def page(objects: Mapping[str, Shown], search: str, language: Language) -> OverviewPage:
    """The objects whose name, label or comment has the search's words in it, by label."""
    search = search.strip()[:LONGEST_SEARCH]
    words = search.casefold().split()
    found = [each for each in objects.values() if all(word in _searched(each) for word in words)]
    found.sort(key=lambda each: (each.label.casefold(), each.name))
    count = language.whole(len(found))
    if search:
        summary = language.text("found_objects", count=count, all=language.whole(len(objects)))
    else:
        summary = language.text("one_object" if len(found) == 1 else "all_objects", count=count)
    return OverviewPage(found, search, summary, bool(objects))


def _searched(shown: Shown) -> str:
    return f"{shown.name} {shown.label} {shown.table.comment}".casefold()
