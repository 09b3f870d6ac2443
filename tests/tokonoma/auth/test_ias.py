"""IAS's gate: the attack table over the real sap-xssec, outages of the keys, and who becomes which caller."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from localcloud.ias.app import TOKEN
from localcloud.ias.client import thumbprint_of
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import CERTS
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import (
    ATTACKER,
    bearer,
    encoded,
    flipped,
    gate_of,
    is_clean,
    segments,
    with_payload_of,
)
from tokonoma.app import create_app
from tokonoma.auth.ias import IasGate
from tokonoma.bindings import platform_environment
from tokonoma.errors import BindingError, TokenInvalid, TokenMissing
from tokonoma.platforms import cloud_foundry
from tokonoma.settings import Settings

CERTIFICATE_HOST = "myapp.cert.cfapps.example.com"
EVER = 12
SCOPES = {"Tokonoma Operator": frozenset({"Operate"})}
Mint = Callable[[LocalIas], str]


@pytest.fixture
def gate(bind: Callable[..., None], ias: LocalIas) -> IasGate:
    return gate_of(bind, ias)


# Who is let in ----------------------------------------------------------------------------------


def test_a_token_of_the_bound_tenant_is_a_caller_with_groups(gate: IasGate, ias: LocalIas) -> None:
    caller = gate.identify(bearer(ias.token("alice")))
    assert caller.name == "alice@example.com"
    assert caller.id == ias.tenant.people["alice"].id
    assert caller.zone == ias.tenant.app_tid
    assert caller.has("group:Tokonoma Curator")
    assert caller.has("$XSAPPNAME.Operate")
    assert not caller.has("group:Tokonoma Viewer")


def test_somebody_without_groups_is_let_in_and_may_nothing(gate: IasGate, ias: LocalIas) -> None:
    assert gate.identify(bearer(ias.token("carol"))).scopes == {"openid"}


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ({"aud": ["other", "{clientid}"]}, ()),
        ({"groups": "Tokonoma Curator"}, ()),
        ({"zone_uuid": "{app_tid}"}, ("app_tid",)),
        ({"ias_iss": "{url}"}, ()),
        ({"iss": "{host}"}, ()),
        ({"iat": int(time.time()) + 30}, ()),
        ({"type": None, "scim_id": None}, ()),
    ],
)
def test_the_shapes_that_ias_gives_its_tokens_are_taken(
    gate: IasGate, ias: LocalIas, changes: dict[str, Any], without: tuple[str, ...]
) -> None:
    tenant = ias.tenant
    known = {"clientid": tenant.clientid, "app_tid": tenant.app_tid, "url": tenant.url}
    known["host"] = tenant.url.removeprefix("https://")

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        return value.format(**known) if isinstance(value, str) else value

    filled_in = {name: filled(value) for name, value in changes.items()}
    assert gate.identify(bearer(ias.mint("alice", filled_in, without=without))).has("group:Tokonoma Curator")


def test_other_algorithms_of_rsa_are_taken(gate: IasGate, ias: LocalIas) -> None:
    for algorithm in ("PS256", "RS512"):
        assert gate.identify(bearer(ias.mint("bob", header={"alg": algorithm}))).name == "bob@example.com"


def test_claims_that_an_administrator_has_added_are_attributes(gate: IasGate, ias: LocalIas) -> None:
    caller = gate.identify(bearer(ias.mint("bob", {"rooms": ["IRIS"], "floor": "2", "size": 3})))
    assert caller.attributes == {"rooms": ("IRIS",), "floor": ("2",)}


@pytest.mark.parametrize("name", ["Café\u00a0Crew", "東京\u3000本社", "co\u200cop"])
def test_spaces_and_format_characters_beyond_ascii_lock_nobody_out(
    gate: IasGate, ias: LocalIas, name: str
) -> None:
    claims = {"groups": [name, "Tokonoma Curator"], "rooms": [name], "login_name": name}
    caller = gate.identify(bearer(ias.mint("bob", claims)))
    assert caller.name == name
    assert caller.has(f"group:{name}")
    assert caller.attributes == {"rooms": (name,)}


def test_a_group_is_never_taken_for_a_scope(gate: IasGate, ias: LocalIas) -> None:
    caller = gate.identify(bearer(ias.mint("bob", {"groups": ["tokonoma.Operate", "$XSAPPNAME.Operate"]})))
    assert not caller.has("$XSAPPNAME.Operate")
    assert not caller.has("tokonoma.Operate")


def test_without_a_header_a_token_is_asked_for(gate: IasGate) -> None:
    with pytest.raises(TokenMissing):
        gate.identify({})


# The attack table -------------------------------------------------------------------------------


def saying(**claims: Any) -> Mint:
    return lambda ias: ias.mint("alice", claims)


def lacking(*claims: str) -> Mint:
    return lambda ias: ias.mint("alice", without=claims)


def headed(**header: Any) -> Mint:
    return lambda ias: ias.mint("alice", header=header)


def signed(key: Any, **header: Any) -> Mint:
    return lambda ias: ias.mint("alice", key=key, header=header)


def unsigned(ias: LocalIas) -> str:
    _, payload, _ = segments(ias.token())
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': ias.tenant.key.kid})}.{payload}.x"


def issued_by(text: str) -> Mint:
    """An issuer made of the tenant's address; `{}` stands for it without its scheme."""
    return lambda ias: ias.mint("alice", {"iss": text.format(ias.tenant.url.removeprefix("https://"))})


