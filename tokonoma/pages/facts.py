"""What is known of one row, in groups: what it is called first, then numbers, dates and texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from tokonoma.data.columns import LARGE, NUMBERS, Kind

from .cell_html import Shower
from .headings import Heading, units
from .language import Language

_DATES = frozenset({Kind.DATE, Kind.TIME, Kind.MOMENT})


@dataclass(frozen=True, slots=True)
class Fact:
    """One value, as it is shown."""

    heading: Heading
    html: Markup
    exact: Markup
    """The exact value; "" where `html` is exact."""
    is_null: bool = False


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that stand together."""

    name: str
    """That of the text which is its title."""
    facts: tuple[Fact, ...]


def groups(
    headings: Mapping[str, Heading], row: Mapping[str, Any], first: Collection[str], language: Language
) -> list[FactGroup]:
    """All facts of a row but large values, in the table's order; `first` are the columns that name it."""
    beside = units({name: headings[name] for name in row})
    told = {name: fact(headings[name], row, language) for name in headings if name in row}
    found = {"facts_key": [told[name] for name in headings if name in first and name in told]}
    for name, each in told.items():
        if name not in first and not (name in beside and row[name] is not None):
            found.setdefault(_group(each.heading.column.kind), []).append(each)
    order = ("facts_key", "facts_numbers", "facts_dates", "facts_texts")
    return [FactGroup(name, tuple(found[name])) for name in order if found.get(name)]


def fact(heading: Heading, row: Mapping[str, Any], language: Language) -> Fact:
    """One fact, whole, with its unit."""
    value = row[heading.name]
    if value is None:
        return Fact(heading, escape(language.text("null")), Markup(), is_null=True)
    html, exact = Shower(heading.column, language, whole=True).show(value)
    unit = row.get(heading.unit)
    beside = Markup(' <span class="unit">{}</span>').format(unit) if unit else Markup()
    # `Shower` has escaped both.
    return Fact(heading, Markup(html) + beside, Markup(exact))  # noqa: S704


def some(
    headings: Mapping[str, Heading],
    row: Mapping[str, Any],
    without: Collection[str],
    most: int,
    language: Language,
) -> list[Fact]:
    """The first facts that are not null, for a row that is shown beside another one."""
    beside = units(headings)
    wanted: Iterable[Heading] = (
        each
        for name, each in headings.items()
        if name in row and name not in without and name not in beside and row[name] is not None
    )
    return [fact(each, row, language) for each, _ in zip(wanted, range(most), strict=False)]


def plain(headings: Mapping[str, Heading]) -> list[str]:
    """The names of the columns that are no large values."""
    return [name for name, each in headings.items() if each.column.kind not in LARGE]


def _group(kind: Kind) -> str:
    if kind in NUMBERS:
        return "facts_numbers"
    return "facts_dates" if kind in _DATES else "facts_texts"
