"""Holes that others had: each advisory of this family, tried on this service with real tokens.

What is about the framing of requests (CVE-2024-1135, CVE-2024-6827 …) is in wsgi/test_request; what the
attack tables of test_attacks hold already is not repeated.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, RSAKey

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import (
    ATTACKER,
    INVALID,
    NOT_ALLOWED,
    OK,
    Mint,
    encoded,
    get,
    is_clean,
    public_key,
    published_kid,
    segments,
    signed_by_hmac,
    signed_text,
)


def key_as(xsuaa: LocalXsuaa, encoding: Encoding, form: PublicFormat) -> bytes:
    return load_pem_public_key(public_key(xsuaa).encode()).public_bytes(encoding, form)


def modulus(xsuaa: LocalXsuaa) -> bytes:
    return str(RSAKey.import_key(public_key(xsuaa)).as_dict()["n"]).encode()


def with_signature(token: str, signature: bytes) -> str:
    return ".".join([*segments(token)[:2], encoded(signature)])


def with_header_text(xsuaa: LocalXsuaa, text: str) -> str:
    """A header that no encoder would write, in front of a genuine payload and signature."""
    return ".".join([encoded(text.encode()), *segments(xsuaa.mint())[1:]])


def twice(xsuaa: LocalXsuaa, name: str, last: str) -> str:
    """Alice's genuine token in which a claim comes twice."""
    claims = base64.urlsafe_b64decode(segments(xsuaa.token("alice"))[1] + "==").decode()
    return xsuaa.mint(payload=f'{claims[:-1]},"{name}":{json.dumps(last)}}}'.encode())


def domain(xsuaa: LocalXsuaa) -> str:
    return str(xsuaa.binding()["uaadomain"])


def headed(key: RSAKey | None = None, **header: Any) -> Mint:
    return lambda x: x.mint(header=header, key=key)


def confused(alg: str) -> Mint:
    return lambda x: signed_by_hmac(x, public_key(x).encode(), alg, kid=published_kid(x))


def claiming(claim: str, text: str) -> Mint:
    return lambda x: signed_text(x, **{claim: text})


FOREIGN = {"cid": "sb-other!t1", "client_id": "sb-other!t1"}

