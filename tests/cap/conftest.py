"""The answers of the CAP project, from each of its databases: each is asked once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.certificates import Authority, write_trust
from localcloud.hana.local import LocalHana

from .project import DRIVERS, SQLITE, Answer, ask, hana, needs_cap
from .requests import REQUESTS

Answers = dict[str, Answer]


@pytest.fixture(scope="session", autouse=True)
def cap() -> None:
    needs_cap()


@pytest.fixture(scope="session")
def trust(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_trust(authority.certificate, tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="session", params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def server(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="LIBRARY") as server:
        yield server


@pytest.fixture(scope="session")
def expected(cap: None) -> Answers:
    """What CAP answers on its own sqlite."""
    return ask(SQLITE, REQUESTS)


@pytest.fixture(scope="session")
def answers(driver: str, server: LocalHana, trust: Path) -> Answers:
    """What CAP answers on the local HANA."""
    return ask(hana(server, driver), REQUESTS, trust)
