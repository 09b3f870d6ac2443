"""Lines over time: the average of each bucket, and for a line alone a band from the least to the greatest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from tokonoma.pages.language import Language

from .axes import Size, area, foot, grid
from .elements import element, joined, number, picture
from .scale import Scale, number_ticks, seconds, time_ticks

MOST = 5
"""Lines that can be told apart; the style sheet has a colour and a dash for each."""
_LEGEND = (28, 12)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The numbers of some time: it begins at a moment."""

    moment: datetime
    average: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """Runs of buckets that follow each other; between two runs is a gap."""

    name: str
    runs: Sequence[Sequence[Bucket]]

    @property
    def buckets(self) -> list[Bucket]:
        return [each for run in self.runs for each in run]


def lines(size: Size, found: Sequence[Line], title: str, description: str, language: Language) -> Markup:
    """At most `MOST` lines, which have at least one bucket together."""
    has_band = len(found) == 1
    buckets = [each for line in found for each in line.buckets]
    low = min(each.low if has_band else each.average for each in buckets)
    high = max(each.high if has_band else each.average for each in buckets)
    first, last = min(each.moment for each in buckets), max(each.moment for each in buckets)
    y_ticks = number_ticks(low, high, size.y_ticks, language)
    place = area(size, y_ticks)
    y = Scale(y_ticks[0][0], y_ticks[-1][0], place.bottom, place.top)
    x = Scale(seconds(first), seconds(last), place.left + 4, place.right)
    drawn = [_line(line, order, x, y, has_band) for order, line in enumerate(found, start=1)]
    return picture(
        *(size.width, size.height, title, description),
        grid(place, y, y_ticks),
        foot(place, x, time_ticks(first, last, size.x_ticks, language)),
        *drawn,
        class_=f"picture {size.class_}",
        links=False,
    )


def legend(order: int) -> Markup:
    """A short piece of the line with a number, to stand beside its name."""
    width, height = _LEGEND
    return element(
        "svg",
        element("path", d=f"M0 {height // 2}H{width}", class_=f"line l{order}"),
        viewBox=f"0 0 {width} {height}",
        class_="legend",
        aria_hidden="true",
    )


def _line(line: Line, order: int, x: Scale, y: Scale, has_band: bool) -> Markup:
    parts = []
    path, alone = [], []
    for run in line.runs:
        places = [(x(seconds(each.moment)), each) for each in run]
        if len(run) == 1:
            alone.append(f"M{number(places[0][0])} {number(y(run[0].average))}h0")
        else:
            path.append("M" + "L".join(f"{number(at)} {number(y(each.average))}" for at, each in places))
        if has_band:
            parts.append(_band(places, y))
    parts.append(element("path", d="".join(path), class_=f"line l{order}"))
    if alone:
        parts.append(element("path", d="".join(alone), class_=f"dots l{order}"))
    return joined(*parts)


def _band(places: Sequence[tuple[float, Bucket]], y: Scale) -> Markup:
    """A bucket alone has a bar as its band."""
    if len(places) == 1:
        [(at, each)] = places
        places = [(at - 1, each), (at + 1, each)]
    above = [f"{number(at)} {number(y(each.high))}" for at, each in places]
    below = [f"{number(at)} {number(y(each.low))}" for at, each in reversed(places)]
    return element("path", d=f"M{'L'.join([*above, *below])}Z", class_="band")
