"""Whoever follows all links meets no withheld column, no markup of the data, no dead end, no empty link."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

from tests.tokonoma.pages.conftest import Seen, Visitor

HOME = "http://service/"
PAGES = 200
ALIKE = 3
"""Pages of one shape that are looked at: those whose addresses differ in figures and tokens alone."""


def crawl(visitor: Visitor) -> Iterator[tuple[str, Seen]]:
    """Pages by their addresses, from the overview on; large values and exports are no pages."""
    waiting, known, shapes = ["data/"], {"data/"}, Counter[str]()
    for _ in range(PAGES):
        if not waiting:
            return
        path = waiting.pop(0)
        page = visitor.see(path)
        yield path, page
        for href in page.all("//@href"):
            address = urljoin(HOME + path, href).partition("#")[0]
            assert address.startswith(HOME), (path, href)
            found = address.removeprefix(HOME)
            shape = re.sub(r"\d+|(?<=at=)[^&]*|(?<=is=)[^&]*", "0", found)
            if (
                found in known
                or shapes[shape] == ALIKE
                or not re.match(r"(data|filter|pictures|take)/", found)
            ):
                continue
            if not re.search(r"\.(csv|jsonl)(\?|$)", found):
                shapes[shape] += 1
                known.add(found)
                waiting.append(found)


def test_bob_meets_nothing_that_is_withheld_and_nothing_hostile(bob: Visitor) -> None:
    seen = 0
    for path, page in crawl(bob):
        seen += 1
        assert "VALUE" not in path
        assert not re.search(r"Insured value|\bVALUE\b|4,?704,?600", page.text), path
        assert page.all("//script[not(@src)] | //@style | //@*[starts-with(name(), 'on')]") == [], path
        assert page.all("//main//*[self::script or self::b or self::i]") == [], path
        assert page.all("//@href[starts-with(., 'javascript:')]") == [], path
        links = "//a[not(normalize-space()) and not(.//*[local-name()='title'])]"
        assert page.all(links) == [], path
        assert page.one("//h1"), path
    assert seen > PAGES / 2
