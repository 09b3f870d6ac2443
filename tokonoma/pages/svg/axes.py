"""The frame of a picture: where its plot lies, lines at round values, and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .elements import element, joined, text
from .scale import Scale, Tick, apart

CHARACTER = 7.6
"""The width of a digit, in the style sheet's font for pictures."""
_FOOT = 26
_HEAD = 10
_SIDE = 14
_LINE = 18


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a picture, in pixels where it is shown as it is."""

    width: int
    height: int
    y_ticks: int
    """Ticks of an upright axis at most."""
    x_ticks: int
    class_: str
    """By which the style sheet shows it where it fits."""


WIDE = Size(720, 320, 7, 12, "wide")
NARROW = Size(264, 240, 5, 6, "narrow")
"""For phones: texts are as large as elsewhere."""
SIZES = (WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class Area:
    """Where the plot lies in a picture."""

    left: float
    top: float
    right: float
    bottom: float


def area(size: Size, y_ticks: Sequence[Tick], *, is_named: bool = False) -> Area:
    """The plot's place, which leaves room for the labels of the upright axis, and for names of both axes."""
    longest = max((len(label) for _, label in y_ticks), default=0)
    left = min(longest * CHARACTER + 10, size.width / 2)
    line = _LINE if is_named else 0
    return Area(left, _HEAD + line, size.width - _SIDE, size.height - _FOOT - line)


def names(size: Size, place: Area, x: str, y: str) -> Markup:
    """The names of both axes: that of the upright one above it, the other one below its end."""
    return joined(
        text(cut(y, size.width), 0, place.top - _HEAD - 2, "start", "name"),
        text(cut(x, size.width), size.width, place.bottom + _FOOT + 8, "end", "name"),
    )


def cut(label: str, width: float) -> str:
    """A label that is no wider than so many pixels."""
    most = int(width / CHARACTER)
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def grid(place: Area, scale: Scale, ticks: Sequence[Tick]) -> Markup:
    """Lines across, with their labels before them."""
    parts = []
    for value, label in ticks:
        y = scale(value)
        parts.append(element("line", x1=place.left, x2=place.right, y1=y, y2=y, class_="grid"))
        parts.append(text(label, place.left - 6, y + 4, "end"))
    return joined(*parts)


def foot(place: Area, scale: Scale, ticks: Sequence[Tick]) -> Markup:
    """The line below, with ticks and as many labels as have room."""
    y = place.bottom
    parts = [element("line", x1=place.left, x2=place.right, y1=y, y2=y, class_="axis")]
    longest = max((len(label) for _, label in ticks), default=0) * CHARACTER + 12
    for value, label in apart(ticks, scale, longest):
        x = scale(value)
        half = len(label) * CHARACTER / 2
        middle = min(max(x, half), place.right + _SIDE - half)
        parts.append(element("line", x1=x, x2=x, y1=y, y2=y + 4, class_="axis"))
        parts.append(text(label, middle, y + 18))
    return joined(*parts)
