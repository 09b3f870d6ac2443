"""What the guard spares itself, and whom it lets wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sap import xssec

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import ATTACKER, Mint, flipped, public_key, signed_by_hmac
from tokonoma.auth import throttle as refusals_room
from tokonoma.auth.gate import Guard
from tokonoma.auth.key_set import KeyKeeper
from tokonoma.auth.throttle import AT_ONCE, SEATS, Refusals
from tokonoma.bindings import platform_environment, read_xsuaa
from tokonoma.errors import TokenInvalid


@pytest.fixture
def guard(bind: Callable[..., None], xsuaa: LocalXsuaa) -> Guard:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    binding = read_xsuaa(platform_environment())
    return Guard(binding, KeyKeeper(binding, 12))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that sap-xssec was asked about."""
    tokens: list[str] = []
    really = xssec.create_security_context

    def ask(token: str, credentials: dict[str, Any]) -> Any:
        tokens.append(token)
        return really(token, credentials)

    monkeypatch.setattr(xssec, "create_security_context", ask)
    return tokens


FORGED: dict[str, Mint] = {
    "no signature": lambda x: x.mint(header={"alg": "none"}),
    "an HMAC": lambda x: signed_by_hmac(x, public_key(x).encode()),
    "unknown kid": lambda x: x.mint(header={"kid": "nobody"}),
    "kid a number": lambda x: x.mint(header={"kid": 7}),
    "an extension": lambda x: x.mint(header={"crit": ["b64"]}),
    "another zone": lambda x: x.mint({"zid": "another"}),
    "expired": lambda x: x.mint({"exp": 1}),
    "no expiry": lambda x: x.mint({"exp": None}),
    "another key": lambda x: x.mint(key=ATTACKER),
    "another key, PS256": lambda x: x.mint(header={"alg": "PS256"}, key=ATTACKER),
    "another key, no kid": lambda x: x.mint(header={"kid": None}, key=ATTACKER),
    "a flipped bit": lambda x: flipped(x.mint()),
    "too long": lambda x: x.mint({"padding": "p" * 20_000}),
}


@pytest.mark.parametrize("case", FORGED)
def test_forged_tokens_do_not_cost_the_librarys_time(
    case: str, guard: Guard, xsuaa: LocalXsuaa, asked: list[str]
) -> None:
    with pytest.raises(TokenInvalid):
        guard.identify(f"Bearer {FORGED[case](xsuaa)}")
    assert asked == []


@pytest.mark.parametrize("kid", [True, False])
def test_nobody_is_accepted_without_the_library(
    guard: Guard, xsuaa: LocalXsuaa, asked: list[str], kid: bool
) -> None:
    token = xsuaa.mint(header={} if kid else {"kid": None})
    guard.identify(f"Bearer {token}")
    assert asked == [token]


def test_the_library_checks_one_token_at_a_time(
    guard: Guard, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is remembered passes by them, see test_keys."""
    inside, most = 0, 0
    counting = threading.Lock()
    go_on = threading.Event()

    def ask(_token: str, _credentials: dict[str, Any]) -> Any:
        nonlocal inside, most
        with counting:
            inside += 1
            most = max(most, inside)
        go_on.wait(0.2)
        inside -= 1
        raise ValueError

    monkeypatch.setattr(xssec, "create_security_context", ask)

    def come(token: str) -> None:
        with pytest.raises(TokenInvalid):
            guard.identify(f"Bearer {token}")

    threads = [threading.Thread(target=come, args=(xsuaa.token(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


class Pause:
    """Takes the place of `sleep`: ends when told to."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.seated = threading.Semaphore(0)

    def __call__(self, _seconds: float) -> None:
        self.seated.release()
        self.over.wait()


def test_who_is_refused_often_waits_in_some_threads_and_never_in_all(
    guard: Guard, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    monkeypatch.setattr(refusals_room, "sleep", pause)
    monkeypatch.setattr(refusals_room, "monotonic", lambda: 1000.0)  # all within one second
    alice = f"Bearer {xsuaa.token('alice')}"
    forged = f"Bearer {xsuaa.mint(key=ATTACKER)}"

    def refused() -> None:
        with pytest.raises(TokenInvalid):
            guard.identify(forged)

    for _ in range(AT_ONCE):
        refused()
    waiting = [threading.Thread(target=refused) for _ in range(SEATS)]
    for thread in waiting:
        thread.start()
    for _ in waiting:
        assert pause.seated.acquire(timeout=30)
    # All seats are taken: the next ones are refused at once, and whoever is let in is let in.
    refused()
    assert guard.identify(alice).has("openid")
    assert all(thread.is_alive() for thread in waiting)
    pause.over.set()
    for thread in waiting:
        thread.join()


def test_a_few_refusals_a_second_are_not_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause()
    pause.over.set()
    monkeypatch.setattr(refusals_room, "sleep", pause)
    refusals = Refusals()
    for second in range(5):
        monkeypatch.setattr(refusals_room, "monotonic", lambda second=second: 1000.0 + second)
        for _ in range(AT_ONCE):
            refusals.refuse("it is too long")
    assert not pause.seated.acquire(blocking=False)


def test_the_log_tells_each_reason_once_a_second_and_how_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(refusals_room, "sleep", lambda _seconds: None)
    refusals = Refusals()
    for moment, reason in ((1.0, "a"), (1.1, "a"), (1.2, "b"), (1.3, "a"), (2.5, "a"), (2.6, "b")):
        monkeypatch.setattr(refusals_room, "monotonic", lambda moment=moment: moment)
        refusals.refuse(reason)
    assert caplog.messages == [
        "token refused: a",
        "token refused: b",
        "token refused: a (2 more since the last line)",
        "token refused: b",
    ]
