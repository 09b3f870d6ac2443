"""The chain of production, in its real parts: gunicorn by the Procfile, the approuter by its start script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.chain.visits import Visit, sign_in
from tests.programs import Program, needs_node, running

ARTEFACTS = PROJECT / "test-artefacts"


@pytest.fixture(scope="session")
def router_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def hasty_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def chain_xsuaa(authority: Authority, router_port: int, hasty_port: int) -> Iterator[LocalXsuaa]:
    """A local XSUAA that sends people back to the approuters of these tests."""
    descriptor = PROJECT / "xs-security.json"
    addresses = [f"http://localhost:{port}/**" for port in (router_port, hasty_port)]
    with LocalXsuaa(descriptor, authority=authority, redirect_uris=addresses) as server:
        yield server


@pytest.fixture(scope="session")
def run_service(
    hana: LocalHana,
    chain_xsuaa: LocalXsuaa,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Program]]:
    """Start the service by a command; `run_service(command, NAME="value")` adds to its environment."""
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", chain_xsuaa.binding()),
        }
    )
    with ExitStack() as stack:

        def start(command: str, **extra: str) -> Program:
            port = free_port()
            environment = {**cloudfoundry.python_environment(port, services, authority_file), **extra}
            output = tmp_path_factory.mktemp("service") / "output"
            program = stack.enter_context(running(command, environment, PROJECT, output, port))
            program.wait_until_it_answers()
            return program

        yield start


@pytest.fixture(scope="session")
def start_service(run_service: Callable[..., Program]) -> Callable[..., Program]:
    """Start the service by the Procfile's line."""
    return partial(run_service, cloudfoundry.procfile_line())


@pytest.fixture(scope="session")
def service(start_service: Callable[..., Program]) -> Program:
    return start_service()


@pytest.fixture(scope="session")
def start_router(
    service: Program, chain_xsuaa: LocalXsuaa, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Program]]:
    """Start the approuter on a port, in front of the service."""
    needs_node()
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", chain_xsuaa.binding())})
    with ExitStack() as stack:

        def start(port: int, **extra: str) -> Program:
            environment = {**cloudfoundry.router_environment(port, services, service.port), **extra}
            output = tmp_path_factory.mktemp("router") / "output"
            command = cloudfoundry.router_line()
            program = stack.enter_context(running(command, environment, PROJECT / "web", output, port))
            program.wait_until_it_answers()
            return program

        yield start


@pytest.fixture(scope="session")
def router(start_router: Callable[..., Program], router_port: int) -> Program:
    return start_router(router_port)


@pytest.fixture(scope="session")
def hasty_router(start_router: Callable[..., Program], hasty_port: int) -> Program:
    """One that ends sessions after a minute, and refreshes tokens a minute before their end."""
    return start_router(hasty_port, SESSION_TIMEOUT="1", JWT_REFRESH="1")


@contextmanager
def whole_chain(
    hana: LocalHana, authority: Authority, authority_file: Path, folder: Path, **extra: str
) -> Iterator[int]:
    """The port of an approuter, with a service on `hana` behind it; `extra` is the service's environment."""
    needs_node()
    router_port, port = free_port(), free_port()
    with ExitStack() as stack:
        addresses = [f"http://localhost:{router_port}/**"]
        descriptor = PROJECT / "xs-security.json"
        xsuaa = stack.enter_context(LocalXsuaa(descriptor, authority=authority, redirect_uris=addresses))
        uaa = ("xsuaa", "application", xsuaa.binding())
        services = cloudfoundry.vcap_services(
            {"pyhana": ("hana", "hdi-shared", hana.binding()), "pyuaa": uaa}
        )
        environment = {**cloudfoundry.python_environment(port, services, authority_file), **extra}
        line = cloudfoundry.procfile_line()
        service = stack.enter_context(running(line, environment, PROJECT, folder / "service", port))
        service.wait_until_it_answers()
        services = cloudfoundry.vcap_services({"pyuaa": uaa})
        environment = cloudfoundry.router_environment(router_port, services, port)
        line = cloudfoundry.router_line()
        router = stack.enter_context(
            running(line, environment, PROJECT / "web", folder / "router", router_port)
        )
        router.wait_until_it_answers()
        yield router_port


@pytest.fixture
def visitor(router: Program) -> Iterator[Person]:
    """Somebody with a fresh browser, not signed in."""
    with Person(router.port) as person:
        yield person


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser profile; what its console complains about fails the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security" in message.text else None,
    )
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def artefacts() -> Path:
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS


@pytest.fixture(scope="session")
def home(
    authority: Authority, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The approuter's address; the museum is behind it."""
    with (
        LocalHana(authority=authority, seed=PROJECT / "db") as hana,
        whole_chain(hana, authority, authority_file, tmp_path_factory.mktemp("pages")) as port,
    ):
        yield f"http://localhost:{port}"


@pytest.fixture
def visit(browser: Browser, home: str) -> Iterator[Visit]:
    """Signs somebody in with a fresh browser, and goes to a page below `/myapp/`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def visit(user: str, path: str = "data/", **options: Any) -> Page:
        script = options.pop("java_script_enabled", True)
        context = browser.new_context(
            **{"viewport": {"width": 1300, "height": 900}, "locale": "en-US"} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto(f"{home}/index.html")
        sign_in(page, user)
        page.wait_for_url(f"{home}/index.html")
        if not script:
            state = context.storage_state()
            context = browser.new_context(**options, storage_state=state, java_script_enabled=False)
            contexts.append(context)
            page = context.new_page()
        page.goto(f"{home}/myapp/{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints
