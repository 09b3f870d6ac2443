"""What all gates have in common: whom they remember, for how long, and what that costs."""

from __future__ import annotations

import time
import tracemalloc
from secrets import token_hex

import pytest

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import bearer
from tokonoma.auth import gate as gate_room
from tokonoma.auth.gate import MAX_REMEMBERED_BYTES
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.errors import TokenInvalid


def test_a_remembered_token_is_refused_once_it_has_expired(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it would be remembered for longer."""
    before = time.time()
    token = bearer(xsuaa.token("alice", lifetime=30))
    after = time.time()
    first = gate.identify(token)
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: before + 29)
    assert gate.identify(token) is first
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: after + 32)
    with pytest.raises(TokenInvalid):
        gate.identify(token)


def test_a_remembered_token_is_verified_again_after_a_minute(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = xsuaa.token("alice")
    before = time.time()
    first = gate.identify(bearer(token))
    after = time.time()
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: before + 59)
    assert gate.identify(bearer(token)) is first
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: after + 61)
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


def test_an_expired_entry_is_replaced_and_not_counted_twice(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = bearer(xsuaa.token("alice"))
    gate.identify(token)
    size = gate._remembered_bytes
    now = time.time()
    monkeypatch.setattr("tokonoma.auth.gate.time.time", lambda: now + 61)
    gate.identify(token)
    assert (len(gate._remembered), gate._remembered_bytes) == (1, size)


def many_scopes(xsuaa: LocalXsuaa, number: int) -> str:
    """A token with scopes that no other token has."""
    own = [f"myapp!t1.{token_hex(4)}{n:06}" for n in range(number)]
    return xsuaa.token("alice", scope=["openid", *own])


def test_remembered_callers_take_no_more_memory_than_stated(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    tokens = [bearer(many_scopes(xsuaa, 340)) for _ in range(200)]
    gate.identify(bearer(xsuaa.token("bob")))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        callers = gate.identify(tokens[0])
        for token in tokens:
            callers = gate.identify(token)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert callers.has("openid")
    assert len(gate._remembered) < len(tokens)
    assert after - before < 1.25 * MAX_REMEMBERED_BYTES
    assert gate.identify(tokens[-1]) is callers
    assert gate._remembered_bytes <= MAX_REMEMBERED_BYTES


@pytest.mark.parametrize(("scopes", "kilobytes"), [(10, 2.5), (340, 60)])
def test_a_remembered_caller_takes_what_is_counted(
    gate: XsuaaGate, xsuaa: LocalXsuaa, scopes: int, kilobytes: float
) -> None:
    tokens = [bearer(many_scopes(xsuaa, scopes)) for _ in range(40)]
    gate.identify(bearer(xsuaa.token("bob")))
    before_counted = gate._remembered_bytes
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for token in tokens:
            gate.identify(token)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    counted = gate._remembered_bytes - before_counted
    assert counted / len(tokens) / 1024 == pytest.approx(kilobytes, rel=0.25)
    assert 0.5 < (after - before) / counted < 1.25


def test_attributes_are_counted_as_well(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    few, many = ({"country": [f"{token_hex(4)}" for _ in range(number)]} for number in (1, 500))
    gate.identify(bearer(xsuaa.mint({"xs.user.attributes": few})))
    one = gate._remembered_bytes
    gate.identify(bearer(xsuaa.mint({"xs.user.attributes": many})))
    assert gate._remembered_bytes - one > one + 499 * 50


def test_a_caller_is_printed_without_attributes(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    caller = gate.identify(bearer(xsuaa.mint({"xs.user.attributes": {"salary": ["confidential"]}})))
    assert caller.attributes["salary"] == ("confidential",)
    assert "confidential" not in repr(caller)
    assert hash(caller)
