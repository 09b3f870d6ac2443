"""A local XSUAA with an application that has something to grant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.xsuaa import LocalXsuaa

from .walk import Walk

DESCRIPTOR: dict[str, Any] = {
    "xsappname": "myapp",
    "tenant-mode": "dedicated",
    "scopes": [
        {"name": "$XSAPPNAME.Display", "description": "See books"},
        {"name": "$XSAPPNAME.Edit", "description": "Change books"},
        {"name": "$XSAPPNAME.Delete", "description": "Remove books"},
    ],
    "role-templates": [
        {"name": "Visitor", "scope-references": []},
        {"name": "Viewer", "scope-references": ["$XSAPPNAME.Display"]},
        {"name": "Editor", "scope-references": ["$XSAPPNAME.Display", "$XSAPPNAME.Edit"]},
        {"name": "Owner", "scope-references": ["$XSAPPNAME.Delete"]},
    ],
    "role-collections": [
        {"name": "Visitors", "role-template-references": ["$XSAPPNAME.Visitor"]},
        {"name": "Owners", "role-template-references": ["$XSAPPNAME.Editor", "$XSAPPNAME.Owner"]},
        {"name": "Readers", "description": "Reads", "role-template-references": ["$XSAPPNAME.Viewer"]},
    ],
    "authorities": ["$XSAPPNAME.Display"],
    "oauth2-configuration": {
        "token-validity": 3600,
        "redirect-uris": ["https://*.cfapps.example.com/login/callback"],
    },
}


@pytest.fixture(scope="session")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("descriptor") / "xs-security.json"
    file.write_text(json.dumps(DESCRIPTOR))
    return file


@pytest.fixture(scope="session")
def shared(descriptor: Path) -> Iterator[LocalXsuaa]:
    with LocalXsuaa(descriptor, redirect_uris=["http://localhost:5000/**"]) as xsuaa:
        yield xsuaa


@pytest.fixture
def xsuaa(shared: LocalXsuaa) -> Iterator[LocalXsuaa]:
    """Healed and with its settings as they were, whatever the test did."""
    lifetime = shared.token_lifetime
    shared.requests.clear()
    yield shared
    shared.heal()
    shared.token_lifetime = lifetime


@pytest.fixture
def walk(xsuaa: LocalXsuaa) -> Walk:
    return Walk(xsuaa)


@pytest.fixture
def trusted(xsuaa: LocalXsuaa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SSL_CERT_FILE names the root of the local XSUAA, as for the service on a laptop."""
    file = tmp_path / "authority.pem"
    file.write_text(xsuaa.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file
