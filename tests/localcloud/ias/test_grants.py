"""The token endpoint: each grant with a secret and with a certificate, and what is refused by name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from localcloud.certificates import Authority
from localcloud.ias.client import thumbprint_of
from localcloud.ias.grants import JWT_BEARER
from localcloud.ias.local import LocalIas
from tests.localcloud.xsuaa.walk import claims

from .client import Client, refusal


def test_a_code_gives_a_token_for_the_person(client: Client, ias: LocalIas) -> None:
    answer = client.exchange(client.code("bob", nonce="n")).json()
    access, identity = claims(answer["access_token"]), claims(answer["id_token"])
    assert access["groups"] == ["Tokonoma Viewer"]
    assert (access["azp"], access["aud"], access["app_tid"]) == (
        ias.tenant.clientid,
        ias.tenant.clientid,
        ias.tenant.app_tid,
    )
    assert "nonce" not in access
    assert identity["nonce"] == "n"


def test_a_token_is_bound_to_the_certificate_of_its_client(client: Client) -> None:
    token = claims(client.token("client_credentials").json()["access_token"])
    has_certificate = "certificate" in client.binding
    assert ("cnf" in token) is has_certificate
    if has_certificate:
        import ssl

        shown = ssl.PEM_cert_to_DER_cert(client.binding["certificate"])
        assert token["cnf"] == {"x5t#S256": thumbprint_of(shown)}


def test_a_refresh_token_is_good_once_and_gives_the_next(client: Client) -> None:
    first = client.exchange(client.code("alice")).json()["refresh_token"]
    second = client.token("refresh_token", refresh_token=first).json()
    assert claims(second["access_token"])["email"] == "alice@example.com"
    assert refusal(client.token("refresh_token", refresh_token=first)) == (400, "invalid_grant")
    assert client.token("refresh_token", refresh_token=second["refresh_token"]).ok


def test_a_password_and_a_token_can_be_exchanged(client: Client) -> None:
    token = client.token("password", username="carol", password="carol").json()["access_token"]
    assert "groups" not in claims(token)
    again = client.token(JWT_BEARER, assertion=token).json()["access_token"]
    assert claims(again)["sub"] == claims(token)["sub"]
    assert claims(again)["jti"] != claims(token)["jti"]


def test_by_default_some_grants_give_opaque_tokens(by_secret: Client, ias: LocalIas) -> None:
    """What ends the approuter's sessions, unless `access-token-format` says otherwise."""
    ias.tenant.access_token_format = "default"
    first = by_secret.exchange(by_secret.code()).json()
    assert first["access_token"].count(".") == 2
    renewed = by_secret.token("refresh_token", refresh_token=first["refresh_token"]).json()
    assert "." not in renewed["access_token"]
    assert "." not in by_secret.token("password", username="bob", password="bob").json()["access_token"]


@pytest.mark.parametrize(
    ("grant", "fields", "expected"),
    [
        ("client_credentials", {"client_secret": "wrong"}, (401, "invalid_client")),
        ("client_credentials", {"client_id": "another"}, (401, "invalid_client")),
        ("authorization_code", {"code": "used"}, (400, "invalid_grant")),
        ("refresh_token", {"refresh_token": "used"}, (400, "invalid_grant")),
        ("password", {"username": "alice", "password": "bob"}, (400, "invalid_grant")),
        (JWT_BEARER, {"assertion": "a.b.c"}, (400, "invalid_grant")),
        (JWT_BEARER, {}, (400, "invalid_grant")),
        ("", {}, (400, "invalid_request")),
        ("magic", {}, (400, "unsupported_grant_type")),
    ],
)
def test_what_the_token_endpoint_does_not_give_is_refused(
    by_secret: Client, grant: str, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(by_secret.token(grant, **fields)) == expected


def test_an_unknown_client_is_refused_in_the_words_of_ias(by_secret: Client) -> None:
    """As SAP/cloud-sdk-java#736 quotes them; no other words of its refusals are known."""
    answer = by_secret.token("client_credentials", client_id="another")
    assert answer.json() == {"error": "invalid_client", "error_description": "Client not found"}


def test_a_grant_that_ias_has_and_we_have_not_is_refused_by_name(by_secret: Client) -> None:
    answer = by_secret.token("urn:ietf:params:oauth:grant-type:token-exchange")
    assert refusal(answer) == (400, "unsupported_grant_type")
    assert answer.json()["error_description"] == "The local IAS has no token exchange."


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "another"}, {"code_verifier": ""}, {"redirect_uri": "http://localhost:5000/"}],
)
def test_a_code_is_for_whoever_asked_for_it_and_spent_by_the_attempt(
    by_secret: Client, changes: dict[str, str]
) -> None:
    code = by_secret.code()
    assert refusal(by_secret.exchange(code, **changes)) == (400, "invalid_grant")
    assert refusal(by_secret.exchange(code)) == (400, "invalid_grant")


