from __future__ import annotations

from lxml import etree

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.pages.svg.elements import element, joined, link, number, picture, text


def test_whatever_is_put_into_an_element_stays_a_text() -> None:
    made = link(MARKUP, MARKUP, text(MARKUP, 1, 2), element("g", MARKUP, data_x=MARKUP))
    tree = etree.fromstring(str(made))
    assert [each.tag for each in tree.iter()] == ["a", "title", "text", "g"]
    assert tree.get("href") == tree.findtext("title") == tree.findtext("text") == MARKUP
    assert tree.find("g").get("data-x") == tree.findtext("g") == MARKUP


def test_attributes_without_a_value_are_left_out_and_numbers_are_short() -> None:
    made = element("rect", x=1.04, y=2.26, width=None, class_="bar")
    assert made == '<rect x="1" y="2.3" class="bar"></rect>'
    assert [number(each) for each in (0, 10, 10.05, 99.96, -0.5)] == ["0", "10", "10.1", "100", "-0.5"]


def test_a_picture_is_an_image_with_a_name_and_a_text_and_a_group_if_links_are_in_it() -> None:
    for links, role in ((False, "img"), (True, "group")):
        made = picture(20, 10, "Title", "What is seen", joined(element("g")), class_="c", links=links)
        tree = etree.fromstring(str(made))
        assert (tree.get("role"), tree.get("aria-label"), tree.get("viewBox")) == (role, "Title", "0 0 20 10")
        assert [each.text for each in tree[:2]] == ["Title", "What is seen"]
        assert tree.get("style") is None
