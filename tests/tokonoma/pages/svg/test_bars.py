from __future__ import annotations

import pytest
from lxml import etree

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.svg.axes import NARROW, SIZES, WIDE, Size, cut
from tokonoma.pages.svg.bars import Bar, counts, histogram, small_histogram

ENGLISH = LANGUAGES["en"]
SVG = "{http://www.w3.org/2000/svg}"
BARS = [
    Bar("0 to 9", 100, "0 to 9: 100 rows", "../data/T?N.from=0&N.to=9"),
    Bar("10 to 19", 0, "10 to 19: No rows", "../data/T?N.from=10&N.to=19"),
    Bar("20 to 29", 1, "20 to 29: One row", "../data/T?N.from=20&N.to=29"),
]


def links(tree: etree._Element) -> list[tuple[str, str]]:
    return [(a.get("href"), a.findtext(f"{SVG}title")) for a in tree.iter(f"{SVG}a")]


def heights(tree: etree._Element) -> list[float]:
    return [float(r.get("height")) for r in tree.iter(f"{SVG}rect") if r.get("class") == "bar"]


def test_a_small_histogram_has_a_link_for_each_bar_that_has_rows_and_no_text_that_could_be_stretched() -> (
    None
):
    tree = etree.fromstring(str(small_histogram(BARS, "How N is distributed", "101 values")))
    assert links(tree) == [(BARS[0].address, BARS[0].name), (BARS[2].address, BARS[2].name)]
    assert heights(tree) == [48, 2]
    assert list(tree.iter(f"{SVG}text")) == []
    assert tree.get("role") == "group"


@pytest.mark.parametrize("size", SIZES)
def test_a_large_histogram_has_axes_from_zero(size: Size) -> None:
    tree = etree.fromstring(str(histogram(size, BARS, ["0", "10", "20", "30"], "T", "D", ENGLISH)))
    labels = [each.text for each in tree.iter(f"{SVG}text")]
    assert {"0", "100"} <= set(labels)
    assert labels[-4:] == ["0", "10", "20", "30"]
    assert links(tree) == [(BARS[0].address, BARS[0].name), (BARS[2].address, BARS[2].name)]
    tall, short = heights(tree)
    assert tall > 50 * short >= 100


def test_ticks_of_counts_are_whole() -> None:
    tree = etree.fromstring(str(histogram(WIDE, BARS[2:], ["20", ""], "T", "D", ENGLISH)))
    assert [each.text for each in tree.iter(f"{SVG}text")] == ["0", "1", "20"]


@pytest.mark.parametrize("size", SIZES)
def test_counts_stand_behind_their_bars_and_stay_inside(size: Size) -> None:
    found = [
        Bar("x" * 200, 1_234_567, "long", "../a"),
        Bar(MARKUP, 3, MARKUP, ""),
        Bar("none", 0, "0", "../b"),
    ]
    tree = etree.fromstring(str(counts(size, found, "T", "D", ENGLISH)))
    texts = [(each.text, float(each.get("x"))) for each in tree.iter(f"{SVG}text")]
    assert [text for text, _ in texts[1::2]] == ["1,234,567", "3", "0"]
    assert texts[1][1] + 7 * len("1,234,567") <= size.width
    assert texts[0][0].endswith("…")
    assert texts[2][0] == cut(MARKUP, size.width if size is NARROW else 192)
    assert links(tree) == [("../a", "long"), ("../b", "0")]
    width, height = map(float, tree.get("viewBox").split()[2:])
    assert width == size.width
    assert height == len(found) * (40 if size is NARROW else 26)
