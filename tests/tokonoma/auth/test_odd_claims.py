"""Nothing that a token says raises anything but a refusal: odd values in every claim, in every gate."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import bearer, encoded, segments
from tokonoma.auth.bearer import refusing
from tokonoma.auth.gate import Gate
from tokonoma.auth.prescreen import Rejected
from tokonoma.bindings import platform_environment
from tokonoma.errors import TokenInvalid
from tokonoma.platforms import cloud_foundry
from tokonoma.settings import Settings

pytestmark = pytest.mark.usefixtures("undelayed")

HOST = "myapp.cert.cfapps.example.com"
PROOF = {"HTTP_HOST": HOST, "HTTP_X_FORWARDED_CLIENT_CERT": base64.b64encode(b"certificate").decode()}
HALF = "\ud800"
ODD: list[Any] = [
    *(HALF, "", "a\nb", "a\u2028b", 10**400, -1, 1.5, True, None),
    *([], [HALF], [[HALF]], [1], [None], [{}]),
    *({}, {HALF: HALF}, {"x5t#S256": HALF}, {"x5t#S256": [HALF]}, {"enhancer": HALF}),
    *({"xs.user.attributes": {HALF: [HALF]}}, {"a": HALF}, {"a": {"b": HALF}}),
]
CLAIMS = (
    *("iss", "ias_iss", "aud", "azp", "app_tid", "zone_uuid", "sub", "scim_id", "user_uuid", "email"),
    *("login_name", "preferred_username", "groups", "sap_id_type", "jti", "iat", "nbf", "exp", "nonce"),
    *("cnf", "events", "rooms", "zid", "cid", "scope", "grant_type", "user_name", "user_id", "ext_attr"),
    *("ext_cxt", "xs.user.attributes", "authorities", "origin", "client_id", HALF),
)
HEADERS = ("alg", "kid", "typ", "jku", "crit")


_ALONE = [pytest.param(name, marks=pytest.mark.slow) for name in ("xsuaa", "ias")]


@pytest.fixture(params=[*_ALONE, "both"])
def gate(request: pytest.FixtureRequest, bind: Callable[..., None], xsuaa: LocalXsuaa, ias: LocalIas) -> Gate:
    bound = {
        "pyuaa": ("xsuaa", "application", xsuaa.binding()),
        "pyias": ("identity", "application", ias.binding()),
    }
    without = {"xsuaa": "pyias", "ias": "pyuaa", "both": ""}[request.param]
    bind(**{name: binding for name, binding in bound.items() if name != without})
    application = json.dumps({"application_uris": [HOST]})
    return cloud_foundry.gate({"VCAP_APPLICATION": application}, platform_environment(), Settings())


def changed(token: str, part: int, name: str, value: Any) -> str:
    """A token that says something else in its header (0) or claims (1), and keeps its signature."""
    parts = segments(token)
    said = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    parts[part] = encoded({**said, name: value})
    return ".".join(parts)


@pytest.mark.parametrize(
    ("part", "name"), [*((1, claim) for claim in CLAIMS), *((0, each) for each in HEADERS)]
)
def test_nobodys_token_raises_anything_but_a_refusal(
    gate: Gate, xsuaa: LocalXsuaa, ias: LocalIas, part: int, name: str
) -> None:
    for token in (xsuaa.token(), ias.token()):
        for value in ODD:
            with pytest.raises(TokenInvalid):
                gate.identify({**bearer(changed(token, part, name, value)), **PROOF})


@pytest.mark.parametrize("gate", ["both"], indirect=True)
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_genuine_claim_is_taken_or_refused(
    gate: Gate, xsuaa: LocalXsuaa, ias: LocalIas, claim: str
) -> None:
    for value in ODD:
        for token in (ias.mint("alice", {claim: value}), xsuaa.mint({claim: value})):
            with suppress(TokenInvalid):
                caller = gate.identify({**bearer(token), **PROOF})
                assert f"{caller.name}{caller.id}".encode()


def test_the_reason_quotes_nothing_of_an_exception() -> None:
    with pytest.raises(Rejected) as refused, refusing("the gate"):
        raise ValueError("confidential")
    assert str(refused.value) == "the gate says ValueError"
