"""CAP's own code reads row by row, as one stream, with locks, by pairs and long lists of values, and what it
wrote in one deep insert of megabytes, as on its own sqlite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

from .project import SQLITE, hana, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def expected(cap: None) -> Any:
    """What it reads on sqlite."""
    return run("stream.js", SQLITE, None)


@pytest.fixture(scope="module")
def found(driver: str, authority: Authority, trust: Path) -> Any:
    """What it reads on the local HANA."""
    with LocalHana(authority=authority, schema="LIBRARY") as server:
        return run("stream.js", hana(server, driver), None, trust)


@pytest.mark.parametrize("way", ["one", "all", "locked", "pairs", "long", "deep"])
def test_it_reads_what_it_reads_on_sqlite(way: str, found: Any, expected: Any) -> None:
    assert found[way] == expected[way]
    assert found[way]
