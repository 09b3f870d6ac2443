"""Pictures with what belongs to them: a sentence of what is seen, a legend, and the table behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import StatisticsError, correlation
from typing import Any

from markupsafe import Markup

from tokonoma.data import filters
from tokonoma.data.aggregates.histogram import Histogram
from tokonoma.data.aggregates.points import Points
from tokonoma.data.aggregates.values import Values
from tokonoma.data.columns import Kind

from . import bins, words
from .cell_html import is_plain
from .choices import field_of, is_usable, shown
from .conditions import Condition
from .headings import Heading
from .language import Language
from .state import State
from .svg import bars, scatter
from .svg.axes import SIZES, Size

Address = Callable[[State], str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, in all sizes of `SIZES`, of which the style sheet shows one."""

    title: str
    told: str
    """What is seen, in words: the text alternative too."""
    pictures: Sequence[Markup] = ()
    """None if there is nothing to be drawn."""
    legend: Sequence[tuple[Markup, str, str]] = ()
    """For each line a piece of it, its name, and what is seen of it."""
    columns: Sequence[str] = ()
    """Headings of the table behind the picture."""
    rows: Sequence[Sequence[str]] = ()
    addresses: Sequence[str] = ()
    """Where the rows behind each of `rows` are; "" for those that no address can ask for."""
    notes: Sequence[str] = ()


def points(found: Points, x: Heading, y: Heading, language: Language) -> Drawing:
    """A scatter of two numbers."""
    title = language.text("scatter_of", x=x.label, y=y.label)
    if not found.pairs:
        return Drawing(title, language.text("nothing_to_draw"))
    pairs = [(number(one), number(other)) for one, other in found.pairs]
    ranges = [(min(each), max(each)) for each in zip(*pairs, strict=True)]
    told = language.text(
        "scatter_told",
        count=language.whole(found.count),
        x=x.label,
        y=y.label,
        **dict(zip(("low", "high"), (exact(each, x, language) for each in ranges[0]), strict=True)),
        **dict(zip(("y_low", "y_high"), (exact(each, y, language) for each in ranges[1]), strict=True)),
    )
    together = _correlation(pairs)
    if together is not None:
        told += " " + language.text("correlation", value=language.number(together))
    return Drawing(
        title,
        told,
        [scatter.scatter(size, pairs, (x.label, y.label), title, told, language) for size in SIZES],
        columns=[x.label, y.label],
        rows=[[exact(one, x, language), exact(other, y, language)] for one, other in pairs],
        notes=[language.text("sample", count=language.whole(found.every))] if found.every > 1 else [],
    )


def distribution(
    found: Histogram, heading: Heading, state: State, address: Address, language: Language
) -> Drawing:
    """How many rows lie in each bin."""
    title = language.text("histogram_of", column=heading.label)
    if not found.count:
        return Drawing(title, language.text("nothing_to_draw"))
    links = [address(bins.narrowed(state, each, heading)) for each in found.bins]
    made = bins.bars(found, heading, language, links)
    edges = bins.edges(found, heading, language)
    told = bins.described(found, heading, language)

    def drawn(size: Size) -> Markup:
        return bars.histogram(size, made, edges, title, told, language)

    return Drawing(
        title,
        told,
        [drawn(size) for size in SIZES],
        columns=[heading.label, language.text("rows")],
        rows=[[each.label, language.whole(each.count)] for each in made],
        addresses=[each.address if each.count else "" for each in made],
    )


def counts(
    found: Values,
    heading: Heading,
    state: State,
    address: Address,
    labels: Mapping[Any, str],
    language: Language,
) -> Drawing:
    """How many rows there are of each value."""
    title = language.text("counts_of", column=heading.label)
    if not found.counts:
        return Drawing(title, language.text("nothing_to_draw"))
    made = []
    for cell, count in found.counts:
        label, _ = shown(cell, heading.column, labels, language)
        name = language.text("bar", what=label, rows=words.amount(count, language))
        made.append(bars.Bar(label, count, name, _address_of(cell, heading, state, address)))
    told = language.text("counts_told", most=made[0].name, least=made[-1].name)
    return Drawing(
        title,
        told,
        [bars.counts(size, made, title, told, language) for size in SIZES],
        columns=[heading.label, language.text("rows")],
        rows=[[each.label, language.whole(each.count)] for each in made],
        addresses=[each.address for each in made],
        notes=[language.text("most_frequent", count=len(made))] if found.has_more else [],
    )


def with_value(state: State, heading: Heading, cell: Any) -> State | None:
    """The state with a value instead of those that the column is asked for; None if none can ask for it."""
    parameter, value = field_of(cell, heading)
    if cell is not None and not is_usable(value):
        return None
    others = tuple(
        each
        for each in state.conditions
        if each.column != heading.name or each.operator not in ("is", "null")
    )
    asked = Condition(heading.name, parameter.rpartition(".")[2], value)
    return replace(state, at="", conditions=(*others, asked))


def _address_of(cell: Any, heading: Heading, state: State, address: Address) -> str:
    found = with_value(state, heading, cell)
    return "" if found is None else address(found)


def number(cell: Any) -> Decimal:
    """A cell of a column of numbers, or of their average."""
    value = filters.literal(cell, Kind.DOUBLE if isinstance(cell, float) else Kind.DECIMAL).value
    assert isinstance(value, Decimal)
    return value


def exact(value: Decimal, heading: Heading, language: Language) -> str:
    """A number of a column in the reader's way."""
    if heading.column.kind is Kind.DOUBLE:
        return language.floating(float(value))
    return f"{value:f}" if is_plain(heading.column) else language.number(value)


def _correlation(pairs: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """How far two numbers go together, from -1 to 1; None if one of them never changes."""
    xs, ys = ([float(each) for each in side] for side in zip(*pairs, strict=True))
    try:
        return Decimal(f"{correlation(xs, ys):.2f}")
    except (StatisticsError, OverflowError, ValueError):
        return None
