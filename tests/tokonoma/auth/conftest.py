"""XSUAA's gate in front of the local XSUAA, and a local IAS."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from localcloud.certificates import Authority
from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.auth import throttle
from tokonoma.auth.key_set import KeySet
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.bindings import platform_environment, read_xsuaa


@pytest.fixture
def gate(bind: Callable[..., None], xsuaa: LocalXsuaa) -> XsuaaGate:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    binding = read_xsuaa(platform_environment())
    return XsuaaGate(binding, KeySet(binding, 12))


@pytest.fixture
def ias(authority: Authority) -> Iterator[LocalIas]:
    with LocalIas(authority=authority) as server:
        yield server


@pytest.fixture
def undelayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of refusals a second, none of which waits."""
    monkeypatch.setattr(throttle, "sleep", lambda _seconds: None)
