from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from lxml import etree

from tokonoma.pages.svg.axes import CHARACTER, SIZES, Size, area, foot, grid
from tokonoma.pages.svg.scale import Scale

TICKS = [(Decimal(each), f"{each},000,000") for each in range(6)]


def texts(made: object) -> list[tuple[float, str, str]]:
    """Place, anchor and label of each text."""
    tree = etree.fromstring(f"<g>{made}</g>")
    return [(float(t.get("x")), t.get("text-anchor"), t.text) for t in tree.iter("text")]


@pytest.mark.parametrize("size", SIZES)
def test_labels_of_the_upright_axis_have_room_before_the_plot(size: Size) -> None:
    place = area(size, TICKS)
    assert 0 < place.left < place.right < size.width
    assert 0 < place.top < place.bottom < size.height
    found = texts(grid(place, Scale(Decimal(0), Decimal(5), place.bottom, place.top), TICKS))
    assert [label for _, _, label in found] == [label for _, label in TICKS]
    assert all(x - len(label) * CHARACTER >= 0 for x, _, label in found)


@pytest.mark.parametrize("size", SIZES)
def test_labels_below_do_not_touch_and_stay_inside(size: Size) -> None:
    place = area(size, TICKS)
    found = texts(foot(place, Scale(Decimal(0), Decimal(5), place.left, place.right), TICKS))
    assert len(found) >= 2
    spans = [(x - len(label) * CHARACTER / 2, x + len(label) * CHARACTER / 2) for x, _, label in found]
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(spans))
    assert spans[0][0] >= -0.1
    assert spans[-1][1] <= size.width + 0.1
