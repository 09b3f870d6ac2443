from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.svg.axes import SIZES, WIDE, Size
from tokonoma.pages.svg.lines import Bucket, Line, legend, lines

ENGLISH = LANGUAGES["en"]
SVG = "{http://www.w3.org/2000/svg}"
BEGIN = datetime(2026, 1, 1)


def bucket(day: int, average: float, spread: float = 1) -> Bucket:
    return Bucket(
        BEGIN + timedelta(days=day),
        *(Decimal(str(each)) for each in (average, average - spread, average + spread)),
    )


def paths(tree: etree._Element, class_: str) -> list[str]:
    found = [each.get("d") for each in tree.iter(f"{SVG}path") if each.get("class", "").split()[0] == class_]
    return [each for each in found if each]


@pytest.mark.parametrize("size", SIZES)
def test_a_line_has_a_band_and_stays_in_its_place(size: Size) -> None:
    runs = [[bucket(day, 20 + day) for day in range(10)]]
    tree = etree.fromstring(str(lines(size, [Line("", runs)], "T", "D", ENGLISH)))
    [line], [band] = paths(tree, "line"), paths(tree, "band")
    assert line.count("L") == 9
    assert band.endswith("Z")
    places = [tuple(map(float, each)) for each in re.findall(r"([\d.-]+) ([\d.-]+)", line + band)]
    assert len(places) == 10 + 20
    assert all(0 <= x <= size.width and 0 <= y <= size.height for x, y in places)
    assert places[0][1] > places[9][1], "a number that grows goes up"
    assert tree.get("role") == "img"


def test_a_gap_is_a_gap_and_a_bucket_alone_is_a_dot() -> None:
    runs = [[bucket(0, 1), bucket(1, 2)], [bucket(5, 3)], [bucket(8, 4), bucket(9, 5)]]
    tree = etree.fromstring(str(lines(WIDE, [Line("", runs)], "T", "D", ENGLISH)))
    [line] = paths(tree, "line")
    assert line.count("M") == 2
    assert len(paths(tree, "dots")) == 1
    assert len(paths(tree, "band")) == 3


def test_several_lines_have_a_class_each_and_no_bands() -> None:
    found = [Line(str(n), [[bucket(0, n, 1000), bucket(1, n + 1, 1000)]]) for n in range(5)]
    tree = etree.fromstring(str(lines(WIDE, found, "T", "D", ENGLISH)))
    classes = [each.get("class") for each in tree.iter(f"{SVG}path")]
    assert classes == [f"line l{n}" for n in range(1, 6)]
    assert "1,000" not in [each.text for each in tree.iter(f"{SVG}text")], "the axis is for what is shown"


@pytest.mark.parametrize("size", SIZES)
def test_one_bucket_of_one_value_can_be_drawn(size: Size) -> None:
    tree = etree.fromstring(str(lines(size, [Line("", [[bucket(0, 7, 0)]])], "T", "D", ENGLISH)))
    assert len(paths(tree, "dots")) == 1


def test_a_legend_shows_the_line_of_its_number() -> None:
    tree = etree.fromstring(str(legend(3)))
    assert tree[0].get("class") == "line l3"
    assert tree.get("aria-hidden") == "true"
