"""A real browser: the machine's Chromium, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.chain.conftest import (  # noqa: F401 - the chain's fixtures serve here, too
    chain_xsuaa,
    router,
    router_port,
    service,
    start_router,
    start_service,
)
from tests.programs import TOOLS, skip_or_fail

ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Quiet, because a test needs no other host; without the sandbox only where root runs it.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(TOOLS.parent / "browsers"))
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        except Error:
            skip_or_fail("no browser: install chromium, or run `python -m playwright install chromium`")
        yield browser
        browser.close()


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
