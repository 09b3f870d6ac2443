"""What XSUAA's gate spares itself, and whom it lets wait."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sap import xssec

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import ATTACKER, Mint, bearer, flipped, public_key, signed_by_hmac
from tests.tokonoma.auth.test_throttle import Pause
from tokonoma.auth import throttle as throttle_room
from tokonoma.auth.throttle import MAX_DELAYED, UNDELAYED
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.errors import TokenInvalid


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
    case: str, gate: XsuaaGate, xsuaa: LocalXsuaa, asked: list[str]
) -> None:
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(FORGED[case](xsuaa)))
    assert asked == []


@pytest.mark.parametrize("kid", [True, False])
def test_nobody_is_accepted_without_the_library(
    gate: XsuaaGate, xsuaa: LocalXsuaa, asked: list[str], kid: bool
) -> None:
    token = xsuaa.mint(header={} if kid else {"kid": None})
    gate.identify(bearer(token))
    assert asked == [token]


def test_the_library_checks_one_token_at_a_time(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is remembered passes by them, see test_key_set."""
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
            gate.identify(bearer(token))

    threads = [threading.Thread(target=come, args=(xsuaa.token(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_who_is_refused_often_waits_in_some_threads_and_never_in_all(
    gate: XsuaaGate, xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    monkeypatch.setattr(throttle_room, "sleep", pause)
    monkeypatch.setattr(throttle_room, "monotonic", lambda: 1000.0)  # all within one second
    alice = bearer(xsuaa.token("alice"))
    forged = bearer(xsuaa.mint(key=ATTACKER))

    def refused() -> None:
        with pytest.raises(TokenInvalid):
            gate.identify(forged)

    for _ in range(UNDELAYED):
        refused()
    waiting = [threading.Thread(target=refused) for _ in range(MAX_DELAYED)]
    for thread in waiting:
        thread.start()
    for _ in waiting:
        assert pause.seated.acquire(timeout=30)
    # All seats are taken: the next ones are refused at once, and whoever is let in is let in.
    refused()
    assert gate.identify(alice).has("openid")
    assert all(thread.is_alive() for thread in waiting)
    pause.over.set()
    for thread in waiting:
        thread.join()


@pytest.mark.parametrize("place", [{}, {"ext_cxt": {}}], ids=["in the claims", "in ext_cxt"])
def test_a_caller_has_the_attributes_of_the_token(
    gate: XsuaaGate, xsuaa: LocalXsuaa, place: dict[str, dict[str, object]]
) -> None:
    given = {"xs.user.attributes": {"country": ["DE", "FR"], "cost center": [], "": ["é"]}}
    claims = {"ext_cxt": given} if place else given
    caller = gate.identify(bearer(xsuaa.mint(claims)))
    assert dict(caller.attributes) == {"country": ("DE", "FR"), "cost center": (), "": ("é",)}
    with pytest.raises(TypeError):
        caller.attributes["country"] = ("US",)  # type: ignore[index]


@pytest.mark.parametrize("claims", [{}, {"xs.user.attributes": None}, {"xs.user.attributes": {}}])
def test_a_caller_without_attributes_has_none(
    gate: XsuaaGate, xsuaa: LocalXsuaa, claims: dict[str, object]
) -> None:
    assert gate.identify(bearer(xsuaa.mint(claims))).attributes == {}


def test_attributes_that_another_client_was_given_are_not_taken_for_ours(
    gate: XsuaaGate, xsuaa: LocalXsuaa
) -> None:
    claims = {"cid": "sb-other!t1", "aud": ["myapp!t1"], "xs.user.attributes": {"country": ["DE"]}}
    caller = gate.identify(bearer(xsuaa.mint(claims)))
    assert caller.has("openid")
    assert caller.attributes == {}


def test_a_forged_token_gives_nobody_attributes(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(xsuaa.mint({"xs.user.attributes": {"country": ["DE"]}}, key=ATTACKER)))
    assert not gate._remembered


def test_a_role_of_cumulocity_is_nothing_here(gate: XsuaaGate, xsuaa: LocalXsuaa) -> None:
    caller = gate.identify(bearer(xsuaa.token("alice")))
    assert caller.has("$XSAPPNAME.Operate")
    assert caller.has("myapp!t1.Operate")
    assert not caller.has("ROLE_TOKONOMA_ADMIN")
    assert gate.kind == "xsuaa"
