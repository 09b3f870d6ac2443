"""The real, unmodified sap-xssec accepts the local XSUAA's tokens by the keys that it downloads."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from sap import xssec
from sap.xssec.key_cache import KeyCache
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA

from localcloud.certificates import Authority
from localcloud.xsuaa import LocalXsuaa

from .walk import Walk, claims, header

pytestmark = pytest.mark.usefixtures("trusted", "fresh_cache")


@pytest.fixture
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own cache, empty; it would remember keys over the end of a test."""
    monkeypatch.setattr(SecurityContextXSUAA, "verificationKeyCache", KeyCache())


def test_a_token_of_the_whole_walk_is_accepted(walk: Walk) -> None:
    token = walk.exchange(walk.code("bob")).json()["access_token"]
    walk.xsuaa.requests.clear()
    context = xssec.create_security_context(token, walk.binding)
    assert walk.xsuaa.requests["/token_keys"] == 1
    assert context.get_logon_name() == "bob"
    assert context.get_email() == "bob@example.com"
    assert context.get_given_name() == "Bob"
    assert context.get_grant_type() == "authorization_code"
    assert context.get_subaccount_id() == walk.binding["subaccountid"]
    assert context.check_scope("openid")
    assert context.check_local_scope("Display")
    assert context.check_scope("$XSAPPNAME.Display")
    assert not context.check_local_scope("Edit")


def test_the_downloaded_key_is_what_counts(walk: Walk) -> None:
    binding = {**walk.binding, "verificationkey": "none"}
    assert xssec.create_security_context(walk.xsuaa.token(), binding).get_logon_name() == "alice"


def test_without_a_kid_the_bindings_key_is_enough(xsuaa: LocalXsuaa) -> None:
    token = xsuaa.mint(header={"kid": None})
    assert xssec.create_security_context(token, xsuaa.binding()).get_logon_name() == "alice"
    assert xsuaa.requests["/token_keys"] == 0


def test_every_grant_gives_a_token_that_is_accepted(walk: Walk) -> None:
    first = walk.exchange(walk.code()).json()
    answers = [
        walk.refresh(first["refresh_token"]),
        walk.token({"grant_type": "client_credentials"}),
        walk.token({"grant_type": "password", "username": "alice", "password": "alice"}),
    ]
    for answer in answers:
        xssec.create_security_context(answer.json()["access_token"], walk.binding)


def test_the_application_itself_is_no_person(walk: Walk) -> None:
    token = walk.token({"grant_type": "client_credentials"}).json()["access_token"]
    context = xssec.create_security_context(token, walk.binding)
    assert context.get_logon_name() is None
    assert context.check_local_scope("Display")
    assert not context.check_scope("openid")


def test_the_librarys_own_token_exchange_works(walk: Walk) -> None:
    context = xssec.create_security_context(walk.xsuaa.token("bob"), walk.binding)
    exchanged = context.request_token_for_client(walk.binding, "openid")
    assert claims(exchanged)["user_name"] == "bob"
    assert claims(exchanged)["scope"] == ["openid"]


def test_a_rotated_key_signs_at_once_and_the_old_one_stays_good_until_it_is_retired(
    descriptor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalXsuaa(descriptor) as xsuaa:
        (tmp_path / "own.pem").write_text(xsuaa.certificate)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
        binding, old = xsuaa.binding(), xsuaa.token()
        kid = xsuaa.rotate_key()
        new = xsuaa.token()
        assert header(new)["kid"] == kid != header(old)["kid"]
        for token in (old, new):
            xssec.create_security_context(token, binding)
        monkeypatch.setattr(SecurityContextXSUAA, "verificationKeyCache", KeyCache())
        xsuaa.retire_old_keys()
        xssec.create_security_context(new, binding)
        with pytest.raises(ValueError, match="Could not find key"):
            xssec.create_security_context(old, binding)


def test_another_certificate_is_not_trusted(descriptor: Path, trusted: Path) -> None:
    with LocalXsuaa(descriptor) as xsuaa:
        trusted.write_text(xsuaa.certificate)
        xsuaa.present(Authority().issue())
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            xssec.create_security_context(xsuaa.token(), xsuaa.binding())


def test_a_token_can_be_made_to_order(xsuaa: LocalXsuaa) -> None:
    token = xsuaa.token("carol", scopes=["openid", "$XSAPPNAME.Edit"], lifetime=60, email=None, zid="z")
    said = claims(token)
    assert said["scope"] == ["openid", "myapp!t1.Edit"]
    assert said["exp"] - said["iat"] == 60
    assert said["zid"] == "z"
    assert "email" not in said
    with pytest.raises(ValueError, match="there is no user 'mallory'"):
        xsuaa.token("mallory")


def test_forgeries_can_be_made_and_are_refused(xsuaa: LocalXsuaa) -> None:
    binding = xsuaa.binding()
    stranger = RSAKey.generate_key(2048)
    forgeries = [
        xsuaa.mint(key=stranger),
        xsuaa.mint(key=stranger, header={"kid": None}),
        xsuaa.mint(header={"alg": "none"}),
        xsuaa.mint(header={"alg": "HS256"}, key=OctKey.import_key("a" * 40)),
        xsuaa.mint(header={"alg": None}),
        xsuaa.mint({"exp": 1}),
        xsuaa.mint({"aud": ["other"], "cid": "other", "scope": []}),
        xsuaa.mint({"zid": None}),
        xsuaa.mint(payload=b"[]"),
        xsuaa.token(lifetime=-1),
    ]
    for forgery in forgeries:
        with pytest.raises((RuntimeError, ValueError)):
            xssec.create_security_context(forgery, binding)
    assert header(xsuaa.mint(header={"kid": 7}))["kid"] == 7


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_good_algorithms_can_be_tried(xsuaa: LocalXsuaa, algorithm: str) -> None:
    token = xsuaa.mint(header={"alg": algorithm})
    assert xssec.create_security_context(token, xsuaa.binding()).get_logon_name() == "alice"