def test_an_assertion_of_another_tenant_or_for_another_client_is_refused(
    by_secret: Client, ias: LocalIas, authority: Authority
) -> None:
    with LocalIas(authority=authority) as other:
        assert refusal(by_secret.token(JWT_BEARER, assertion=other.token())) == (400, "invalid_grant")
    for changes in ({"aud": "another"}, {"iss": "https://evil.example.com"}, {"exp": 1}, {"sub": "nobody"}):
        assertion = ias.mint("alice", changes)
        assert refusal(by_secret.token(JWT_BEARER, assertion=assertion)) == (400, "invalid_grant")


def test_a_renewed_secret_is_the_only_one(by_secret: Client, ias: LocalIas) -> None:
    ias.tenant.renew_secret()
    assert refusal(by_secret.token("client_credentials")) == (401, "invalid_client")


def test_a_certificate_of_another_client_is_refused(
    ias: LocalIas, authority: Authority, authority_file: Path, tmp_path: Path
) -> None:
    other = authority.issue_client("another")
    binding = {**ias.binding("X509_GENERATED"), "certificate": other.certificate, "key": other.key}
    client = Client(ias, authority_file, binding, tmp_path)
    assert refusal(client.token("client_credentials")) == (401, "invalid_client")


@pytest.mark.parametrize("whose", ["expired", "of another authority"])
def test_a_certificate_that_is_no_good_ends_the_connection(
    ias: LocalIas, authority_file: Path, tmp_path: Path, whose: str
) -> None:
    binding = ias.binding("X509_GENERATED", valid_for=timedelta(seconds=-1 if whose == "expired" else 3600))
    if whose != "expired":
        stranger = Authority().issue_client(ias.tenant.clientid)
        binding |= {"certificate": stranger.certificate, "key": stranger.key}
    client = Client(ias, authority_file, binding, tmp_path)
    with pytest.raises(requests.ConnectionError):
        client.token("client_credentials")


def test_neither_secret_nor_certificate_is_refused_in_words(ias: LocalIas, authority_file: Path) -> None:
    form = {"grant_type": "client_credentials", "client_id": ias.tenant.clientid}
    answer = requests.post(
        f"{ias.tenant.url}/oauth2/token", data=form, verify=str(authority_file), timeout=30
    )
    assert refusal(answer) == (401, "invalid_client")


def test_two_different_clients_in_one_request_are_refused(ias: LocalIas, authority_file: Path) -> None:
    form = {"grant_type": "client_credentials", "client_id": "another"}
    answer = requests.post(
        f"{ias.tenant.url}/oauth2/token",
        data=form,
        auth=(ias.tenant.clientid, ias.tenant.clientsecret),
        verify=str(authority_file),
        timeout=30,
    )
    assert refusal(answer) == (400, "invalid_request")


def test_credentials_of_a_type_that_is_not_here_are_refused_by_name(ias: LocalIas) -> None:
    with pytest.raises(ValueError, match="X509_ATTESTED"):
        ias.binding("X509_ATTESTED")
