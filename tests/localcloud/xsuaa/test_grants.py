"""The token endpoint, grant by grant: what is given and what is refused."""

from __future__ import annotations

import base64
import threading
from typing import Any

import pytest
import requests

from localcloud.xsuaa import LocalXsuaa

from .walk import CALLBACK, Walk, assert_refused, claims, header

EVERY_SCOPE = ["openid", "myapp!t1.Display", "myapp!t1.Edit", "myapp!t1.Delete"]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def password(walk: Walk, name: str = "alice", **more: Any) -> requests.Response:
    return walk.token({"grant_type": "password", "username": name, "password": name, **more})


def test_the_answer_has_what_the_approuter_reads(walk: Walk) -> None:
    answer = walk.exchange(walk.code())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "jti",
        "id_token",
    }
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["jti"] == claims(body["access_token"])["jti"]
    assert sorted(body["scope"].split(" ")) == sorted(EVERY_SCOPE)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("alice", EVERY_SCOPE), ("bob", ["openid", "myapp!t1.Display"]), ("carol", ["openid"])],
)
def test_each_person_gets_the_scopes_of_their_roles(walk: Walk, name: str, scopes: list[str]) -> None:
    token = walk.exchange(walk.code(name)).json()["access_token"]
    assert sorted(claims(token)["scope"]) == sorted(scopes)


def test_a_token_has_the_claims_of_xsuaas(walk: Walk) -> None:
    token = walk.exchange(walk.code()).json()["access_token"]
    binding, said = walk.binding, claims(token)
    assert header(token)["alg"] == "RS256"
    assert header(token)["jku"] == f"https://{binding['uaadomain']}/token_keys"
    assert said["iss"] == f"{binding['url']}/oauth/token"
    assert said["aud"] == ["sb-myapp!t1", "myapp!t1", "openid"]
    assert said["cid"] == said["azp"] == said["client_id"] == "sb-myapp!t1"
    assert said["zid"] == binding["identityzoneid"]
    assert said["exp"] - said["iat"] == 3600
    assert said["grant_type"] == "authorization_code"
    assert said["ext_attr"] == {
        "enhancer": "XSUAA",
        "subaccountid": binding["subaccountid"],
        "zdn": binding["identityzone"],
    }
    assert said["xs.system.attributes"] == {"xs.rolecollections": ["Visitors", "Owners", "Readers"]}
    assert said["xs.user.attributes"] == {}
    assert said["sub"] == said["user_id"] == said["user_uuid"]
    assert said.keys() >= {"jti", "origin", "email", "given_name", "family_name", "rev_sig", "auth_time"}


def test_an_id_token_speaks_of_the_person_and_repeats_the_nonce(walk: Walk) -> None:
    said = claims(walk.exchange(walk.code(nonce="once")).json()["id_token"])
    assert (said["user_name"], said["nonce"], said["aud"]) == ("alice", "once", ["sb-myapp!t1"])


def test_without_openid_there_is_no_id_token(walk: Walk) -> None:
    body = walk.exchange(walk.code(scope="myapp!t1.Edit")).json()
    assert body["scope"] == "myapp!t1.Edit"
    assert "id_token" not in body
    assert claims(body["access_token"])["aud"] == ["sb-myapp!t1", "myapp!t1"]


def test_of_the_scopes_asked_for_those_are_given_that_the_person_has(walk: Walk) -> None:
    body = walk.exchange(walk.code("bob", scope="openid myapp!t1.Delete")).json()
    assert body["scope"] == "openid"


def test_without_a_challenge_no_verifier_is_needed(walk: Walk) -> None:
    code = walk.code(code_challenge=None, code_challenge_method=None)
    assert walk.exchange(code, code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "guessed"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
    ],
    ids=str,
)
def test_a_code_is_given_for_exactly_what_it_was_made_for(
    walk: Walk, changes: dict[str, str | None], error: str
) -> None:
    assert_refused(walk.exchange(walk.code(), **changes), error)


def test_a_code_is_good_once(walk: Walk) -> None:
    code = walk.code()
    assert walk.exchange(code).status_code == 200
    assert_refused(walk.exchange(code), "invalid_grant")


def test_a_failed_attempt_spends_the_code(walk: Walk) -> None:
    code = walk.code()
    assert_refused(walk.exchange(code, code_verifier="v" * 43), "invalid_grant")
    assert_refused(walk.exchange(code), "invalid_grant")


