"""A histogram in words and addresses: each bin is a link to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tokonoma.data import cells, filters
from tokonoma.data.aggregates.histogram import Bin, Histogram
from tokonoma.data.columns import Kind
from tokonoma.data.query.tree import Literal

from . import words
from .cell_html import Shower, is_plain
from .conditions import Condition
from .headings import Heading
from .language import Language
from .state import State
from .svg.bars import Bar
from .svg.scale import number_label

_RANGE = frozenset({"from", "to", "above", "below"})


def conditions(found: Bin, heading: Heading) -> list[Condition]:
    """The conditions of a bin's rows; with `to` where the value before the next bin is known."""
    made: list[Condition] = []
    if found.low is not None:
        made.append(Condition(heading.name, "from", _value(found.low)))
    if found.high is None:
        return made
    last = _before(found.high)
    if last:
        return [*made, Condition(heading.name, "to", last)]
    return [*made, Condition(heading.name, "below", _value(found.high))]


def narrowed(state: State, found: Bin, heading: Heading) -> State:
    """The state with a bin instead of the column's range."""
    others = [each for each in state.conditions if each.column != heading.name or each.operator not in _RANGE]
    return replace(state, at="", conditions=(*others, *conditions(found, heading)))


def bars(histogram: Histogram, heading: Heading, language: Language, addresses: Sequence[str]) -> list[Bar]:
    """A bar for each bin, in its order; `addresses` are those of their rows."""
    found = []
    for each, address in zip(histogram.bins, addresses, strict=True):
        told = label(each, heading, language)
        name = language.text("bar", what=told, rows=words.amount(each.count, language))
        found.append(Bar(told, each.count, name, address))
    return found


def label(found: Bin, heading: Heading, language: Language) -> str:
    """A bin in words: `0 to 49`, `0.5 to less than 1`."""
    asked = {each.operator: words.value_of(each, heading, language) for each in conditions(found, heading)}
    low = asked.get("from", "")
    if "to" in asked:
        return language.text("bin", low=low, high=asked["to"]) if low != asked["to"] else low
    if "below" in asked:
        return language.text("bin_below", low=low, high=asked["below"])
    return language.text("bin_from", low=low)


def ends(histogram: Histogram, heading: Heading, language: Language) -> tuple[str, str]:
    """The least and the greatest value, in the reader's way; without the time of day where bins are days.

    The second is "" if there is one value alone.
    """
    low, high = _ends(histogram, heading, language)
    return low, high if high != low else ""


def _ends(histogram: Histogram, heading: Heading, language: Language) -> tuple[str, str]:
    show = Shower(heading.column, language).show
    if heading.column.kind is Kind.MOMENT and histogram.unit not in ("minute", "hour"):
        first, last = (
            datetime.fromisoformat(cells.moment(each)[:19]) for each in (histogram.minimum, histogram.maximum)
        )
        return language.day(first), language.day(last)
    return show(histogram.minimum)[0], show(histogram.maximum)[0]


def described(histogram: Histogram, heading: Heading, language: Language) -> str:
    """The text alternative: how many values, their range, and where most of them are."""
    low, high = _ends(histogram, heading, language)
    tallest = max(bars(histogram, heading, language, [""] * len(histogram.bins)), key=lambda bar: bar.count)
    return language.text(
        "histogram_told",
        count=language.whole(histogram.count),
        low=low,
        high=high,
        most=tallest.name,
        nulls=language.whole(histogram.nulls),
    )


def edges(histogram: Histogram, heading: Heading, language: Language) -> list[str]:
    """The labels of all edges, "" for an end that has none."""
    ends = [each.low for each in histogram.bins] + [each.high for each in histogram.bins[-1:]]
    return ["" if each is None else edge(each, histogram.unit, heading, language) for each in ends]


def edge(value: Literal, unit: str, heading: Heading, language: Language) -> str:
    """An edge as short as its width allows."""
    if isinstance(value.value, Decimal):
        return str(value.value) if is_plain(heading.column) else number_label(value.value, language)
    moment = datetime.fromisoformat(str(value.value)[:19])
    units = {"minute": "hour", "hour": "hour", "day": "day", "week": "day", "year": "year"}
    return language.short(moment, units.get(unit, "month"))


def _value(edge: Literal) -> str:
    text = filters.text(edge).replace(".0000000Z", "Z")
    return text[:10] if edge.kind is Kind.MOMENT and _is_midnight(edge) else text


def _before(edge: Literal) -> str:
    """The last value before an edge; "" where there is always another one between."""
    if edge.kind is Kind.INTEGER and isinstance(edge.value, Decimal):
        return f"{edge.value - 1:f}"
    if edge.kind is Kind.DATE or (edge.kind is Kind.MOMENT and _is_midnight(edge)):
        day = date.fromisoformat(str(edge.value)[:10])
        return "" if day == date.min else (day - timedelta(days=1)).isoformat()
    return ""


def _is_midnight(edge: Literal) -> bool:
    return str(edge.value)[10:].strip(" 0:.") == ""
