"""What the page says about suffixes, and what a container knows."""

from __future__ import annotations

import re
from pathlib import Path

from localcloud.hana.hdi.configuration import COPY_ONLY, PLUGINS, suffix_of

PAGE = (Path(__file__).parents[4] / "docs" / "local-hana.md").read_text()


def test_the_page_has_every_suffix() -> None:
    table = PAGE.partition("| suffix |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([\w.]+)`", " ".join(re.findall(r"^\| ([^|]*)\|", table, re.MULTILINE))))
    assert named == {*PLUGINS, "hdiconfig", "hdinamespace", COPY_ONLY}


def test_a_suffix_stands_behind_the_last_dot() -> None:
    assert [suffix_of(path) for path in ("src/a.b/T.HDBTable", "src/.hdiconfig", "src/x.csv")] == [
        "hdbtable",
        "hdiconfig",
        "csv",
    ]