def foreign_beside_ours(ias: LocalIas) -> str:
    return ias.mint("alice", {"iss": "https://evil.accounts.ondemand.com", "ias_iss": ias.tenant.url})


def cut(entry: str) -> Mint:
    """An audience that the library would cut at its dot."""
    return lambda ias: ias.mint("alice", {"aud": f"{ias.tenant.clientid}{entry}"})


ATTACKS: dict[str, Mint] = {
    "another tenant of the domain": lambda ias: ias.mint(
        "alice", {"iss": ias.tenant.url.replace("https://127", "https://128")}
    ),
    "foreign iss beside our ias_iss": foreign_beside_ours,
    "foreign ias_iss": saying(ias_iss="https://evil.example.com"),
    "ias_iss a number": saying(ias_iss=1),
    "ias_iss null": saying(ias_iss=None),
    "iss missing": lacking("iss"),
    "iss a number": saying(iss=1),
    "iss in other capitals": issued_by("HTTPS://{}"),
    "iss by http": issued_by("http://{}"),
    "iss with a slash": issued_by("https://{}/"),
    "iss with a query": issued_by("https://{}?x=1"),
    "iss with a fragment": issued_by("https://{}#x"),
    "iss with somebody before it": issued_by("https://evil@{}"),
    "iss with a longer host": issued_by("https://{}.evil.example.com"),
    "iss with a newline": issued_by("https://{}\n"),
    "foreign app_tid": saying(app_tid="another"),
    "app_tid missing": lacking("app_tid"),
    "app_tid a number": saying(app_tid=1),
    "app_tid with CR LF": saying(app_tid="a\r\nb"),
    "app_tid beyond ASCII": saying(app_tid="ä"),
    "foreign zone_uuid beside app_tid": saying(zone_uuid="another"),
    "foreign azp": saying(azp="another"),
    "azp missing": lacking("azp"),
    "azp an object": saying(azp={}),
    "foreign aud": saying(aud="another"),
    "aud missing": lacking("aud"),
    "aud null": saying(aud=None),
    "aud a number": saying(aud=1),
    "aud a list of numbers": saying(aud=[1]),
    "aud an empty list": saying(aud=[]),
    "aud with more behind a dot": cut(".anything"),
    "no exp": lacking("exp"),
    "exp a second ago": saying(exp=int(time.time()) - 1),
    "exp a text": saying(exp="tomorrow"),
    "exp at the end of time": saying(exp=1e18),
    "exp true": saying(exp=True),
    "nbf ahead": saying(nbf=int(time.time()) + 3600),
    "iat ahead": saying(iat=int(time.time()) + 3600),
    "an id_token by its nonce": saying(nonce="n"),
    "an id_token by its at_hash": saying(at_hash="h"),
    "an id_token by the hash of its code": saying(c_hash="h"),
    "an id_token by the hash of its state": saying(s_hash="h"),
    "an id_token by a nonce of null": saying(nonce=None),
    "an id_token of CIBA": saying(**{"urn:openid:params:jwt:claim:rt_hash": "h"}),
    "an id_token that somebody has made": saying(sub_jwk={}),
    "an id_token by its type": headed(typ="id+jwt"),
    "an event by its time": saying(toe=1),
    "a logout token": saying(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "cnf without its certificate": saying(cnf={"x5t#S256": "a" * 43}),
    "cnf null": saying(cnf=None),
    "cnf a key": saying(cnf={"jkt": "a" * 43}),
    "groups a number": saying(groups=1),
    "groups of numbers": saying(groups=[1]),
    "groups with control characters": saying(groups=["a\nb"]),
    "groups with half a character": saying(groups=["\ud800"]),
    "sub a list": saying(sub=["alice"]),
    "email with a newline": saying(email="a\nb"),
    "none": unsigned,
    "an attacker's key": signed(ATTACKER),
    "an attacker's key in the header": signed(ATTACKER, jwk=ATTACKER.as_dict(private=False)),
    "an attacker's jku": signed(ATTACKER, jku="https://evil.example.com/certs"),
    "a key of another kind": signed(ECKey.generate_key("P-256"), alg="ES256"),
    "an unknown kid": headed(kid="nobody"),
    "no kid": headed(kid=None),
    "kid empty": headed(kid=""),
    "another type": headed(typ="logout+jwt"),
    "a flipped bit": lambda ias: flipped(ias.token()),
    "another's payload": lambda ias: with_payload_of(ias.token("bob"), ias.token("alice")),
    "groups with a separator of lines": saying(groups=["a\u2028b"]),
    "an XSUAA token's claims": saying(zid="z", cid="c", azp="another"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_is_not_a_token_for_us_is_refused(gate: IasGate, ias: LocalIas, attack: str) -> None:
    gate.identify(bearer(ias.token("bob")))
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(ATTACKS[attack](ias)))
    assert gate.identify(bearer(ias.token("alice"))).has("group:Tokonoma Curator")
    assert ias.requests.total() == 1


def test_an_id_token_as_ias_gives_it_is_refused_and_the_access_token_beside_it_is_not(
    gate: IasGate, ias: LocalIas, authority_file: Path
) -> None:
    """By the grant that needs no browser; nobody has asked for a nonce."""
    given = requests.post(
        f"{ias.tenant.url}{TOKEN}",
        data={"grant_type": "password", "username": "alice", "password": "alice"},
        auth=(ias.tenant.clientid, ias.tenant.clientsecret),
        verify=str(authority_file),
        timeout=30,
    ).json()
    assert gate.identify(bearer(given["access_token"])).name == "alice@example.com"
    assert "nonce" not in jwt.decode(given["id_token"], options={"verify_signature": False})
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(given["id_token"]))


def test_with_a_certificate_an_id_token_is_told_by_what_it_is_not_bound_to(
    bind: Callable[..., None], ias: LocalIas
) -> None:
    """It has no other mark; and a token that is bound still wants its certificate."""
    known = ias.binding("X509_GENERATED")
    bind(pyias=("identity", "application", known))
    shown = ssl.PEM_cert_to_DER_cert(known["certificate"])
    gate = cloud_foundry.gate(
        {"VCAP_APPLICATION": json.dumps({"uris": [CERTIFICATE_HOST]})}, platform_environment(), Settings()
    )
    header = base64.b64encode(shown).decode()
    proof = {"HTTP_HOST": CERTIFICATE_HOST, "HTTP_X_FORWARDED_CLIENT_CERT": header}
    bound = ias.mint("alice", {"cnf": {"x5t#S256": thumbprint_of(shown)}})
    assert gate.identify({**bearer(bound), **proof}).has("openid")
    for environ in ({**bearer(ias.token()), **proof}, bearer(ias.token()), bearer(bound)):
        with pytest.raises(TokenInvalid):
            gate.identify(environ)


def test_a_client_that_has_a_secret_too_may_have_fetched_a_token_with_that(
    bind: Callable[..., None], ias: LocalIas
) -> None:
    gate = gate_of(bind, ias, **ias.certificate())
    assert gate.identify(bearer(ias.token())).has("openid")


@pytest.mark.parametrize("kid", [1, ["a"], {"a": 1}, True])
def test_a_key_id_that_is_no_text_is_refused(gate: IasGate, ias: LocalIas, kid: Any) -> None:
    _, payload, signature = segments(ias.token())
    token = f"{encoded({'alg': 'RS256', 'typ': 'JWT', 'kid': kid})}.{payload}.{signature}"
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(token))


