"""Whatever is sent, the answer is an answer: no 5xx, no stack trace, no way out of the allow-list."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.xsuaa import LocalXsuaa

from .walk import CALLBACK, Walk

ANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(max_size=60)
NAMES = st.sampled_from(
    [
        "grant_type",
        "client_id",
        "client_secret",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "username",
        "password",
        "assertion",
        "scope",
        "state",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "login_hint",
        "prompt",
        "continue",
        "form_token",
        "redirect",
    ]
)
VALUES = st.one_of(
    TEXT,
    st.sampled_from(
        [
            "code",
            "token",
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "sb-myapp!t1",
            CALLBACK,
            "http://evil.example/",
            "openid",
            "alice",
            "S256",
            "plain",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOlsxXX0.e30.AA",
            "\x00",
            "\ud7ff\uffff",
        ]
    ),
)
SCHEMES = st.sampled_from(["Basic", "basic", "Bearer", "Digest", "Nonsense"])
PARAMETERS = st.lists(st.tuples(NAMES | TEXT, VALUES), max_size=8)


@pytest.fixture(scope="module")
def walker(shared: LocalXsuaa) -> Walk:
    shared.heal()
    return Walk(shared)


def assert_calm(answer: requests.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    location = answer.headers.get("Location", "")
    assert not location or urlsplit(location).netloc in ("", "localhost:5000")


@ANY
@given(PARAMETERS, st.booleans())
def test_the_token_endpoint_is_calm(walker: Walk, parameters: list[tuple[str, str]], known: bool) -> None:
    answer = requests.post(
        walker.xsuaa.url + "/oauth/token",
        data=[*parameters],
        auth=walker.client if known else None,
        timeout=10,
    )
    assert_calm(answer)
    assert answer.headers["Content-Type"] == "application/json"
    assert ("error" in answer.json()) == (answer.status_code != 200)


@ANY
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_a_known_client_meets_calm_at_every_grant(walker: Walk, form: dict[str, str]) -> None:
    for grant_type in ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        body = {**form, "grant_type": grant_type, "client_id": walker.client[0]}
        body.pop("client_secret", None)
        answer = walker.token(body, auth=walker.client)
        assert_calm(answer)
        assert answer.json()["error"] in ("invalid_grant", "invalid_request", "invalid_scope")


@ANY
@given(PARAMETERS)
def test_the_authorize_endpoint_is_calm(walker: Walk, parameters: list[tuple[str, str]]) -> None:
    answer = requests.get(
        walker.xsuaa.url + "/oauth/authorize", params=parameters, allow_redirects=False, timeout=10
    )
    assert_calm(answer)


@ANY
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_a_wish_that_is_nearly_right_meets_calm(walker: Walk, changes: dict[str, str]) -> None:
    fresh = Walk(walker.xsuaa)
    wish = {"response_type": "code", "client_id": walker.client[0], "redirect_uri": CALLBACK, **changes}
    page = fresh.get("/oauth/authorize", **wish)
    assert_calm(page)
    if page.status_code == 200:
        assert_calm(fresh.sign_in(page, "alice"))


@ANY
@given(PARAMETERS, st.sampled_from(["/login.do", "/logout.do"]))
def test_signing_in_and_out_is_calm(walker: Walk, parameters: list[tuple[str, str]], path: str) -> None:
    url = walker.xsuaa.url + path
    cookies = {"local_xsuaa_form": "known"}
    form = [*parameters, ("form_token", "known"), ("username", "alice"), ("password", "alice")]
    assert_calm(requests.post(url, data=form, cookies=cookies, allow_redirects=False, timeout=10))
    assert_calm(requests.get(url, params=parameters, allow_redirects=False, timeout=10))


@ANY
@given(st.binary(max_size=80), SCHEMES, st.binary(max_size=200))
def test_any_header_and_body_is_met_with_calm(walker: Walk, secret: bytes, scheme: str, body: bytes) -> None:
    headers = {
        "Authorization": f"{scheme} {base64.b64encode(secret).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "local_xsuaa_session=" + base64.b64encode(secret).decode(),
    }
    for path in ("/oauth/token", "/login.do"):
        url = walker.xsuaa.url + path
        data = b"grant_type=client_credentials&" + body
        assert_calm(requests.post(url, data=data, headers=headers, allow_redirects=False, timeout=10))
    assert_calm(requests.get(walker.xsuaa.url + "/", headers=headers, timeout=10))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "NONSENSE"])
@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/authorize", "/token_keys", "/static/%2e%2e/app.py", "/%00"]
)
def test_any_method_and_path_is_met_with_calm(walker: Walk, method: str, path: str) -> None:
    assert_calm(requests.request(method, walker.xsuaa.url + path, allow_redirects=False, timeout=10))
