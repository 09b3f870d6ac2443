"""No single request ends the approuter, and one that cannot be right is told what is wrong with it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.programs import Program
from tests.web.wire import BROWSER, Answer, exchange, request, told_by_node

CALLBACK = "/login/callback"
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
PASSPORT = "2A54482A" + "00" * 222 + "2A54482A"


def unsigned(payload: str) -> str:
    """A JWT that nobody has signed."""
    parts = [
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ('{"alg":"none"}', payload)
    ]
    return ".".join([*parts, "AAAA"])


WRONG = {
    "a state twice": request(f"{CALLBACK}?code=a&state=c&state=d", BROWSER),
    "a code twice": request(f"{CALLBACK}?code=a&code=b&state=c", BROWSER),
    "a state of two lines": request(f"{CALLBACK}?code=a&state=%0a", BROWSER),
    "a state beyond ASCII": request(f"{CALLBACK}?code=a&state=%E2%82%AC", BROWSER),
    "a state that is no UTF-8": request(f"{CALLBACK}?code=a&state=%ff", BROWSER),
    "an error of two lines": request(f"{CALLBACK}?error=a&error_description=a%0ab", BROWSER),
    "a sign-in of a service that is not bound": request(f"{CALLBACK}?code=a&authType=ias", BROWSER),
    "a sign-in of two kinds": request(f"{CALLBACK}?code=a&authType=xsuaa&authType=ias", BROWSER),
    "the callback behind a backslash": request("/login\\callback?code=a&state=c&state=d", BROWSER),
    "the callback in another path": request("/myapp/login/callback"),
    "the callback with a password": request("/x/login/callback?authType=basic", "Authorization: Basic YTpi"),
    "a passport that is no hex": request(CALLBACK, "sap-passport: a"),
    "a passport that is too short": request(CALLBACK, "sap-passport: aa"),
    "a passport of an odd length": request("/index.html", f"sap-passport: {PASSPORT}0"),
    "a protocol of no web": request(f"{CALLBACK}?code=a", "X-Forwarded-Proto: javascript"),
    "a list of protocols": request(f"{CALLBACK}?code=a", "X-Forwarded-Proto: https, http"),
    "a protocol twice": request(f"{CALLBACK}?code=a", "X-Forwarded-Proto: https", "X-Forwarded-Proto: https"),
    "a protocol in capitals": request(f"{CALLBACK}?code=a", "X-Forwarded-Proto: HTTPS"),
    "an empty host": request(f"{CALLBACK}?code=a", host=""),
    "an empty host elsewhere": request("/index.html", host=""),
    "no host": request(f"{CALLBACK}?code=a", host=None, version="HTTP/1.0"),
    "two hosts": request("/health", "Host: other"),
    "a host with blanks": request(f"{CALLBACK}?code=a", host="a b"),
    "a host with a script": request("/index.html", BROWSER, host='a";alert(1);"'),
    "a host with two ports": request("/index.html", host="a:1:2"),
    "a forwarded host that is none": request("/index.html", "X-Forwarded-Host: a, b"),
    "a path of another host": request(f"{CALLBACK}?code=a", BROWSER, "X-Forwarded-Path: //[::1"),
    "a path with a scheme": request("/", BROWSER, "X-Forwarded-Path: http://x:99999999/"),
    "a token of null": request("/index.html", f"x-approuter-authorization: Bearer {unsigned('null')}"),
    "a token of nobody": request("/index.html", f"x-approuter-authorization: Bearer {unsigned('{}')}"),
    "a password": request("/index.html", "x-approuter-authorization: Basic YTpi"),
    "a token to be exchanged": request("/index.html", "x-approuter-access-token: a"),
    "a code of a portal": request("/index.html?approuterAuthCode=a", BROWSER),
    "an identity provider of two lines": request("/?sap_idp=a%0ab"),
    "two identity providers": request("/?sap_idp=a&sap_idp=b"),
    "an asterisk": request("*", method="OPTIONS"),
    "an absolute target": request("http://[::1/health"),
    "a target of another scheme": request("javascript://x/%0aalert(1)"),
    "a cookie without a name": request("/myapp/", "Cookie: a=b; =c"),
    "an address in the path": request("/public/http://x:99999999/"),
    "an address without slashes in the path": request("/public/http:x:99999999/"),
    "an address without a scheme in the path": request("/public///x:99999999/"),
    "a colon and a bracket": request("/:[]a"),
    "a fragment": request("/health#/login/callback"),
    "an upgrade without a host": request("/", *UPGRADE, host=""),
    "an upgrade of an absolute target": request("http://a:99999999/", *UPGRADE),
}
RIGHT = {
    "the health": ("/health", {}),
    "the callback": (f"{CALLBACK}?code=a-b_c.d~e&state=f", {}),
    "the callback and an error": (f"{CALLBACK}?error=access_denied&error_description=No,+%22not%22+you.", {}),
    "the callback of one service": (f"{CALLBACK}?code=a&authType=xsuaa", {}),
    "any query elsewhere": ("/myapp/?a=1&a=2&b=%0a&c=%E2%82%AC&d=%&e=\\|{}&$filter=a%20eq%20'b'", {}),
    "an identity provider": ("/?sap_idp=sap.custom", {}),
    "a host with a port": ("/", {"host": "web-me.cfapps.eu20.hana.ondemand.com:443"}),
    "an IPv6 host": ("/", {"host": "[::1]:5050"}),
    "a forwarded host and protocol": ("/", {"x-forwarded-host": "my.host", "x-forwarded-proto": "https"}),
    "empty headers": ("/", {"x-forwarded-proto": "", "x-forwarded-host": "", "sap-passport": ""}),
    "cookies": ("/", {"cookie": "a=b; c==; d; e=; ;"}),
    "a forwarded path": ("/", {"x-forwarded-path": "/one/two%20three/a:b?c=d&e"}),
    "a passport": ("/", {"sap-passport": PASSPORT}),
    "an address for the service": ("/myapp/a:b//c'http://d'", {}),
}


def refusals(requests: list[tuple[str, dict[str, str]]], **environment: str) -> Any:
    """What `bad_requests.js` says to GETs of a target with headers."""
    given = []
    for target, more in requests:
        headers = {"host": "localhost", **more}
        raw = [part for item in headers.items() for part in item]
        given.append({"method": "GET", "url": target, "headers": headers, "rawHeaders": raw})
    script = (
        "const { refusalOf } = require('./bad_requests.js');"
        "console.log(JSON.stringify(input.map((each) => refusalOf(each) ?? null)))"
    )
    return told_by_node(script, given, **environment)


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG.keys())
def test_a_request_that_cannot_be_right_is_400_and_the_approuter_lives(router: Program, sent: bytes) -> None:
    answer = exchange(router.port, sent)
    assert answer.status == 400
    assert exchange(router.port, request("/health")).status == 200


def is_ours(answer: Answer) -> bool:
    return answer.headers["content-type"] == "text/plain; charset=utf-8" and answer.body.endswith(".\n")


@pytest.mark.parametrize("name", ["a state twice", "two hosts", "an upgrade without a host"])
def test_a_refusal_says_why_and_has_the_headers_of_every_answer(router: Program, name: str) -> None:
    answer = exchange(router.port, WRONG[name])
    assert is_ours(answer)
    assert "python -m tokonoma.doctor" in answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "no-store"


def test_what_may_be_right_is_the_approuters_to_judge() -> None:
    assert dict(zip(RIGHT, refusals(list(RIGHT.values())), strict=True)) == dict.fromkeys(RIGHT)


def test_a_sign_in_with_ias_is_taken_where_ias_is_bound() -> None:
    target = f"{CALLBACK}?code=a&authType=ias"
    bound = {"identity": [{"label": "identity", "name": "pyias", "tags": [], "credentials": {}}]}
    assert refusals([(target, {})], VCAP_SERVICES=json.dumps(bound)) == [None]
    [refusal] = refusals([(target, {})])
    assert refusal["status"] == 400


def test_a_protocol_that_the_operator_accepts_is_accepted() -> None:
    asked = [("/", {"x-forwarded-proto": "wss"})]
    assert refusals(asked, ACCEPTED_FORWARD_PROTOCOLS="wss") == [None]
    assert refusals(asked) != [None]


@pytest.mark.parametrize("cookie", ["a=\xe9", 'a="b c"', "a=b c", "a", "a==b", ";;", "ARBE=\xff"])
def test_a_cookie_of_another_app_does_no_harm(own_xsuaa: LocalXsuaa, router: Program, cookie: str) -> None:
    with Person(router.port) as person:
        person.sign_in("alice")
        session = person.get("/index.html").request.headers["Cookie"]
    answer = exchange(router.port, request("/myapp/", f"Cookie: {cookie}; {session}"))
    assert answer.status == 502  # no service stands behind it


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_signing_out_by_another_method_than_post_is_405(router: Program, method: str) -> None:
    answer = exchange(router.port, request("/do/logout?x=y", BROWSER, method=method))
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_method_that_signs_nobody_out_leaves_people_signed_in(
    own_xsuaa: LocalXsuaa, router: Program
) -> None:
    with Person(router.port) as person:
        person.sign_in("alice")
        assert person.get("/do/logout").status_code == 405
        assert person.get("/user-api/currentUser").json()["name"] == "alice"


def test_signing_out_still_works(own_xsuaa: LocalXsuaa, router: Program) -> None:
    with Person(router.port) as person:
        person.sign_in("alice")
        assert person.post("/do/logout", **{"x-csrf-token": person.csrf_token()}).status_code == 200
        assert "/oauth/authorize" in person.get("/user-api/currentUser").text