# name -> how to make the token
TOKENS: dict[str, Mint] = {
    # sap-xssec and its sisters (Python, Node, Java, Go) once fetched keys from where the token said.
    "CVE-2023-50423: jku that begins like ours": (
        lambda x: x.mint(header={"jku": f"https://{domain(x)}.evil.invalid/token_keys"}, key=ATTACKER)
    ),
    "CVE-2023-50423: jku with us as its user": (
        lambda x: x.mint(header={"jku": f"https://{domain(x)}@evil.invalid/token_keys"}, key=ATTACKER)
    ),
    "CVE-2023-49583: jku with us in its query": (
        lambda x: x.mint(header={"jku": f"https://evil.invalid/?{domain(x)}/token_keys"}, key=ATTACKER)
    ),
    "CVE-2023-50422: jku with us in its fragment": (
        lambda x: x.mint(header={"jku": f"https://evil.invalid/#{domain(x)}"}, key=ATTACKER)
    ),
    "CVE-2023-50424: jku without a scheme": (
        lambda x: x.mint(header={"jku": "//evil.invalid/token_keys"}, key=ATTACKER)
    ),
    "CVE-2023-50424: jku a file": (lambda x: x.mint(header={"jku": "file:///etc/passwd"}, key=ATTACKER)),
    "CVE-2023-50423: an issuer of another identity service": (
        lambda x: x.mint(
            {"iss": "https://evil.accounts.ondemand.com", "ias_iss": x.url, "zid": None, "app_tid": "a"},
            key=ATTACKER,
        )
    ),
    "zone in another claim": (
        lambda x: x.mint({"zid": None, "app_tid": zone(x), "zone_uuid": zone(x), "tid": zone(x)})
    ),
    "zone in a list": (lambda x: x.mint({"zid": [zone(x)]})),
    "zone in capitals": (lambda x: x.mint({"zid": zone(x).upper()})),
    "zone with a blank": (lambda x: x.mint({"zid": f"{zone(x)} "})),
    # The shape of CVE-2022-29217 (PyJWT) and CVE-2016-10555: the public key, taken for a shared secret.
    **{f"CVE-2022-29217: {alg} with the public key": confused(alg) for alg in ("HS384", "HS512")},
    "CVE-2022-29217: the key as OpenSSH writes it": (
        lambda x: signed_by_hmac(x, key_as(x, Encoding.OpenSSH, PublicFormat.OpenSSH), kid=published_kid(x))
    ),
    "CVE-2017-11424: the key as PKCS 1": (
        lambda x: signed_by_hmac(x, key_as(x, Encoding.PEM, PublicFormat.PKCS1), kid=published_kid(x))
    ),
    "CVE-2016-10555: the key as DER": (
        lambda x: signed_by_hmac(x, key_as(x, Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    ),
    "CVE-2016-10555: the key without its last line break": (
        lambda x: signed_by_hmac(x, public_key(x).strip().encode(), kid=published_kid(x))
    ),
    "CVE-2016-10555: the key in one line": (
        lambda x: signed_by_hmac(x, public_key(x).replace("\n", "").encode())
    ),
    "CVE-2016-10555: the key's modulus": (lambda x: signed_by_hmac(x, modulus(x), kid=published_kid(x))),
    "an empty secret": (lambda x: signed_by_hmac(x, b"", kid=published_kid(x))),
    # CVE-2015-9235 and its long tail: no signature, under every spelling.
    **{
        f"CVE-2015-9235: alg {alg!r}": headed(alg=alg)
        for alg in ("None", "NONE", "none ", " none", "none\x00", "", "null", "ŉone")
    },
    **{
        f"an alg that only looks like ours: {alg!r}": headed(alg=alg)
        for alg in ("RS256 ", " RS256", "rs256", "RS256\x00", "RS256,none", "RS1", "RSA", "HS256/RS256")
    },
    **{
        f"an alg that is no text: {alg!r}": headed(alg=alg)
        for alg in (256, True, ["RS256"], {"RS256": "none"})
    },
    "alg twice, the good one last": (
        lambda x: with_header_text(x, f'{{"alg":"none","alg":"RS256","kid":"{published_kid(x)}"}}')
    ),
    "CVE-2022-21449: a signature of zeros": (lambda x: with_signature(x.mint(), bytes(256))),
    "CVE-2022-21449: ES256 with a signature of zeros": (
        lambda x: with_signature(x.mint(header={"alg": "ES256"}, key=ECKey.generate_key("P-256")), bytes(64))
    ),
    "a signature of one byte": (lambda x: with_signature(x.mint(), b"\x01")),
    "a signature longer than its key": (lambda x: with_signature(x.mint(), b"\x01" * 1024)),
    # CVE-2018-0114 and kin: the token brings its own key.
    "x5c of the attacker": (
        lambda x: x.mint(header={"x5c": [base64.b64encode(b"evil").decode()]}, key=ATTACKER)
    ),
    "x5u of the attacker": (lambda x: x.mint(header={"x5u": "https://evil.invalid/chain.pem"}, key=ATTACKER)),
    "x5t and no kid": (lambda x: x.mint(header={"x5t": "evil", "kid": None}, key=ATTACKER)),
    "jwk that is a secret": (
        lambda x: signed_by_hmac(x, b"evil", jwk=json.dumps({"kty": "oct", "k": "ZXZpbA"}))
    ),
    **{
        f"kid that leads elsewhere: {kid[:30]!r}": headed(ATTACKER, kid=kid)
        for kid in (
            "../../../../../../dev/null",
            "file:///dev/null",
            "' UNION SELECT 'evil' -- ",
            "| /bin/sh -c evil",
            "https://evil.invalid/key",
            "${jndi:ldap://evil.invalid}",
            "{{7*7}}",
            "__proto__",
            "\ud800",
            "k" * 8000,
        )
    },
    "kid /dev/null and its empty content as secret": (lambda x: signed_by_hmac(x, b"", kid="/dev/null")),
    # CVE-2026-32597 (PyJWT), CVE-2025-59420 (Authlib): extensions that must be understood, and are not.
    **{
        f"CVE-2026-32597: crit {crit!r}": headed(crit=crit)
        for crit in ([], "b64", ["b64"], ["alg"], [1], [["exp"]], {"b64": True}, 1)
    },
    "RFC 7797: b64 false": (lambda x: x.mint(header={"b64": False, "crit": ["b64"]})),
    "RFC 7797: b64 false, not critical": (lambda x: x.mint(header={"b64": False})),
    "RFC 7797: the payload elsewhere": (
        lambda x: ".".join([segments(x.mint(header={"b64": False, "crit": ["b64"]}))[0], "", "AAAA"])
    ),
    # CVE-2024-33664, CVE-2024-21319 and kin: encrypted tokens that unpack to gigabytes.
    "CVE-2024-33664: an encrypted token": (
        lambda x: ".".join([encoded({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}), "", *"abc"])
    ),
    "CVE-2024-33664: a packed payload": (lambda x: x.mint(header={"zip": "DEF"}, key=ATTACKER)),
    # CVE-2025-30204, CVE-2025-27144: time and memory in proportion to the dots.
    "CVE-2025-30204: dots": (lambda x: "." * 16_000),
    "a header nested 5,000 deep": (lambda x: with_header_text(x, "[" * 5000 + "]" * 5000)),
    "a header of objects in objects": (lambda x: with_header_text(x, '{"a":' * 2000 + "1" + "}" * 2000)),
    "claims of objects in objects": (lambda x: x.mint(payload=('{"a":' * 1800 + "1" + "}" * 1800).encode())),
    "CVE-2020-10735: a number of 10,000 digits": (lambda x: signed_text(x, exp="9" * 10_000)),
    # Numbers that JSON or Python has and calendars have not.
    **{
        f"{claim} {text}": claiming(claim, text)
        for claim in ("exp", "nbf", "iat")
        for text in ("1e400", "NaN", "Infinity", "[9999999999]", '{"a":1}')
    },
    **{
        f"exp {text}": claiming("exp", text)
        for text in (
            "-Infinity",
            "-1e400",
            "true",
            "null",
            "0",
            "-1",
            '"9999999999"',
            "1e18",
            "9223372036854775808",
        )
    },
    "zid twice, the foreign one last": (lambda x: twice(x, "zid", "evil")),
    "exp twice, the good one first": (lambda x: twice(x, "exp", "1")),
    # Who a token is for: entries are cut at their first dot, and compared as a whole.
    "aud that begins like ours": (lambda x: x.mint({**FOREIGN, "aud": ["myapp!t1evil"]})),
    "aud that ends like ours": (lambda x: x.mint({**FOREIGN, "aud": ["evil.myapp!t1"]})),
    "aud in capitals": (lambda x: x.mint({**FOREIGN, "aud": ["MYAPP!T1"]})),
    "aud of a broker": (lambda x: x.mint({**FOREIGN, "aud": ["evil|sb-myapp!t1"]})),
    "azp and client_id are ours, cid is not": (
        lambda x: x.mint({"cid": "sb-other!t1", "aud": ["other!t1"], "scope": ["openid"]})
    ),
    "cid only in client_id": (lambda x: x.mint({"cid": None, "client_id": "sb-myapp!t1"})),
    "cid with a blank": (lambda x: x.mint({"cid": "sb-myapp!t1 ", "aud": ["other!t1"]})),
    "scopes of another application only": (
        lambda x: x.mint({**FOREIGN, "aud": None, "scope": ["other!t1.Operate", "openid"]})
    ),
}


def zone(xsuaa: LocalXsuaa) -> str:
    return str(xsuaa.binding()["identityzoneid"])


@pytest.mark.parametrize("advisory", TOKENS)
def test_what_once_opened_another_door_opens_none_here(
    advisory: str, client: FlaskClient, xsuaa: LocalXsuaa
) -> None:
    answer = get(client, f"Bearer {TOKENS[advisory](xsuaa)}")
    assert answer.status_code == INVALID
    is_clean(answer)


def test_the_untouched_token_would_have_been_accepted(client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    """Or else every row above could be right for the wrong reason."""
    assert get(client, f"Bearer {signed_text(xsuaa, exp='9999999999')}").status_code == OK
    assert get(client, f"Bearer {twice(xsuaa, 'zid', zone(xsuaa))}").status_code == OK


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_no_address_in_a_token_is_ever_visited(client: FlaskClient, xsuaa: LocalXsuaa, header: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        address = f"https://127.0.0.1:{trap.getsockname()[1]}/token_keys"
        for kid in (published_kid(xsuaa), "unknown"):
            get(client, f"Bearer {xsuaa.mint(header={header: address, 'kid': kid}, key=ATTACKER)}")
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()


# name -> the scopes of a genuine token, none of which is the operator's
SCOPES: dict[str, list[str]] = {
    "without the application": ["Operate"],
    "of another application": ["other!t1.Operate"],
    "of an application that ends like ours": ["evil.myapp!t1.Operate"],
    "with the placeholder": ["$XSAPPNAME.Operate"],
    "in lower case": ["myapp!t1.operate"],
    "longer": ["myapp!t1.Operate.Not"],
    "shorter": ["myapp!t1."],
    "two in one": ["openid myapp!t1.Operate"],
}


@pytest.mark.parametrize("case", SCOPES)
def test_a_scope_is_compared_as_a_whole(case: str, client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    headers = {"Authorization": f"Bearer {xsuaa.mint({'scope': ['openid', *SCOPES[case]]})}"}
    assert client.get("/hello", headers=headers).status_code == NOT_ALLOWED
    assert client.get("/", headers=headers).status_code == OK


Ask = Callable[[FlaskClient, dict[str, str]], Any]

# name -> (a request, the status it must get); each is made with carol's token, who may see the clock only
REQUESTS: dict[str, tuple[Ask, int]] = {
    "a path behind a public one": (lambda c, h: c.get("/health/../hello", headers=h), 404),
    "a path behind an encoded slash": (lambda c, h: c.get("/health/%2e%2e%2fhello", headers=h), 404),
    "two slashes": (lambda c, h: c.get("/", headers=h, environ_overrides={"PATH_INFO": "//hello"}), 403),
    "a path parameter": (lambda c, h: c.get("/hello;.css", headers=h), 404),
    "a NUL": (lambda c, h: c.get("/hello%00.css", headers=h), 404),
    "a slash at the end": (lambda c, h: c.get("/hello/", headers=h), 404),
    "capitals": (lambda c, h: c.get("/HELLO", headers=h), 404),
    "a path in a header": (
        lambda c, h: c.get("/hello", headers={**h, "X-Original-URL": "/health", "X-Rewrite-URL": "/health"}),
        403,
    ),
    "a method in a header": (
        lambda c, h: c.post("/hello", headers={**h, "X-HTTP-Method-Override": "GET"}),
        405,
    ),
    "a user in a header": (
        lambda c, h: c.get("/hello", headers={**h, "X-Forwarded-User": "alice", "X-Remote-User": "alice"}),
        403,
    ),
    "a token in the query": (lambda c, h: c.get(f"/?access_token={h['Authorization'][7:]}"), 403),
    "a token in the body": (lambda c, h: c.get("/", data={"access_token": h["Authorization"][7:]}), 403),
    "a token in a cookie": (
        lambda c, h: c.get("/", headers={"Cookie": f"Authorization={h['Authorization']}"}),
        403,
    ),
    "CVE-2024-34069: the debugger": (
        lambda c, h: c.get("/?__debugger__=yes&cmd=resource&f=debugger.js", headers=h),
        200,
    ),
    "CVE-2024-34069: the console": (lambda c, h: c.get("/console", headers=h), 404),
    "CVE-2023-25577: a form of many parts": (
        lambda c, h: c.post(
            "/hello",
            data=b"--a\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 800 + b"--a--",
            content_type="multipart/form-data; boundary=a",
            headers=h,
        ),
        405,
    ),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_no_detour_leads_further_than_the_door(case: str, client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    ask, status = REQUESTS[case]
    answer = ask(client, {"Authorization": f"Bearer {xsuaa.token('carol')}"})
    assert answer.status_code == status
    # CVE-2023-30861: a session's cookie, kept by a cache for everybody. There is none.
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "platformUrl" not in answer.text
    assert "debugger" not in answer.text
