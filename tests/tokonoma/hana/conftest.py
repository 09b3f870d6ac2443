"""A schema in front of a local HANA of its own, with a relay in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from tests.tokonoma.relay import Relay
from tokonoma.bindings import HanaBinding
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings


@pytest.fixture
def local(authority: Authority) -> Iterator[LocalHana]:
    """One of its own for every test."""
    with LocalHana(authority=authority) as server:
        yield server


@pytest.fixture
def relay(local: LocalHana) -> Iterator[Relay]:
    with Relay(local.port) as relay:
        yield relay


@pytest.fixture
def hana_binding(local: LocalHana, relay: Relay) -> HanaBinding:
    """The schema behind the relay."""
    return HanaBinding(
        name="pyhana",
        host=relay.host,
        port=relay.port,
        user=local.user,
        password=local.password,
        schema=local.schema,
        certificate=local.certificate,
    )


@pytest.fixture
def open_hana(hana_binding: HanaBinding) -> Iterator[Callable[..., Schema]]:
    """`open_hana(threads=…, …)`: with these settings, and at another place if `host` and `port` say so."""
    opened = []

    def open_hana(host: str = "", port: int = 0, **settings: Any) -> Schema:
        binding = replace(hana_binding, host=host or hana_binding.host, port=port or hana_binding.port)
        opened.append(Schema(binding, Settings(**settings)))
        return opened[-1]

    yield open_hana
    for hana in opened:
        hana.close()
