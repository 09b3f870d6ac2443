"""A local Cumulocity, and the service as one of its microservices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from localcloud.cumulocity.local import LocalCumulocity
from tokonoma.app import create_app
from tokonoma.settings import Settings


@pytest.fixture
def cumulocity() -> Iterator[LocalCumulocity]:
    with LocalCumulocity() as platform:
        yield platform


@pytest.fixture
def deployed(cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """Deploy the service: `deployed(NAME="value")` adds to what the platform sets."""

    def deployed(isolation: str = "MULTI_TENANT", tenant: str = "", **extra: str) -> FlaskClient:
        for name in [name for name in os.environ if name.startswith(("VCAP_", "C8Y_"))]:
            monkeypatch.delenv(name)
        for name, value in {**cumulocity.environment(isolation, tenant), **extra}.items():
            monkeypatch.setenv(name, value)
        app = create_app(Settings(threads=4))
        app.testing = False
        return app.test_client(use_cookies=False)

    return deployed


@pytest.fixture
def client(deployed: Callable[..., FlaskClient]) -> FlaskClient:
    return deployed()
