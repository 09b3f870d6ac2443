"""Bars of counts: a small histogram for a form, a large one with axes, and bars across for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from tokonoma.pages.language import Language

from .axes import CHARACTER, Size, area, cut, foot, grid
from .elements import element, joined, link, picture, text
from .scale import Scale, Tick, number_ticks

_SMALL = (240, 48)
_ROW = 26
_TWO_LINES = 40
_NAMED = 200
"""The room for names before bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A count, what it counts, and where its rows are; "" for an address that there is none."""

    label: str
    count: int
    name: str
    """What the link says: `1,000 to 2,000: 12 rows`."""
    address: str


def small_histogram(bars: Sequence[Bar], title: str, description: str) -> Markup:
    """Without any text in it, so that it may be stretched."""
    width, height = _SMALL
    most = max(each.count for each in bars)
    step = width / len(bars)
    parts = []
    for place, each in enumerate(bars):
        # A count that is not 0 can be seen.
        tall = max(2.0, each.count / most * height) if each.count else 0.0
        shape = element(
            "rect", x=place * step + 0.5, y=height - tall, width=max(step - 1, 1), height=tall, class_="bar"
        )
        parts.append(_linked(each, place * step, step, height, shape))
    return picture(width, height, title, description, *parts, class_="histogram", links=True, stretched=True)


def histogram(
    size: Size, bars: Sequence[Bar], edges: Sequence[str], title: str, description: str, language: Language
) -> Markup:
    """With axes; `edges` are labels of where bars begin, and behind the last one where it ends."""
    y_ticks = _counts(bars, size, language)
    place = area(size, y_ticks)
    y = Scale(y_ticks[0][0], y_ticks[-1][0], place.bottom, place.top)
    x = Scale(Decimal(0), Decimal(len(bars)), place.left + 4, place.right)
    step = (place.right - place.left - 4) / len(bars)
    parts = []
    for order, each in enumerate(bars):
        left, top = x(Decimal(order)), min(y(Decimal(each.count)), place.bottom - 2 * bool(each.count))
        shape = element(
            "rect", x=left + 0.5, y=top, width=max(step - 1, 1), height=place.bottom - top, class_="bar"
        )
        parts.append(_linked(each, left, step, place.bottom, shape))
    ticks: list[Tick] = [(Decimal(order), label) for order, label in enumerate(edges) if label]
    return picture(
        *(size.width, size.height, title, description),
        grid(place, y, y_ticks),
        *parts,
        foot(place, x, ticks),
        class_=f"picture {size.class_}",
        links=True,
    )


def counts(size: Size, bars: Sequence[Bar], title: str, description: str, language: Language) -> Markup:
    """Bars across, the name before each, or above it where the picture is narrow."""
    is_wide = size.width > 2 * _NAMED
    left = _NAMED if is_wide else 0
    row = _ROW if is_wide else _TWO_LINES
    most = max(each.count for each in bars)
    longest = max(len(language.whole(each.count)) for each in bars) * CHARACTER + 8
    room = size.width - left - longest
    parts = []
    for order, each in enumerate(bars):
        top = order * row
        bar_top = top + 4 if is_wide else top + 18
        wide = max(2.0, each.count / most * room) if each.count else 0.0
        name = text(
            cut(each.label, _NAMED - 8 if is_wide else size.width),
            *((left - 8, top + 18, "end") if is_wide else (0, top + 13, "start")),
            class_="name",
        )
        bar = element("rect", x=left, y=bar_top, width=wide, height=18, class_="bar")
        count = text(language.whole(each.count), left + wide + 6, bar_top + 14, "start")
        area_of_link = element("rect", x=0, y=top, width=size.width, height=row, class_="target")
        whole = joined(area_of_link, name, bar, count)
        parts.append(link(each.address, each.name, whole) if each.address else whole)
    height = len(bars) * row
    return picture(
        size.width, height, title, description, *parts, class_=f"picture {size.class_}", links=True
    )


def _linked(bar: Bar, left: float, width: float, height: float, shape: Markup) -> Markup:
    """The whole height can be clicked; a bin without rows leads nowhere."""
    if not bar.address or not bar.count:
        return Markup()
    target = element("rect", x=left, y=0, width=width, height=height, class_="target")
    return link(bar.address, bar.name, target, shape)


def _counts(bars: Sequence[Bar], size: Size, language: Language) -> list[Tick]:
    """Whole numbers from 0."""
    most = Decimal(max(each.count for each in bars))
    ticks = number_ticks(Decimal(0), max(most, Decimal(1)), size.y_ticks, language)
    return [(value, label) for value, label in ticks if value == value.to_integral_value()]
