from __future__ import annotations

import re
from decimal import Decimal

import pytest
from lxml import etree

from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.svg.axes import SIZES, Size
from tokonoma.pages.svg.scatter import scatter

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "pairs",
    [
        [("1", "10"), ("2", "20"), ("3", "5")],
        [("0", "0")],
        [("-1.7e308", "1e-300"), ("1.7e308", "2e-300")],
        [
            ("99999999999999999999999999999999999999", "0.1"),
            ("99999999999999999999999999999999999998", "0.2"),
        ],
    ],
)
def test_each_pair_is_a_dot_inside_the_picture(size: Size, pairs: list[tuple[str, str]]) -> None:
    points = [(Decimal(x), Decimal(y)) for x, y in pairs]
    tree = etree.fromstring(str(scatter(size, points, ("x" * 300, "<b>"), "T", "D", LANGUAGES["de"])))
    [dots] = [each.get("d") for each in tree.iter(f"{SVG}path")]
    places = [tuple(map(float, each)) for each in re.findall(r"M([\d.-]+) ([\d.-]+)h0", dots)]
    assert len(places) == len(pairs)
    assert all(0 < x < size.width and 0 < y < size.height for x, y in places)
    order = sorted(range(len(pairs)), key=lambda n: points[n][0])
    assert [places[n][0] for n in order] == sorted(x for x, _ in places)
