"""Fixtures named after what they are; nothing is mocked that can be run."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Error, sync_playwright

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import TOOLS, skip_or_fail
from tests.wheel import Installed, beside_these_tests, build
from tokonoma.app import create_app

PROJECT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Quiet, because a test needs no other host.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # So shells start what runs in the background; the programs under test would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The root that every local certificate hangs from."""
    return Authority()


@pytest.fixture(scope="session")
def authority_file(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    file.write_text(authority.certificate)
    return file


@pytest.fixture(scope="session")
def hana(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA for all tests that only read; tests that break it start their own."""
    with LocalHana(authority=authority) as server:
        yield server


@pytest.fixture(scope="session")
def xsuaa(authority: Authority) -> Iterator[LocalXsuaa]:
    """A local XSUAA that reads the project's own xs-security.json."""
    with LocalXsuaa(PROJECT / "xs-security.json", authority=authority) as server:
        yield server


@pytest.fixture
def bind(monkeypatch: pytest.MonkeyPatch, authority_file: Path) -> Callable[..., None]:
    """Play the platform: `bind(pyhana=("hana", "hdi-shared", credentials), …)` sets VCAP_SERVICES."""

    def bind(**bindings: tuple[str, str, Mapping[str, Any]]) -> None:
        monkeypatch.setenv("VCAP_SERVICES", cloudfoundry.vcap_services(bindings))
        monkeypatch.setenv("VCAP_APPLICATION", json.dumps({"name": "myapp"}))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))

    return bind


@pytest.fixture
def app(bind: Callable[..., None], hana: LocalHana, xsuaa: LocalXsuaa) -> Flask:
    """The service, bound to the local HANA and the local XSUAA."""
    bind(pyhana=("hana", "hdi-shared", hana.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    app = create_app()
    app.testing = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def alice(xsuaa: LocalXsuaa) -> dict[str, str]:
    """The headers of somebody who has every role."""
    return {"Authorization": f"Bearer {xsuaa.token('alice')}"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The local cloud as a distribution."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The local cloud as another project has it, and the packages of these tests."""
    return beside_these_tests(wheel, tmp_path_factory.mktemp("installed"))


@contextmanager
def started_browser() -> Iterator[Browser]:
    """The machine's Chromium, else Playwright's own. Raises Error where there is neither."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(TOOLS.parent / "browsers"))
    # Chromium's sandbox does not start for root.
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser; one for all, as Playwright wants it."""
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(started_browser())
        except Error:
            skip_or_fail("no browser: install chromium, or run `python -m playwright install chromium`")
        yield browser