@pytest.mark.parametrize(
    "text", ["Basic YTpi", "Bearer", "Bearer a.b", "Bearer a.b.c", "Bearer ä.b.c", "x" * 20000]
)
def test_odd_headers_are_refused(gate: IasGate, text: str) -> None:
    with pytest.raises(TokenInvalid):
        gate.identify({"HTTP_AUTHORIZATION": text})


def test_forged_tokens_cause_no_requests_and_leave_nothing_behind(gate: IasGate, ias: LocalIas) -> None:
    gate.identify(bearer(ias.token()))
    cached = gate._remembered_bytes
    for number in range(200):
        forged = ias.mint(
            "alice", {"app_tid": str(number)} if number % 2 else {}, header={"kid": f"k{number}"}
        )
        with pytest.raises(TokenInvalid):
            gate.identify(bearer(forged))
    assert ias.requests == {CERTS: 1}
    assert gate._remembered_bytes == cached


# Bindings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://tenant.accounts.ondemand.com"},
        {"url": "https://evil@tenant.example.com"},
        {"url": ""},
        {"app_tid": ""},
        {"clientid": 1.5},
        {"domains": [], "domain": ""},
        {"domains": [1]},
        {"domains": "["},
        {"domains": ["accounts.example.com"]},
        {"url": "https://example.com", "domains": ["example.com"]},
        {"clientsecret": ""},
    ],
)
def test_a_binding_that_cannot_be_used_is_refused(
    bind: Callable[..., None], ias: LocalIas, changes: dict[str, Any]
) -> None:
    with pytest.raises(BindingError) as refusal:
        gate_of(bind, ias, **changes)
    assert ias.tenant.clientsecret not in str(refusal.value)


