"""Tokens that nobody should accept, and what must be true of the answer to them."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.auth.ias import IasGate
from tokonoma.auth.ias_keys import IasKeySet
from tokonoma.bindings import platform_environment, read_identity

ATTACKER = RSAKey.generate_key(2048)

OK, LOGIN, INVALID, NOT_ALLOWED = 200, 403, 401, 403


def signed_by_hmac(xsuaa: LocalXsuaa, secret: bytes, alg: str = "HS256", **header: str) -> str:
    """The classic confusion: an HMAC whose secret is some form of the key that everybody may have."""
    claims = segments(xsuaa.mint())[1]
    signed = f"{encoded({'alg': alg, 'typ': 'JWT', **header})}.{claims}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), alg.replace('HS', 'sha')))}"


def signed_text(xsuaa: LocalXsuaa, **texts: str) -> str:
    """Alice's claims with some values replaced by JSON text as it is, genuinely signed."""
    claims = json.loads(base64.urlsafe_b64decode(segments(xsuaa.token("alice"))[1] + "=="))
    claims = {name: value for name, value in claims.items() if name not in texts}
    extra = ",".join(f'"{name}":{text}' for name, text in texts.items())
    return xsuaa.mint(payload=f"{json.dumps(claims)[:-1]},{extra}}}".encode())


def public_key(xsuaa: LocalXsuaa) -> str:
    """PEM text, as bound and as published."""
    key: str = xsuaa.binding()["verificationkey"]
    return key


def published_kid(xsuaa: LocalXsuaa) -> str:
    head = segments(xsuaa.mint())[0]
    kid: str = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    return kid


def segments(token: str) -> list[str]:
    return token.split(".")


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def flipped(token: str) -> str:
    """The same token with one bit of its signature turned."""
    *rest, signature = segments(token)
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[10] ^= 1
    return ".".join([*rest, encoded(bytes(raw))])


def with_payload_of(token: str, other: str) -> str:
    head, _, signature = segments(token)
    return ".".join([head, segments(other)[1], signature])


Mint = Callable[[LocalXsuaa], str]


def id_token(xsuaa: LocalXsuaa) -> str:
    """The id_token (OpenID Connect) that XSUAA sends with alice's access token, for the application alone."""
    binding = xsuaa.binding()
    asked = {"grant_type": "password", "username": "alice", "password": "alice"}
    client = (binding["clientid"], binding["clientsecret"])
    answer = requests.post(f"{xsuaa.url}/oauth/token", data=asked, auth=client, timeout=10)
    token: str = answer.json()["id_token"]
    return token


def bearer(token: str) -> dict[str, str]:
    """The header fields of a request with this token, as WSGI hands them on (PEP 3333)."""
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def get(client: FlaskClient, *authorization: str) -> Any:
    return client.get("/", headers=[("Authorization", line) for line in authorization])


def is_clean(answer: Any) -> None:
    """Whatever the attack: a problem in the one shape, a challenge, and nobody's exception text."""
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == answer.status_code
    assert answer.headers["Cache-Control"] == "no-store"
    shown = answer.get_data(as_text=True) + str(answer.headers)
    for leaked in ("Traceback", "Error in", "nobody", "evil", "Set-Cookie", "sap.xssec", "Signature"):
        assert leaked not in shown
    expected = {401: 'Bearer error="invalid_token"', 403: "Bearer"}
    assert answer.headers["WWW-Authenticate"].startswith(expected[answer.status_code])


OPERATORS = {"Tokonoma Operator": frozenset({"Operate"})}


def gate_of(bind: Callable[..., None], ias: LocalIas, **changes: Any) -> IasGate:
    """The gate of a binding of `ias`, with credentials changed."""
    bind(pyias=("identity", "application", {**ias.binding(), **changes}))
    binding = read_identity(platform_environment())
    assert binding is not None
    return IasGate(binding, IasKeySet(binding, 12), OPERATORS)
