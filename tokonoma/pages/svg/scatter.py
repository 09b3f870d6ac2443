"""A scatter: a point for each pair of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from tokonoma.pages.language import Language

from .axes import Size, area, foot, grid, names
from .elements import element, number, picture
from .scale import Scale, number_ticks

Point = tuple[Decimal, Decimal]


def scatter(
    size: Size,
    points: Sequence[Point],
    labels: tuple[str, str],
    title: str,
    description: str,
    language: Language,
) -> Markup:
    """At least one point; `labels` are the names of the axis across and of the one that goes up."""
    xs, ys = [each for each, _ in points], [each for _, each in points]
    y_ticks = number_ticks(min(ys), max(ys), size.y_ticks, language)
    x_ticks = number_ticks(min(xs), max(xs), size.x_ticks, language)
    place = area(size, y_ticks, is_named=True)
    y = Scale(y_ticks[0][0], y_ticks[-1][0], place.bottom, place.top)
    x = Scale(x_ticks[0][0], x_ticks[-1][0], place.left, place.right)
    # A line of no length with round ends is a dot, and takes a fifth of a circle's text.
    dots = "".join(f"M{number(x(across))} {number(y(up))}h0" for across, up in points)
    return picture(
        *(size.width, size.height, title, description),
        grid(place, y, y_ticks),
        foot(place, x, x_ticks),
        names(size, place, *labels),
        element("path", d=dots, class_="dots l1"),
        class_=f"picture {size.class_}",
        links=False,
    )
