"""The key keeper against the real key endpoint, and against everything that can happen to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.xsuaa.faults import Fault
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma import guard as guard_room
from tokonoma import keys as keys_room
from tokonoma.bindings import XsuaaBinding, platform_environment, read_xsuaa
from tokonoma.errors import KeysUnavailable, TokenInvalid
from tokonoma.guard import Guard
from tokonoma.keys import KeyKeeper

KEYS = "/token_keys"
FAULTS = [Fault.REFUSE, Fault.STATUS, Fault.GARBAGE, Fault.HTML, Fault.REDIRECT, Fault.HANG]
EVER = 12


@pytest.fixture
def xsuaa(authority: Authority) -> Iterator[LocalXsuaa]:
    """One of its own for every test: these break it."""
    with LocalXsuaa(Path(__file__).parents[2] / "xs-security.json", authority=authority) as server:
        yield server


@pytest.fixture
def binding(bind: Callable[..., None], xsuaa: LocalXsuaa) -> XsuaaBinding:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    return read_xsuaa(platform_environment())


@pytest.fixture
def without_bound_key(binding: XsuaaBinding) -> XsuaaBinding:
    credentials = {name: value for name, value in binding.credentials.items() if name != "verificationkey"}
    return replace(binding, credentials=credentials)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between downloads, and little patience."""
    monkeypatch.setattr(keys_room, "PAUSE", 0.0)


def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic
    monkeypatch.setattr("tokonoma.keys.time.monotonic", lambda: now() + keys_room.PAUSE + 1)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_the_keys_are_fetched_once_for_any_number_of_tokens(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding
) -> None:
    guard = Guard(without_bound_key, KeyKeeper(without_bound_key, EVER))
    names = {guard.identify(bearer(xsuaa.token(user))).name for user in ("alice", "bob", "carol") * 3}
    assert len(names) == 3
    assert xsuaa.requests[KEYS] == 1


def test_a_rotated_key_is_accepted_and_the_old_one_too(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, impatient: None
) -> None:
    guard = Guard(without_bound_key, KeyKeeper(without_bound_key, EVER))
    old = xsuaa.token("alice")
    guard.identify(bearer(old))
    xsuaa.rotate_key()
    assert guard.identify(bearer(xsuaa.token("bob"))).has("openid")
    assert guard.identify(bearer(old)).has("openid")


def test_a_retired_key_is_refused_even_if_it_is_the_bound_one(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, impatient: None
) -> None:
    old = xsuaa.token("alice")
    xsuaa.rotate_key()
    xsuaa.retire_old_keys()
    guard = Guard(binding, KeyKeeper(binding, EVER))
    assert guard.identify(bearer(xsuaa.token("bob"))).has("openid")
    with pytest.raises(TokenInvalid):
        guard.identify(bearer(old))


@pytest.mark.parametrize("fault", FAULTS)
def test_keys_survive_an_outage_of_their_endpoint(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, fault: Fault, impatient: None
) -> None:
    keeper = KeyKeeper(without_bound_key, EVER)
    guard = Guard(without_bound_key, keeper)
    guard.identify(bearer(xsuaa.token("alice")))
    with xsuaa.failing(KEYS, fault):
        with pytest.raises(TokenInvalid):
            guard.identify(bearer(xsuaa.mint(header={"kid": "nobody"})))
        assert guard.identify(bearer(xsuaa.token("bob"))).has("openid")
    assert keeper.has_keys


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_key_the_bound_one_is_used(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, fault: Fault
) -> None:
    with xsuaa.failing(KEYS, fault):
        guard = Guard(binding, KeyKeeper(binding, EVER))
        assert guard.identify(bearer(xsuaa.token("alice"))).has("openid")
        with pytest.raises(TokenInvalid):
            guard.identify(bearer(xsuaa.mint({"zid": "another"})))


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_key_at_all_nobody_is_let_in_and_the_first_after_recovery_is(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, fault: Fault, impatient: None
) -> None:
    keeper = KeyKeeper(without_bound_key, EVER)
    guard = Guard(without_bound_key, keeper)
    with xsuaa.failing(KEYS, fault), pytest.raises(KeysUnavailable):
        guard.identify(bearer(xsuaa.token("alice")))
    deadline = time.monotonic() + 30
    while not keeper.has_keys and time.monotonic() < deadline:
        time.sleep(0.05)
    assert guard.identify(bearer(xsuaa.token("alice"))).has("openid")