def test_domains_may_be_the_text_of_a_list(bind: Callable[..., None], ias: LocalIas) -> None:
    gate = gate_of(bind, ias, domains=json.dumps(ias.binding()["domains"]))
    assert gate.identify(bearer(ias.token())).has("openid")


# The service ------------------------------------------------------------------------------------


@pytest.fixture
def client(bind: Callable[..., None], ias: LocalIas, request: pytest.FixtureRequest) -> FlaskClient:
    """The service with what the test names: `ias` alone, or `both`."""
    bound: dict[str, Any] = {"pyias": ("identity", "application", ias.binding())}
    if request.param == "both":
        xsuaa: LocalXsuaa = request.getfixturevalue("xsuaa")
        bound["pyuaa"] = ("xsuaa", "application", xsuaa.binding())
    bind(**bound)
    app = create_app()
    app.testing = False
    return app.test_client()


def get(client: FlaskClient, token: str, path: str = "/hello") -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("client", ["ias", "both"], indirect=True)
def test_groups_open_what_scopes_open(client: FlaskClient, ias: LocalIas) -> None:
    assert get(client, ias.token("alice")).status_code == 200
    assert get(client, ias.token("bob")).status_code == 403
    forged = get(client, ias.mint("alice", key=ATTACKER))
    assert forged.status_code == 401
    is_clean(forged)


@pytest.mark.parametrize("client", ["both"], indirect=True)
def test_with_both_bound_each_token_is_checked_by_its_own(
    client: FlaskClient, ias: LocalIas, xsuaa: LocalXsuaa
) -> None:
    assert get(client, xsuaa.token("alice")).status_code == 200
    assert get(client, xsuaa.token("bob")).status_code == 403
    claims = jwt.decode(ias.token("alice"), options={"verify_signature": False})
    assert get(client, xsuaa.mint(claims)).status_code == 401
    assert get(client, ias.mint("alice", {"zid": "z", "cid": "c"})).status_code == 401
    assert get(client, "a.b.c").status_code == 401
    assert client.get("/hello").status_code == 403


@pytest.mark.parametrize("client", ["ias"], indirect=True)
def test_with_ias_alone_a_token_of_xsuaa_is_refused(client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    assert get(client, xsuaa.token("alice")).status_code == 401


def test_the_projects_policy_knows_the_groups(authority_file: Path) -> None:
    from tokonoma.data.policy.access import AccessControl
    from tokonoma.data.policy.file import read

    policy = read(Path(__file__).parents[3] / "policy.toml")
    control = AccessControl(policy, ("xsuaa", "ias"), lambda: pytest.fail("no schema is needed"))

    class Member:
        def has(self, scope: str) -> bool:
            return scope == "group:Tokonoma Viewer"

    assert control.roles(Member()) == {"viewer"}
