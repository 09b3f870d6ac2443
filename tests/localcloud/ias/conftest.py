"""A local IAS, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.ias.local import LocalIas

from .client import REGISTERED, Client


@pytest.fixture
def ias(authority: Authority) -> Iterator[LocalIas]:
    with LocalIas(authority=authority, redirect_uris=REGISTERED) as server:
        yield server


@pytest.fixture(params=["SECRET", "X509_GENERATED"])
def client(ias: LocalIas, authority_file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Client:
    """One with a secret, and one with a certificate."""
    return Client(ias, authority_file, ias.binding(request.param), tmp_path)


@pytest.fixture
def by_secret(ias: LocalIas, authority_file: Path, tmp_path: Path) -> Client:
    return Client(ias, authority_file, ias.binding(), tmp_path)
