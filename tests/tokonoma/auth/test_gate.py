"""What all gates have in common: whom they remember, for how long, and what that costs."""

from __future__ import annotations

import time

import pytest

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import bearer
from tokonoma.auth import gate as gate_room
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.errors import TokenInvalid


def test_a_remembered_token_is_refused_once_it_has_expired(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    token = xsuaa.token("alice", lifetime=2)
    assert gate.identify(bearer(token)) is gate.identify(bearer(token))
    time.sleep(2.1)
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(token))


def test_a_remembered_token_is_verified_again_after_a_minute(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = xsuaa.token("alice")
    first = gate.identify(bearer(token))
    now = time.time()
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: now + 59)
    assert gate.identify(bearer(token)) is first
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: now + 61)
    assert gate.identify(bearer(token)) is not first


def test_only_so_many_tokens_are_remembered(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_room, "MAX_REMEMBERED", 3)
    tokens = [xsuaa.token(user) for user in ("alice", "bob", "carol", "alice", "bob")]
    callers = [gate.identify(bearer(token)) for token in tokens]
    assert gate.identify(bearer(tokens[-1])) is callers[-1]
    assert gate.identify(bearer(tokens[0])) is not callers[0]
    assert len(gate._remembered) == 3
