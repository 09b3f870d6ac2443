"""The chain, and a page of a real browser in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chain.conftest import (  # noqa: F401 - the chain's fixtures serve here, too
    chain_xsuaa,
    router,
    router_port,
    service,
    start_router,
    start_service,
)

ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"


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