def test_of_many_who_bring_the_same_code_at_once_one_is_served(walk: Walk) -> None:
    code, answers = walk.code(), []
    runners = [
        threading.Thread(target=lambda: answers.append(walk.exchange(code).status_code)) for _ in range(8)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(answers) == [200] + [400] * 7


def test_a_verifier_without_a_challenge_is_refused(walk: Walk) -> None:
    code = walk.code(code_challenge=None, code_challenge_method=None)
    assert_refused(walk.exchange(code), "invalid_request")


def test_refreshing_keeps_person_scopes_and_refresh_token(walk: Walk) -> None:
    first = walk.exchange(walk.code("bob")).json()
    for _ in range(2):
        again = walk.refresh(first["refresh_token"])
        assert again.status_code == 200
        assert again.json()["refresh_token"] == first["refresh_token"]
        assert again.json()["scope"] == first["scope"]
        assert again.json()["jti"] != first["jti"]
        said = claims(again.json()["access_token"])
        assert (said["user_name"], said["grant_type"]) == ("bob", "authorization_code")


def test_a_refresh_can_ask_for_less_and_not_for_more(walk: Walk) -> None:
    narrow = walk.exchange(walk.code(scope="openid myapp!t1.Edit")).json()["refresh_token"]
    assert walk.refresh(narrow, scope="openid").json()["scope"] == "openid"
    assert_refused(walk.refresh(narrow, scope="myapp!t1.Delete"), "invalid_scope")


def test_a_refresh_token_that_is_not_one_is_refused(walk: Walk) -> None:
    first = walk.exchange(walk.code()).json()
    assert_refused(walk.refresh("guessed"), "invalid_grant")
    assert_refused(walk.refresh(first["access_token"]), "invalid_grant")
    assert_refused(walk.token({"grant_type": "refresh_token"}), "invalid_request")


def test_the_lifetime_of_tokens_can_be_set(walk: Walk) -> None:
    walk.xsuaa.token_lifetime = 439
    body = password(walk).json()
    assert body["expires_in"] == 439
    said = claims(body["access_token"])
    assert said["exp"] - said["iat"] == 439


def test_the_application_gets_its_authorities_and_is_nobody(walk: Walk) -> None:
    body = walk.token({"grant_type": "client_credentials"}).json()
    assert body["scope"] == "uaa.resource myapp!t1.Display"
    assert not body.keys() & {"refresh_token", "id_token"}
    said = claims(body["access_token"])
    assert (said["grant_type"], said["sub"]) == ("client_credentials", "sb-myapp!t1")
    assert not said.keys() & {"user_name", "email", "user_id", "user_uuid", "origin"}


def test_the_application_can_ask_for_less_and_not_for_more(walk: Walk) -> None:
    form = {"grant_type": "client_credentials"}
    assert walk.token({**form, "scope": "myapp!t1.Display"}).json()["scope"] == "myapp!t1.Display"
    assert_refused(walk.token({**form, "scope": "myapp!t1.Delete"}), "invalid_scope")
    assert_refused(walk.token({**form, "scope": "nonsense"}), "invalid_scope")


def test_a_password_is_good_for_a_token(walk: Walk) -> None:
    body = password(walk, "bob").json()
    said = claims(body["access_token"])
    assert (said["user_name"], said["grant_type"]) == ("bob", "password")
    assert "refresh_token" in body


def test_a_wrong_password_and_a_wrong_name_look_the_same(walk: Walk) -> None:
    wrong = [
        walk.token({"grant_type": "password", "username": name, "password": "bob"})
        for name in ("alice", "mallory")
    ]
    for answer in wrong:
        assert_refused(answer, "invalid_grant")
    assert wrong[0].json() == wrong[1].json()


@pytest.mark.parametrize("missing", ["username", "password"])
def test_a_password_grant_needs_both(walk: Walk, missing: str) -> None:
    form = {"grant_type": "password", "username": "alice", "password": "alice"}
    assert_refused(walk.token({k: v for k, v in form.items() if k != missing}), "invalid_request")


def exchange_user_token(walk: Walk, assertion: str, **more: str) -> requests.Response:
    """The token exchange as sap-xssec asks for it."""
    form = {"grant_type": JWT_BEARER, "assertion": assertion, "client_id": walk.client[0], **more}
    return walk.token({"response_type": "token", **form})


def test_a_persons_token_is_exchanged_for_another_of_theirs(walk: Walk) -> None:
    body = exchange_user_token(walk, walk.xsuaa.token("bob")).json()
    said = claims(body["access_token"])
    assert (said["user_name"], said["grant_type"]) == ("bob", JWT_BEARER)
    assert said["scope"] == ["openid", "myapp!t1.Display"]


def test_the_exchange_narrows_to_the_scopes_asked_for(walk: Walk) -> None:
    assert exchange_user_token(walk, walk.xsuaa.token(), scope="openid").json()["scope"] == "openid"


def test_only_a_good_token_of_a_person_is_exchanged(walk: Walk, descriptor: Any) -> None:
    xsuaa, stranger = walk.xsuaa, LocalXsuaa(descriptor)
    bad = {
        "expired": xsuaa.token(lifetime=-1),
        "the application's own": xsuaa.token(None),
        "another client's": xsuaa.token(aud=["sb-other!t1"]),
        "another zone's": xsuaa.token(zid="elsewhere"),
        "another issuer's": xsuaa.token(iss="https://evil.example/oauth/token"),
        "without expiry": xsuaa.token(exp=None),
        "unsigned": xsuaa.mint(header={"alg": "none"}),
        "a stranger's": stranger.mint(),
        "without sign-in time": xsuaa.token(auth_time=None),
        "a list": xsuaa.mint(payload=b"[]"),
        "no JSON": xsuaa.mint(payload=b"{"),
        "odd audience": xsuaa.token(aud=7),
        "no token": "a.b.c",
        "a word": "word",
        "deep": base64.b64encode(b"[" * 30_000).decode() + ".e30.AA",
    }
    for kind, assertion in bad.items():
        answer = exchange_user_token(walk, assertion)
        assert answer.status_code == 400, kind
        assert_refused(answer, "invalid_grant")
    assert_refused(walk.token({"grant_type": JWT_BEARER}), "invalid_request")


def test_the_client_can_authenticate_in_the_body_and_by_basic(walk: Walk) -> None:
    form = {"grant_type": "client_credentials"}
    assert walk.token(form).status_code == 200
    in_body = {**form, "client_id": walk.client[0], "client_secret": walk.client[1]}
    assert walk.token(in_body).status_code == 200


def test_basic_credentials_may_be_form_encoded_first(walk: Walk) -> None:
    encoded = (walk.client[0].replace("!", "%21"), walk.client[1])
    assert walk.token({"grant_type": "client_credentials"}, auth=encoded).status_code == 200


@pytest.mark.parametrize(
    "grant_type",
    ["authorization_code", "refresh_token", "client_credentials", "password", JWT_BEARER],
)
def test_every_grant_asks_who_the_client_is(walk: Walk, grant_type: str) -> None:
    url = walk.xsuaa.url + "/oauth/token"
    form = {
        "grant_type": grant_type,
        "code": "x",
        "refresh_token": "x",
        "username": "alice",
        "password": "alice",
        "assertion": walk.xsuaa.token(),
    }
    name, secret = walk.client
    attempts: list[tuple[dict[str, str], dict[str, str], tuple[str, str] | None]] = [
        ({}, {}, None),
        ({}, {}, (name, "wrong")),
        ({}, {}, ("sb-other!t1", secret)),
        ({"client_id": name}, {}, None),
        ({"client_id": name, "client_secret": "wrong"}, {}, None),
        ({"client_id": "sb-other!t1"}, {}, (name, secret)),
        ({}, {"Authorization": "Basic not-base64!"}, None),
        ({}, {"Authorization": "Basic /////w=="}, None),
        ({}, {"Authorization": "Bearer " + walk.xsuaa.token()}, None),
    ]
    for more, headers, auth in attempts:
        answer = requests.post(url, data={**form, **more}, headers=headers, auth=auth, timeout=10)
        assert_refused(answer, "invalid_client", 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_two_ways_of_authentication_at_once_are_refused(walk: Walk) -> None:
    form = {"grant_type": "client_credentials", "client_id": walk.client[0], "client_secret": walk.client[1]}
    assert_refused(walk.token(form, auth=walk.client), "invalid_request")


def test_what_is_no_token_request_is_refused(walk: Walk) -> None:
    url = walk.xsuaa.url + "/oauth/token"
    assert_refused(walk.token({"grant_type": "implicit"}), "unsupported_grant_type")
    assert_refused(walk.token({"grant_type": 'strange "é\n'}), "unsupported_grant_type")
    assert_refused(walk.token({}), "invalid_request")
    repeated = [("grant_type", "client_credentials"), ("scope", "openid"), ("scope", "openid")]
    assert_refused(requests.post(url, data=repeated, auth=walk.client, timeout=10), "invalid_request")
    in_query = requests.post(url, params={"grant_type": "client_credentials"}, auth=walk.client, timeout=10)
    assert_refused(in_query, "invalid_request")
    as_json = requests.post(url, json={"grant_type": "client_credentials"}, auth=walk.client, timeout=10)
    assert_refused(as_json, "invalid_request")
    by_get = requests.get(url, params={"grant_type": "client_credentials"}, auth=walk.client, timeout=10)
    assert_refused(by_get, "invalid_request", 405)
    assert "POST" in by_get.headers["Allow"]
    assert_refused(walk.token({"grant_type": "x" * 100_000}), "invalid_request", 413)
