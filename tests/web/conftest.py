"""The real approuter by its start script, in front of a local XSUAA; no service stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, needs_node, running


@pytest.fixture(scope="module")
def router_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def own_xsuaa(router_port: int) -> Iterator[LocalXsuaa]:
    """A local XSUAA that sends people back to the approuter of these tests."""
    addresses = [f"http://localhost:{router_port}/**"]
    with LocalXsuaa(PROJECT / "xs-security.json", redirect_uris=addresses) as server:
        yield server


@pytest.fixture(scope="module")
def run_router(own_xsuaa: LocalXsuaa, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with run_router(port, command, NAME="value") as router`: an approuter until the block ends."""
    needs_node()
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", own_xsuaa.binding())})

    @contextmanager
    def run(port: int, command: str = "", **extra: str) -> Iterator[Program]:
        nowhere = free_port(without={port})
        environment = {**cloudfoundry.router_environment(port, services, nowhere), **extra}
        output = tmp_path_factory.mktemp("router") / "output"
        line = command or cloudfoundry.router_line()
        with running(line, environment, PROJECT / "web", output, port) as program:
            program.wait_until_it_answers()
            yield program

    return run


@pytest.fixture(scope="module")
def router(run_router: Callable[..., Any], router_port: int) -> Iterator[Program]:
    with run_router(router_port) as program:
        yield program
