"""The authorize endpoint and the sign-in page, over HTTP as a browser does it."""

from __future__ import annotations

import re

import pytest
import requests

from localcloud.xsuaa import LocalXsuaa

from .walk import CALLBACK, Walk, claims, hidden_fields, landing


def test_the_approuters_whole_walk_ends_with_a_token(walk: Walk) -> None:
    page = walk.authorize()
    assert page.status_code == 200
    answer = landing(walk.sign_in(page, "alice"))
    assert answer["state"] == "a state"
    token = walk.exchange(answer["code"])
    assert token.status_code == 200
    assert claims(token.json()["access_token"])["user_name"] == "alice"


def test_the_page_says_what_it_is_and_who_can_sign_in(walk: Walk) -> None:
    page = walk.authorize().text
    assert "for this laptop only" in page
    assert "Readers" in page
    for name in ("alice", "bob", "carol"):
        assert name in page


def test_one_click_on_a_person_fills_in_the_form(walk: Walk) -> None:
    link = re.search(r'href="(/oauth/authorize\?[^"]*login_hint=bob)"', walk.authorize().text)
    assert link
    page = walk.get(link[1].replace("&amp;", "&"))
    assert re.findall(r'id="(\w+)"[^>]*value="bob"', page.text) == ["username", "password"]
    assert landing(walk.sign_in(page, "bob"))["state"] == "a state"


@pytest.mark.parametrize("hint", ["mallory", '{"origin":"sap.default"}'])
def test_an_unknown_hint_fills_in_nothing(walk: Walk, hint: str) -> None:
    page = walk.authorize(login_hint=hint)
    assert page.status_code == 200
    assert 'value="' + hint not in page.text


@pytest.mark.parametrize(("name", "password"), [("alice", "bob"), ("mallory", "mallory"), ("alice", "")])
def test_a_wrong_password_is_401_and_the_same_page_again(walk: Walk, name: str, password: str) -> None:
    page = walk.sign_in(walk.authorize(), name, password)
    assert page.status_code == 401
    assert "not right" in page.text
    assert 'role="alert"' in page.text
    assert landing(walk.sign_in(page, "alice"))["state"] == "a state"


def test_a_form_from_elsewhere_is_refused(walk: Walk) -> None:
    fields = {**hidden_fields(walk.authorize()), "username": "alice", "password": "alice"}
    for browser in (requests.Session(), walk.browser):
        forged = {**fields, "form_token": "guessed"}
        answer = browser.post(walk.xsuaa.url + "/login.do", data=forged, allow_redirects=False, timeout=10)
        assert answer.status_code == 403
    elsewhere = requests.post(walk.xsuaa.url + "/login.do", data=fields, allow_redirects=False, timeout=10)
    assert elsewhere.status_code == 403


def test_who_is_signed_in_is_not_asked_again_until_logout(walk: Walk) -> None:
    walk.sign_in(walk.authorize(), "alice")
    assert "code" in landing(walk.authorize())
    walk.get("/logout.do")
    assert walk.authorize().status_code == 200


def test_the_session_cookie_is_out_of_reach(walk: Walk) -> None:
    answer = walk.browser.post(
        walk.xsuaa.url + "/login.do",
        data={**hidden_fields(walk.authorize()), "username": "alice", "password": "alice"},
        allow_redirects=False,
        timeout=10,
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("local_xsuaa_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_a_session_gets_a_new_name_at_every_sign_in(walk: Walk) -> None:
    walk.browser.cookies.set("local_xsuaa_session", "planted", domain="127.0.0.1", path="/")
    walk.sign_in(walk.authorize(), "alice")
    first = {cookie.value for cookie in walk.browser.cookies if cookie.name == "local_xsuaa_session"}
    assert "planted" not in first


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "sb-other!t1"},
        {"redirect_uri": None},
        {"redirect_uri": "http://evil.example/login/callback"},
        {"redirect_uri": "http://localhost:5000@evil.example/"},
        {"response_type": "token", "redirect_uri": "http://evil.example/"},
        {"response_type": None, "redirect_uri": None},
    ],
    ids=str,
)
def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    walk: Walk, changes: dict[str, str | None]
) -> None:
    answer = walk.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "This did not work" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": 'to"ken\n'}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "openid myapp!t1.Nonsense"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
    ],
    ids=str,
)
def test_other_errors_are_told_to_the_client_with_its_state(
    walk: Walk, changes: dict[str, str | None], error: str
) -> None:
    answer = landing(walk.authorize(**changes))
    assert answer["error"] == error
    assert answer["state"] == "a state"
    assert "code" not in answer


