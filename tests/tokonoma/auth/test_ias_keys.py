"""IAS's keys: rotation, outages of every kind, answers without keys, what is renewed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from localcloud.certificates import Authority
from localcloud.http_faults import HttpFault
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import CERTS
from tests.tokonoma.auth.forging import ATTACKER, bearer, gate_of
from tokonoma.auth import key_set
from tokonoma.auth.ias import IasGate
from tokonoma.errors import KeysUnavailable, TokenInvalid


@pytest.fixture
def gate(bind: Callable[..., None], ias: LocalIas) -> IasGate:
    return gate_of(bind, ias)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between downloads."""
    monkeypatch.setattr(key_set, "MIN_INTERVAL", 0.0)


# With SLOW the answer is right, and late.
FAULTS = [fault for fault in HttpFault if fault is not HttpFault.SLOW]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_rotated_key_is_accepted_and_a_retired_one_is_not(
    gate: IasGate, ias: LocalIas, impatient: None
) -> None:
    old = ias.token("alice")
    ias.tenant.rotate()
    ias.tenant.retire_old_keys()
    assert gate.identify(bearer(ias.token("bob"))).has("openid")
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(old))


@pytest.mark.parametrize("fault", FAULTS)
def test_keys_survive_an_outage(gate: IasGate, ias: LocalIas, fault: HttpFault, impatient: None) -> None:
    gate.identify(bearer(ias.token("alice")))
    with ias.failing(CERTS, fault, status=503):
        with pytest.raises(TokenInvalid):
            gate.identify(bearer(ias.mint(header={"kid": "nobody"})))
        assert gate.identify(bearer(ias.token("bob"))).has("openid")
        assert gate.usable


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_key_nobody_is_let_in_and_the_first_after_recovery_is(
    gate: IasGate, ias: LocalIas, fault: HttpFault, impatient: None
) -> None:
    with ias.failing(CERTS, fault, status=503):
        with pytest.raises(KeysUnavailable):
            gate.identify(bearer(ias.token("alice")))
        assert not gate.usable
    eventually(lambda: gate.usable)
    assert gate.identify(bearer(ias.token("alice"))).has("openid")


def test_keys_that_come_late_are_good_all_the_same(gate: IasGate, ias: LocalIas, impatient: None) -> None:
    with ias.failing(CERTS, HttpFault.SLOW, seconds=0.5):
        gate.start()
        eventually(lambda: gate.usable)
        assert gate.identify(bearer(ias.token("alice"))).has("openid")


@pytest.mark.parametrize("path", ["certificate", "root"])
def test_a_certificate_that_is_not_trusted_is_an_outage(
    gate: IasGate, ias: LocalIas, authority: Authority, path: str, impatient: None
) -> None:
    gate.identify(bearer(ias.token("alice")))
    other = Authority() if path == "root" else authority
    ias.present(other.issue(("localhost",) if path == "certificate" else ("127.0.0.1",)))
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(ias.mint(header={"kid": "nobody"})))
    assert gate.identify(bearer(ias.token("bob"))).has("openid")


def test_a_root_that_is_renewed_in_its_file_is_taken_up(
    gate: IasGate, ias: LocalIas, authority_file: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE names it; the file changes under the running service."""
    file = authority_file.with_name("renewed.pem")
    file.write_text(authority_file.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    gate.identify(bearer(ias.token("alice")))
    renewed = Authority()
    ias.present(renewed.issue())
    file.write_text(renewed.certificate)
    ias.tenant.rotate()
    assert gate.identify(bearer(ias.token("bob"))).has("openid")


NO_KEYS: dict[str, Any] = {
    "an empty list": {"keys": []},
    "no list": {"keys": "none"},
    "nothing": {},
    "a list": [],
    "null": None,
    "an entry that is null": {"keys": [None]},
    "a key id that is a number": {"keys": [{"kid": 1, "kty": "RSA"}]},
    "keys of elliptic curves": {"keys": [ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=False)]},
    "a key without its numbers": {"keys": [{"kid": "k", "kty": "RSA"}]},
    "a key of no numbers": {"keys": [{"kid": "k", "kty": "RSA", "n": "?", "e": 1}]},
    "a private key": {"keys": [{**ATTACKER.as_dict(private=True), "kid": "k"}]},
}


@pytest.mark.parametrize("shape", NO_KEYS)
def test_an_answer_without_keys_is_an_outage_and_leaves_those_there_were(
    gate: IasGate, ias: LocalIas, monkeypatch: pytest.MonkeyPatch, shape: str, impatient: None
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ias.tenant, "published", lambda: NO_KEYS[shape])
        with pytest.raises(KeysUnavailable):
            gate.identify(bearer(ias.token("alice")))
    eventually(lambda: gate.usable)
    gate.identify(bearer(ias.token("alice")))
    with monkeypatch.context() as patch:
        patch.setattr(ias.tenant, "published", lambda: NO_KEYS[shape])
        with pytest.raises(TokenInvalid):
            gate.identify(bearer(ias.mint(header={"kid": "nobody"})))
        assert gate.identify(bearer(ias.token("bob"))).has("openid")


@pytest.mark.parametrize(
    "broken", [{"kid": "k", "kty": "RSA"}, {"kid": 1}, {"kid": "k", "kty": "EC", "x": 1}]
)
def test_a_key_that_cannot_be_read_does_not_hide_the_others(
    gate: IasGate, ias: LocalIas, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    good = ias.tenant.published()["keys"]
    monkeypatch.setattr(ias.tenant, "published", lambda: {"keys": [broken, *good]})
    assert gate.identify(bearer(ias.token("alice"))).has("openid")


def test_a_tenant_that_is_not_the_applications_gives_no_keys(
    bind: Callable[..., None], ias: LocalIas
) -> None:
    gate = gate_of(bind, ias, app_tid="another")
    with pytest.raises(KeysUnavailable):
        gate.identify(bearer(ias.mint("alice", {"app_tid": "another"})))