def test_stale_keys_are_trusted_for_the_stated_hours_and_no_longer(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = KeyKeeper(without_bound_key, stale_hours=2)
    guard = Guard(without_bound_key, keeper)
    guard.identify(bearer(xsuaa.token("alice")))
    with xsuaa.failing(KEYS, Fault.STATUS):
        now = time.monotonic()
        monkeypatch.setattr("tokonoma.keys.time.monotonic", lambda: now + 2 * 3600 - 1)
        assert guard.identify(bearer(xsuaa.token("bob"))).has("openid")
        monkeypatch.setattr("tokonoma.keys.time.monotonic", lambda: now + 2 * 3600 + 1)
        with pytest.raises(KeysUnavailable):
            guard.identify(bearer(xsuaa.token("carol")))
        monkeypatch.undo()


def test_a_flood_of_unknown_kids_costs_one_request_and_no_valid_caller_waits(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = KeyKeeper(without_bound_key, EVER)
    guard = Guard(without_bound_key, keeper)
    guard.identify(bearer(xsuaa.token("alice")))
    a_minute_later(monkeypatch)
    xsuaa.requests.clear()
    forged = [xsuaa.mint(header={"kid": f"nobody-{n}"}) for n in range(100)]
    good = [xsuaa.token(user) for user in ("alice", "bob", "carol") * 10]
    refused: list[str] = []

    def flood(tokens: list[str]) -> None:
        for token in tokens:
            with pytest.raises(TokenInvalid):
                guard.identify(bearer(token))
            refused.append(token)

    with xsuaa.failing(KEYS, Fault.HANG):
        threads = [threading.Thread(target=flood, args=(forged[n::8],)) for n in range(8)]
        for thread in threads:
            thread.start()
        # All of these come through while the endpoint still hangs.
        assert all(guard.identify(bearer(token)).has("openid") for token in good)
        for thread in threads:
            thread.join(timeout=30)
        assert xsuaa.requests[KEYS] == 1
    assert sorted(refused) == sorted(forged)


def test_a_remembered_token_is_refused_once_it_has_expired(xsuaa: LocalXsuaa, binding: XsuaaBinding) -> None:
    guard = Guard(binding, KeyKeeper(binding, EVER))
    token = xsuaa.token("alice", lifetime=2)
    assert guard.identify(bearer(token)) is guard.identify(bearer(token))
    time.sleep(2.1)
    with pytest.raises(TokenInvalid):
        guard.identify(bearer(token))


def test_a_remembered_token_is_verified_again_after_a_minute(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(binding, KeyKeeper(binding, EVER))
    token = xsuaa.token("alice")
    first = guard.identify(bearer(token))
    now = time.time()
    monkeypatch.setattr("tokonoma.guard.time.time", lambda: now + 59)
    assert guard.identify(bearer(token)) is first
    monkeypatch.setattr("tokonoma.guard.time.time", lambda: now + 61)
    assert guard.identify(bearer(token)) is not first


def test_only_so_many_tokens_are_remembered(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_room, "MAX_REMEMBERED", 3)
    guard = Guard(binding, KeyKeeper(binding, EVER))
    tokens = [xsuaa.token(user) for user in ("alice", "bob", "carol", "alice", "bob")]
    callers = [guard.identify(bearer(token)) for token in tokens]
    assert guard.identify(bearer(tokens[-1])) is callers[-1]
    assert guard.identify(bearer(tokens[0])) is not callers[0]
    assert len(guard._remembered) == 3