def test_an_address_that_is_not_the_clients_is_named_with_the_place_to_list_it(walk: Walk) -> None:
    page = walk.authorize(redirect_uri="http://elsewhere.example/cb").text
    assert "http://elsewhere.example/cb" in page
    assert "redirect-uris" in page


def test_of_an_unknown_client_the_address_is_not_the_fault(walk: Walk) -> None:
    page = walk.authorize(client_id="sb-other!t1").text
    assert "The client does not exist" in page
    assert "redirect-uris" not in page


def test_a_scope_that_the_person_does_not_have_at_all_is_told_to_the_client(walk: Walk) -> None:
    answer = landing(walk.sign_in(walk.authorize(scope="myapp!t1.Delete"), "carol"))
    assert answer["error"] == "invalid_scope"


def test_a_repeated_parameter_is_refused(walk: Walk) -> None:
    wish = [*walk.wish().items(), ("state", "another")]
    answer = requests.get(walk.xsuaa.url + "/oauth/authorize", params=wish, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/", "/oauth/authorize", "/logout.do", "/nowhere", "/static/horizon.css"])
def test_every_answer_is_hardened(xsuaa: LocalXsuaa, path: str) -> None:
    headers = requests.get(xsuaa.url + path, timeout=10).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"


def test_the_sign_in_form_may_lead_to_the_client_and_nowhere_else(walk: Walk) -> None:
    policy = walk.authorize().headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' http://localhost:5000")
    assert walk.get("/").headers["Content-Security-Policy"].endswith("form-action 'self'")


def test_what_is_asked_for_is_shown_as_text(walk: Walk) -> None:
    page = walk.authorize(redirect_uri="http://x/<script>alert(1)</script>")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_another_name_for_this_laptop_is_not_served(xsuaa: LocalXsuaa) -> None:
    answer = requests.get(xsuaa.url + "/token_keys", headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 400


def test_logout_goes_on_to_an_address_of_the_client(walk: Walk) -> None:
    answer = walk.get("/logout.do", redirect="http://localhost:5000/out.html", client_id=walk.client[0])
    assert answer.status_code == 303
    assert answer.headers["Location"] == "http://localhost:5000/out.html"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"redirect": CALLBACK},
        {"redirect": CALLBACK, "client_id": "sb-other!t1"},
        {"redirect": "http://evil.example/", "client_id": "sb-myapp!t1"},
        {"redirect": "//evil.example/", "client_id": "sb-myapp!t1"},
    ],
    ids=str,
)
def test_logout_goes_nowhere_else_but_ends_the_session(walk: Walk, parameters: dict[str, str]) -> None:
    walk.sign_in(walk.authorize(), "alice")
    answer = walk.get("/logout.do", **parameters)
    assert answer.status_code == 200
    assert "Signed out" in answer.text
    assert walk.authorize().status_code == 200


def test_a_stolen_cookie_is_worth_nothing_after_logout(walk: Walk) -> None:
    walk.sign_in(walk.authorize(), "alice")
    stolen = walk.browser.cookies.copy()
    walk.get("/logout.do")
    walk.browser.cookies = stolen
    assert walk.authorize().status_code == 200


def test_the_first_page_says_who_is_signed_in(walk: Walk) -> None:
    assert "Nobody is signed in" in walk.get("/").text
    walk.sign_in(walk.authorize(), "carol")
    assert "carol</strong> is signed in" in walk.get("/").text


def test_discovery_names_what_there_is(walk: Walk) -> None:
    document = walk.get("/.well-known/openid-configuration").json()
    assert document["issuer"] == claims(walk.xsuaa.token())["iss"]
    assert document["authorization_endpoint"] == walk.xsuaa.url + "/oauth/authorize"
    assert document["token_endpoint"] == walk.xsuaa.url + "/oauth/token"
    assert document["jwks_uri"] == header_jku(walk)
    assert "authorization_code" in document["grant_types_supported"]
    for endpoint in ("authorization_endpoint", "end_session_endpoint"):
        assert requests.get(document[endpoint], timeout=10).status_code != 404


def header_jku(walk: Walk) -> str:
    return f"https://{walk.xsuaa.uaadomain}/token_keys"
