"""What is replaced inside sap-xssec, and must still be there in its next version."""

from __future__ import annotations

import time

import pytest
from sap.xssec.key_cache import KeyCache
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import ATTACKER, public_key
from tokonoma.auth import sap_xssec


def test_the_library_takes_the_key_that_it_is_given_and_downloads_none(
    xsuaa: LocalXsuaa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def retrieve(*_: object) -> None:
        pytest.fail("sap-xssec downloads keys again")

    monkeypatch.setattr(KeyCache, "_retrieve_key", retrieve)
    for header in ({}, {"kid": "nobody"}, {"kid": None}):
        context = sap_xssec.verify(xsuaa.mint(header=header), xsuaa.binding(), public_key(xsuaa))
        assert context.get_logon_name() == "alice"
    assert not isinstance(SecurityContextXSUAA.verificationKeyCache, KeyCache)


def test_the_library_takes_no_other_key(xsuaa: LocalXsuaa) -> None:
    """Not even the bound one, which may be retired."""
    token = xsuaa.mint()
    assert xsuaa.binding()["verificationkey"]
    with pytest.raises(RuntimeError, match="Signature verification failed"):
        sap_xssec.verify(token, xsuaa.binding(), ATTACKER.as_pem(private=False).decode())


def test_the_library_leaves_iat_and_nbf_to_the_prescreen(xsuaa: LocalXsuaa) -> None:
    ahead = int(time.time()) + 3600
    token = xsuaa.mint({"iat": ahead, "nbf": ahead})
    assert sap_xssec.verify(token, xsuaa.binding(), public_key(xsuaa)).get_logon_name() == "alice"


def test_the_library_still_checks_the_expiry(xsuaa: LocalXsuaa) -> None:
    with pytest.raises(RuntimeError, match="expired"):
        sap_xssec.verify(xsuaa.token(lifetime=-1), xsuaa.binding(), public_key(xsuaa))
