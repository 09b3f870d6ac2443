"""Proof of possession: whose certificate is believed, and on which routes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from localcloud.certificates import Authority
from localcloud.ias.local import LocalIas
from tests.tokonoma.auth.forging import bearer
from tokonoma.auth.gate import Gate
from tokonoma.auth.proof import certificate_hosts, is_bound_to
from tokonoma.bindings import platform_environment
from tokonoma.errors import TokenInvalid
from tokonoma.platforms import cloud_foundry
from tokonoma.settings import Settings

HOST = "myapp.cert.cfapps.eu20.hana.ondemand.com"


def certificate_of(authority: Authority) -> tuple[str, str]:
    """A client certificate as Cloud Foundry's router writes it, and its thumbprint."""
    found = x509.load_pem_x509_certificate(authority.issue().certificate.encode())
    thumbprint = base64.urlsafe_b64encode(found.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    return base64.b64encode(found.public_bytes(Encoding.DER)).decode(), thumbprint


def gate_at(application: object) -> Gate:
    """The service's gate in an app of which the platform says this."""
    environ = {"VCAP_APPLICATION": json.dumps(application)} if application is not None else {}
    return cloud_foundry.gate(environ, platform_environment(), Settings())


@pytest.mark.parametrize(
    ("host", "application", "is_ours", "passes"),
    [
        (HOST, {"application_uris": [HOST]}, True, True),
        (f"{HOST.upper()}:443", {"uris": [f"{HOST}/path"]}, True, True),
        (HOST, {"application_uris": [HOST]}, False, False),
        ("other.cert.cfapps.eu20.hana.ondemand.com", {"application_uris": [HOST]}, True, False),
        ("evil.cert.example.com", {"application_uris": [HOST]}, True, False),
        (HOST, {"application_uris": ["myapp.cfapps.eu20.hana.ondemand.com"]}, True, False),
        (HOST, {}, True, False),
        (HOST, {"application_uris": HOST}, True, False),
        (HOST, {"application_uris": [1, None]}, True, False),
        (HOST, None, True, False),
        ("plain.example.com", {"application_uris": ["plain.example.com"]}, True, False),
        ("", {"application_uris": [HOST, ""]}, True, False),
    ],
)
def test_a_bound_token_needs_its_certificate_by_a_route_of_the_apps_own_that_asks_for_one(
    bind: Callable[..., None],
    ias: LocalIas,
    authority: Authority,
    host: str,
    application: object,
    is_ours: bool,
    passes: bool,
) -> None:
    bind(pyias=("identity", "application", ias.binding()))
    gate = gate_at(application)
    certificate, thumbprint = certificate_of(authority)
    token = ias.mint("alice", {"cnf": {"x5t#S256": thumbprint}})
    shown = certificate if is_ours else certificate_of(authority)[0]
    environ = {**bearer(token), "HTTP_HOST": host, "HTTP_X_FORWARDED_CLIENT_CERT": shown}
    if passes:
        assert gate.identify(environ).has("openid")
        del environ["HTTP_X_FORWARDED_CLIENT_CERT"]
    with pytest.raises(TokenInvalid):
        gate.identify(environ)


@pytest.mark.parametrize(
    "claim", ["\ud800", "ä", "", None, 1, [], {}, True, {"x5t#S256": "\ud800"}, {"x5t#S256": "ä" * 43}]
)
def test_a_confirmation_of_any_type_is_bound_to_nothing(authority: Authority, claim: Any) -> None:
    certificate, thumbprint = certificate_of(authority)
    assert is_bound_to({"x5t#S256": thumbprint}, certificate)
    assert not is_bound_to(claim, certificate)
    assert not is_bound_to({"x5t#S256": claim}, certificate)


@pytest.mark.parametrize(
    "shown", ["", "ä", "\ud800", "Hash=1", 'Hash=1;Cert="%ED%A0%80"', 'Hash=1;Cert=""', "a"]
)
def test_what_is_no_certificate_proves_nothing(shown: str) -> None:
    assert not is_bound_to({"x5t#S256": ""}, shown)


@pytest.mark.parametrize("routes", [None, "x.cert.y", {}, [None], ["x.certificate.y"]])
def test_without_a_route_of_the_kind_there_is_no_host(routes: object) -> None:
    assert certificate_hosts(routes) == frozenset()
