"""Signing in and out at the local IAS, its discovery document, and what it refuses by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from localcloud.ias.grants import JWT_BEARER
from localcloud.ias.local import LocalIas

from .client import CALLBACK, Client, landing


def test_whoever_signs_in_is_sent_back_with_code_and_state(by_secret: Client) -> None:
    told = landing(by_secret.sign_in(by_secret.authorize(), "alice"))
    assert told.keys() == {"code", "state"}
    assert told["state"] == "a state"


def test_whoever_is_signed_in_is_sent_back_at_once(by_secret: Client) -> None:
    by_secret.code("bob")
    assert "code" in landing(by_secret.authorize())
    assert by_secret.authorize(prompt="login").status_code == 200
    assert "bob</strong> is signed in" in by_secret.get("/").text


def test_a_wrong_password_is_told(by_secret: Client) -> None:
    page = by_secret.sign_in(by_secret.authorize(), "alice", "wrong")
    assert page.status_code == 401
    assert "The user name or the password is not right." in page.text


def test_a_form_of_another_page_signs_nobody_in(by_secret: Client, ias: LocalIas) -> None:
    address = ias.tenant.pages_url + "/login.do"
    answer = requests.post(address, data={"username": "alice", "password": "alice"}, timeout=30)
    assert answer.status_code == 403


def test_the_callback_of_both_services_is_the_registered_one_with_a_query(by_secret: Client) -> None:
    """IAS looks at addresses without their query; the approuter adds one where XSUAA is bound too."""
    answer = by_secret.sign_in(by_secret.authorize(redirect_uri=f"{CALLBACK}?authType=ias"), "alice")
    assert answer.headers["Location"].startswith(f"{CALLBACK}?authType=ias&code=")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example.com/login/callback"},
        {"redirect_uri": f"https://evil.example.com?{CALLBACK}"},
        {"redirect_uri": f"{CALLBACK}?a\r\nX-Evil: 1"},
        {"redirect_uri": f"{CALLBACK}?a#b"},
        {"redirect_uri": f"{CALLBACK}\r\n"},
        {"redirect_uri": None},
    ],
)
def test_an_address_that_cannot_be_trusted_is_never_gone_to(
    by_secret: Client, changes: dict[str, str | None]
) -> None:
    page = by_secret.authorize(**changes)
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert "This did not work" in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"request_uri": "https://example.com"}, "request_uri_not_supported"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_what_an_authorize_request_may_not_want_is_told_to_the_client(
    by_secret: Client, changes: dict[str, str | None], error: str
) -> None:
    told = landing(by_secret.authorize(**changes))
    assert (told["error"], told["state"]) == (error, "a state")


def test_signing_out_ends_the_session_and_goes_where_the_client_may(by_secret: Client) -> None:
    by_secret.code("alice")
    goal = "http://localhost:5000/public/signed-out.html"
    answer = by_secret.get(
        "/oauth2/logout", post_logout_redirect_uri=goal, client_id=by_secret.binding["clientid"]
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, goal)
    assert by_secret.authorize().status_code == 200


@pytest.mark.parametrize("goal", ["https://evil.example.com/", "javascript:alert(1)", ""])
def test_signing_out_goes_nowhere_else(by_secret: Client, goal: str) -> None:
    answer = by_secret.get(
        "/oauth2/logout", post_logout_redirect_uri=goal, client_id=by_secret.binding["clientid"]
    )
    assert answer.status_code == 200
    assert "Signed out" in answer.text


def test_the_discovery_document_names_what_there_is(ias: LocalIas, authority_file: Path) -> None:
    address = f"{ias.tenant.url}/.well-known/openid-configuration"
    document = requests.get(address, verify=str(authority_file), timeout=30).json()
    assert document["issuer"] == ias.tenant.url
    headers = {"x-client_id": ias.tenant.clientid}
    keys = requests.get(document["jwks_uri"], headers=headers, verify=str(authority_file), timeout=30)
    assert [key["kid"] for key in keys.json()["keys"]] == [ias.tenant.key.kid]
    assert requests.get(document["end_session_endpoint"], timeout=30).ok
    assert requests.get(document["authorization_endpoint"], timeout=30).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-client_id": "another"}, {"x-app_tid": "another"}, {"x-azp": "another"}],
)
def test_keys_are_for_clients_of_the_tenant(
    ias: LocalIas, authority_file: Path, headers: dict[str, str]
) -> None:
    known = {"x-client_id": ias.tenant.clientid} if headers and "x-client_id" not in headers else {}
    address = f"{ias.tenant.url}/oauth2/certs"
    answer = requests.get(address, headers={**known, **headers}, verify=str(authority_file), timeout=30)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/oauth2/userinfo", "a userinfo endpoint"),
        ("/oauth2/introspect", "token introspection"),
        ("/oauth2/revoke", "token revocation"),
        ("/saml2/idp/sso", "SAML"),
        ("/scim/Users", "SCIM"),
        ("/service/scim/Users", "administration by SCIM"),
        ("/sap/rest/tenantLoginInfo/", "tenantLoginInfo"),
    ],
)
def test_what_a_real_tenant_has_and_this_one_has_not_is_refused_by_name(
    ias: LocalIas, authority_file: Path, path: str, what: str
) -> None:
    answer = requests.get(f"{ias.tenant.url}{path}", verify=str(authority_file), timeout=30)
    assert answer.status_code == 501
    assert answer.json()["error_description"] == f"The local IAS has no {what}."


def test_what_is_nowhere_is_404_and_other_methods_are_405(ias: LocalIas, authority_file: Path) -> None:
    for path, status in (("/nothing", 404), ("/oauth2/token", 405), ("/login.do", 405)):
        answer = requests.get(f"{ias.tenant.url}{path}", verify=str(authority_file), timeout=30)
        assert answer.status_code == status
        assert "Traceback" not in answer.text


def test_no_other_name_reads_its_pages(ias: LocalIas) -> None:
    """DNS rebinding."""
    answer = requests.get(ias.tenant.pages_url, headers={"Host": "evil.example.com"}, timeout=30)
    assert answer.status_code == 400


ODD = ["", "\0", "\r\n", "ä", "%ff", "a" * 9000, "{}", "[]", "'\"<>", "../..", "\\"]


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_sent_is_answered_without_a_fault(by_secret: Client, odd: str) -> None:
    answers = [
        by_secret.authorize(**{name: odd})
        for name in ("client_id", "redirect_uri", "scope", "state", "prompt")
    ]
    answers.append(by_secret.sign_in(by_secret.authorize(), odd, odd or "x"))
    answers.append(by_secret.get("/oauth2/logout", post_logout_redirect_uri=odd, client_id=odd))
    for grant in (odd, "authorization_code", "refresh_token", "password", JWT_BEARER):
        names = ("code", "code_verifier", "refresh_token", "username", "password", "assertion")
        answers.append(by_secret.token(grant, **dict.fromkeys(names, odd)))
    for answer in answers:
        assert answer.status_code < 500, answer.text
        assert "Traceback" not in answer.text
        assert "X-Evil" not in answer.headers
