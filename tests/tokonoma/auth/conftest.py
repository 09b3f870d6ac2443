"""XSUAA's gate in front of the local XSUAA."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.auth.key_set import KeySet
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.bindings import platform_environment, read_xsuaa


@pytest.fixture
def gate(bind: Callable[..., None], xsuaa: LocalXsuaa) -> XsuaaGate:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    binding = read_xsuaa(platform_environment())
    return XsuaaGate(binding, KeySet(binding, 12))
