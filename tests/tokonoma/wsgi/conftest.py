"""The service as the Procfile starts it, and bare sockets to it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, running
from tests.tokonoma.wsgi.raw_http import PATIENCE, Connect

PROJECT = Path(__file__).parents[3]
Serve = Callable[..., AbstractContextManager[Program]]


@pytest.fixture(scope="session")
def serve(
    hana: LocalHana, xsuaa: LocalXsuaa, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Serve:
    """Start the service, also with the views of service_with_views.py, or with more around its command."""
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", xsuaa.binding()),
        }
    )

    @contextmanager
    def serve(*, views: bool = False, before: str = "", options: str = "") -> Iterator[Program]:
        port = free_port()
        environment = cloudfoundry.python_environment(port, services, authority_file)
        line = cloudfoundry.procfile_line()
        if views:
            line = line.replace("server:app", "tests.tokonoma.wsgi.service_with_views:app")
        output = tmp_path_factory.mktemp("service") / "output"
        with running(f"{before} {line} {options}", environment, PROJECT, output, port) as program:
            program.wait_until_it_answers()
            yield program

    return serve


@pytest.fixture(scope="session")
def service(serve: Serve) -> Iterator[Program]:
    """The service, for all tests that leave it as it was."""
    with serve() as program:
        yield program


@pytest.fixture(scope="session")
def service_with_views(serve: Serve) -> Iterator[Program]:
    """The service with views that read bodies and answer in pieces."""
    with serve(views=True) as program:
        yield program


@pytest.fixture
def connect(service: Program) -> Iterator[Connect]:
    """Connect to the service; hung up after the test."""
    with connecting(service) as connect:
        yield connect


@pytest.fixture
def connect_to_views(service_with_views: Program) -> Iterator[Connect]:
    """Connect to the service with views."""
    with connecting(service_with_views) as connect:
        yield connect


@contextmanager
def connecting(program: Program) -> Iterator[Connect]:
    """Connect to a program; hung up behind the block."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", program.port), PATIENCE))
