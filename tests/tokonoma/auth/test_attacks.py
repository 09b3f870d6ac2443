"""The attack tables: every forged, damaged or foreign token, and every odd header, gets its answer.

Each row mints the real token and sends it to the real gate over the real sap-xssec.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import (
    ATTACKER,
    INVALID,
    LOGIN,
    NOT_ALLOWED,
    OK,
    Mint,
    encoded,
    flipped,
    get,
    id_token,
    is_clean,
    public_key,
    published_kid,
    segments,
    signed_by_hmac,
    signed_text,
    with_payload_of,
)

pytestmark = pytest.mark.usefixtures("undelayed")

NOW = int(time.time())


def starting_in(claim: str, seconds: int) -> Mint:
    return lambda x: x.mint({claim: int(time.time()) + seconds})


def claiming(claim: str, text: str) -> Mint:
    return lambda x: signed_text(x, **{claim: text})


def saying(claim: str, value: Any) -> Mint:
    return lambda x: x.mint({claim: value})


def bound_to(cnf: Any) -> Mint:
    return lambda x: x.mint({"cnf": cnf})


def typed(typ: Any) -> Mint:
    return lambda x: x.mint(header={"typ": typ})


def claims_of(token: str) -> str:
    return base64.urlsafe_b64decode(segments(token)[1] + "==").decode()


# What a confirmation claim may look like (RFC 7800 section 3.1), and what not
PROOFS: list[Any] = [{"x5t#S256": "a" * 43}, {"jkt": "a" * 43}, {"jwk": {"kty": "RSA"}}, {}, "", [], 0]

# claim -> values of another type than it has
ODD: dict[str, list[Any]] = {
    "cid": [["sb-myapp!t1"], {"sb-myapp!t1": 1}, 1, True, "", []],
    "zid": [[], {}, 1, True, ""],
    "aud": ["sb-myapp!t1", {"sb-myapp!t1": 1}, [["sb-myapp!t1"]], [1], [None], 1, True],
    "scope": [{"openid": 1}, [["openid"]], [1], [None], ["openid", 1], 1, True, "openid"],
    "grant_type": [["client_credentials"], {"client_credentials": 1}, 1, True],
    "user_name": [["alice"], {"alice": 1}, 1, True],
    "user_id": [["a"], {"a": 1}, 1, True],
    "user_uuid": [["a"], {"a": 1}, 1, 10**400, True, "a\nb"],
    "jti": [["a"], {"a": 1}, 1, True],
    "ext_attr": [[], "XSUAA", 1, True, {}, {"enhancer": ["XSUAA"]}, {"enhancer": {"XSUAA": 1}}],
    "ext_cxt": [[], "a", 1, {"xs.user.attributes": []}, {"xs.user.attributes": {"country": "DE"}}],
    "xs.user.attributes": [
        [],
        ["country"],
        "country",
        1,
        {"country": "DE"},
        {"country": {"DE": 1}},
        {"country": [1]},
        {"country": [["DE"]]},
        {"country": [None]},
        {"country": None},
        {"country": True},
    ],
}

# name -> (how to make the token, the status it must get)
TOKENS: dict[str, tuple[Mint, int]] = {
    "valid, kid": (lambda x: x.mint(), OK),
    "valid, no kid": (lambda x: x.mint(header={"kid": None}), OK),
    "valid, empty kid": (lambda x: x.mint(header={"kid": ""}), OK),
    "valid client credentials without the scope": (lambda x: x.token(None, scopes=[]), NOT_ALLOWED),
    "valid client credentials with the scope": (lambda x: x.token(None, scopes=["openid"]), OK),
    "alg none": (lambda x: x.mint(header={"alg": "none"}), INVALID),
    "alg nOnE": (lambda x: x.mint(header={"alg": "nOnE"}), INVALID),
    "alg none, no kid": (lambda x: x.mint(header={"alg": "none", "kid": None}), INVALID),
    "alg nOnE, no kid": (lambda x: x.mint(header={"alg": "nOnE", "kid": None}), INVALID),
    "HS256 with the public key as secret": (
        lambda x: signed_by_hmac(x, public_key(x).encode(), kid=published_kid(x)),
        INVALID,
    ),
    "HS256 with the public key as secret, no kid": (
        lambda x: signed_by_hmac(x, public_key(x).encode()),
        INVALID,
    ),
    "attacker's key, right kid": (lambda x: x.mint(key=ATTACKER), INVALID),
    "attacker's key, no kid": (lambda x: x.mint(header={"kid": None}, key=ATTACKER), INVALID),
    "attacker's key in the header": (
        lambda x: x.mint(header={"jwk": ATTACKER.as_dict(private=False)}, key=ATTACKER),
        INVALID,
    ),
    "ES256 on an RSA key": (
        lambda x: x.mint(header={"alg": "ES256"}, key=ECKey.generate_key("P-256")),
        INVALID,
    ),
    "no alg": (lambda x: x.mint(header={"alg": None}), INVALID),
    "unknown kid": (lambda x: x.mint(header={"kid": "nobody"}), INVALID),
    "attacker's jku, attacker's key": (
        lambda x: x.mint(header={"jku": "https://evil.invalid/keys"}, key=ATTACKER),
        INVALID,
    ),
    "attacker's jku, genuine key": (lambda x: x.mint(header={"jku": "https://evil.invalid/keys"}), OK),
    "kid a number": (lambda x: x.mint(header={"kid": 7}), INVALID),
    "kid a list": (lambda x: x.mint(header={"kid": ["a"]}), INVALID),
    "unknown crit": (lambda x: x.mint(header={"crit": ["exotic"], "exotic": 1}), INVALID),
    "kid with a line break": (lambda x: x.mint(header={"kid": "a\r\nSet-Cookie: x=y"}), INVALID),
    "expired a second ago": (lambda x: x.mint({"exp": int(time.time()) - 1}), INVALID),
    "expired a day ago": (lambda x: x.mint({"exp": NOW - 86400}), INVALID),
    # Clocks differ: a minute of leeway for what begins, none for what ends.
    **{
        f"{claim} {seconds} s ahead": (starting_in(claim, seconds), OK if seconds < 60 else INVALID)
        for claim in ("iat", "nbf")
        for seconds in (1, 30, 90, 3600, 86400)
    },
    "iat and nbf 30 s ahead": (lambda x: x.mint({"iat": time.time() + 30, "nbf": time.time() + 30}), OK),
    "iat 30 s ahead, no kid": (
        lambda x: x.mint({"iat": int(time.time()) + 30}, header={"kid": None}),
        OK,
    ),
    "iat 30 s ahead, expired": (
        lambda x: x.mint({"iat": int(time.time()) + 30, "exp": int(time.time()) - 1}),
        INVALID,
    ),
    "iat 30 s ahead, attacker's key": (
        lambda x: x.mint({"iat": int(time.time()) + 30}, key=ATTACKER),
        INVALID,
    ),
    **{
        f"{claim} {text[:20]}": (claiming(claim, text), INVALID)
        for claim in ("iat", "nbf")
        for text in ("true", "null", '"1"', "-1", "-1e400", "1" + "0" * 400, "{}", "[1]")
    },
    "no iat": (lambda x: x.mint({"iat": None}), OK),
    "no exp": (lambda x: x.mint({"exp": None}), INVALID),
    "exp not a number": (lambda x: x.mint({"exp": "tomorrow"}), INVALID),
    "exp beyond all calendars": (lambda x: x.mint({"exp": 10**18}), INVALID),
    "other client, other aud": (lambda x: x.mint({"cid": "sb-other!t1", "aud": ["other!t1"]}), INVALID),
    "other client, our xsappname in aud": (
        lambda x: x.mint({"cid": "sb-other!t1", "aud": ["myapp!t1"]}),
        OK,
    ),
    "other client, no aud, our scope prefix": (
        lambda x: x.mint({"cid": "sb-other!t1", "aud": None, "scope": ["openid", "myapp!t1.Operate"]}),
        OK,
    ),
    "our client, foreign aud": (lambda x: x.mint({"aud": ["other!t1"]}), OK),
    "aud a string, other client": (lambda x: x.mint({"cid": "sb-other!t1", "aud": "myapp!t1"}), INVALID),
    "aud a list of numbers": (lambda x: x.mint({"cid": "sb-other!t1", "aud": [1, 2]}), INVALID),
    "other zone, same client": (lambda x: x.mint({"zid": "another-zone"}), INVALID),
    "zid missing": (lambda x: x.mint({"zid": None}), INVALID),
    "cid missing": (lambda x: x.mint({"cid": None}), INVALID),
    "zid with a line break": (lambda x: x.mint({"zid": "a\nb"}), INVALID),
    "zid of 70 kB": (lambda x: x.mint({"zid": "z" * 70_000}), INVALID),
    "zid an object": (lambda x: x.mint({"zid": {"a": 1}}), INVALID),
    "zid with & and #": (lambda x: x.mint({"zid": "a&b=c#d"}), INVALID),
    "no scope at all": (lambda x: x.mint({"scope": None}), NOT_ALLOWED),
    "scope a string": (lambda x: x.mint({"scope": "openid x"}), INVALID),
    "an id_token without cid and zid": (lambda x: x.mint({"cid": None, "zid": None, "scope": None}), INVALID),
    # RFC 8725 section 3.12: the same key signs other kinds of tokens too.
    "an id_token of the same client": (id_token, INVALID),
    "an id_token with all the claims of Cloud Foundry's UAA": (
        lambda x: x.mint(
            {
                "ext_attr": None,
                "xs.system.attributes": None,
                "xs.user.attributes": None,
                "aud": [x.binding()["clientid"]],
                "scope": ["openid"],
                "amr": ["pwd"],
                "email_verified": True,
                "previous_logon_time": NOW * 1000,
            }
        ),
        INVALID,
    ),
    "an id_token with the hash of its access token": (lambda x: x.mint({"at_hash": "a"}), INVALID),
    "an id_token with the hash of its code": (lambda x: x.mint({"c_hash": "a"}), INVALID),
    "a refresh token": (
        lambda x: x.mint({"jti": "0123456789abcdef-r", "granted_scopes": ["openid"]}),
        INVALID,
    ),
    "an access token that was refreshed": (
        lambda x: x.mint({"granted_scopes": ["openid"], "amr": ["pwd"], "nonce": "once"}),
        OK,
    ),
    "a logout token": (
        lambda x: x.mint({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
        INVALID,
    ),
    "a token of another service's enhancer": (lambda x: x.mint({"ext_attr": {"enhancer": "IAS"}}), INVALID),
    # RFC 8705, RFC 9449: bound to a certificate or key, of which nobody has shown a proof.
    **{f"cnf {cnf!r}": (bound_to(cnf), INVALID) for cnf in PROOFS},
    **{
        f"typ {typ!r}": (typed(typ), INVALID)
        for typ in ("dpop+jwt", "logout+jwt", "secevent+jwt", "JWE", "", "JWT ", 1, ["JWT"], {"JWT": 1})
    },
    **{f"typ {typ!r}": (typed(typ), OK) for typ in (None, "JWT", "jwt", "at+jwt", "application/at+JWT")},
    # Claims of another type than XSUAA's, each signed by the genuine key.
    **{
        f"{claim} {value!r}"[:60]: (saying(claim, value), INVALID)
        for claim, values in ODD.items()
        for value in values
    },
    "cid a list, client credentials": (lambda x: x.token(None, cid=["sb-myapp!t1"]), INVALID),
    "NaN in a claim that nobody reads": (claiming("extra", "NaN"), INVALID),
    "-Infinity in a claim that nobody reads": (lambda x: signed_text(x, extra='[{"a":-Infinity}]'), INVALID),
    "a surrogate in an attribute": (claiming("xs.user.attributes", r'{"country":["\ud800"]}'), INVALID),
    "claims in UTF-16": (lambda x: x.mint(payload=claims_of(x.mint()).encode("utf-16")), INVALID),
    "claims with a byte order mark": (
        lambda x: x.mint(payload=claims_of(x.mint()).encode("utf-8-sig")),
        INVALID,
    ),
    "claims in Latin-1": (
        lambda x: x.mint(payload=claims_of(x.mint())[:-1].encode() + b',"a":"\xe9"}'),
        INVALID,
    ),
    "attributes as they should be": (
        lambda x: x.mint({"xs.user.attributes": {"country": ["DE", "FR"], "none": []}}),
        OK,
    ),
    "signature flipped": (lambda x: flipped(x.mint()), INVALID),
    "signature stripped": (lambda x: ".".join([*segments(x.mint())[:2], ""]), INVALID),
    "payload swapped": (lambda x: with_payload_of(x.token("carol"), x.token("alice")), INVALID),
    "payload a JSON list": (lambda x: x.mint(payload=b"[1, 2]"), INVALID),
    "payload not JSON": (lambda x: x.mint(payload=b"not json"), INVALID),
    "payload a huge integer": (lambda x: x.mint(payload=b"9" * 5000), INVALID),
    "payload nested 6,000 deep": (lambda x: x.mint(payload=b"[" * 6000 + b"]" * 6000), INVALID),
    "a word": (lambda x: "word", INVALID),
    "a.b.c": (lambda x: "a.b.c", INVALID),
    "two segments": (lambda x: ".".join(segments(x.mint())[:2]), INVALID),
    "four segments": (lambda x: x.mint() + ".more", INVALID),
    "non-ASCII": (lambda x: "é.é.é", INVALID),
    "header a JSON list": (lambda x: ".".join([encoded([1]), *segments(x.mint())[1:]]), INVALID),
    "100 kB of garbage": (lambda x: "A" * 100_000, INVALID),
    "1 MB, forged": (lambda x: x.mint({"padding": "p" * 1_000_000}, key=ATTACKER), INVALID),
    "PS256 by the genuine key": (lambda x: x.mint(header={"alg": "PS256"}), OK),
    # No binding says who the issuer is to be; the key says it already.
    "wrong iss": (lambda x: x.mint({"iss": "https://evil.invalid"}), OK),
    "user without roles": (lambda x: x.token("carol"), OK),
}

# name -> (Authorization header lines made of a good token, the status)
HEADERS: dict[str, tuple[Callable[[str], list[str]], int]] = {
    "missing": (lambda t: [], LOGIN),
    "empty": (lambda t: [""], INVALID),
    "Basic": (lambda t: ["Basic dXNlcjpwYXNz"], INVALID),
    "Bearer alone": (lambda t: ["Bearer"], INVALID),
    "Bearer and a blank": (lambda t: ["Bearer "], INVALID),
    "token without scheme": (lambda t: [t], INVALID),
    "two blanks": (lambda t: [f"Bearer  {t}"], INVALID),
    "trailing junk": (lambda t: [f"Bearer {t} junk"], INVALID),
    "any seven characters before the token": (lambda t: [f"Basic  {t}"], INVALID),
    "bearer": (lambda t: [f"bearer {t}"], OK),
    "BEARER": (lambda t: [f"BEARER {t}"], OK),
    "tab after Bearer": (lambda t: [f"Bearer\t{t}"], INVALID),
    "two headers, good one first": (lambda t: [f"Bearer {t}", "Bearer other"], INVALID),
    "two headers, good one last": (lambda t: ["Bearer other", f"Bearer {t}"], INVALID),
    "comma-joined": (lambda t: [f"Bearer {t}, Bearer other"], INVALID),
    "long s for s in the scheme": (lambda t: [f"Bearer {t}".replace("B", "ß", 1)], INVALID),
}


@pytest.mark.parametrize("attack", TOKENS)
def test_every_token_gets_the_answer_of_the_table(
    attack: str, client: FlaskClient, xsuaa: LocalXsuaa
) -> None:
    mint, status = TOKENS[attack]
    answer = get(client, f"Bearer {mint(xsuaa)}")
    assert answer.status_code == status
    if status != OK:
        is_clean(answer)


@pytest.mark.parametrize("case", HEADERS)
def test_every_header_gets_the_answer_of_the_table(case: str, client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    lines, status = HEADERS[case]
    answer = get(client, *lines(xsuaa.token()))
    assert answer.status_code == status
    if status != OK:
        is_clean(answer)


def test_a_user_without_the_role_is_not_let_in_where_one_is_needed(
    client: FlaskClient, xsuaa: LocalXsuaa
) -> None:
    answer = client.get("/hello", headers={"Authorization": f"Bearer {xsuaa.token('carol')}"})
    assert answer.status_code == NOT_ALLOWED
    assert answer.get_json()["type"] == "urn:tokonoma:problem:insufficient-scope"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


# Control characters, and halves of characters (surrogates), which JSON can name and UTF-8 cannot hold.
TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


def as_wsgi(text: str) -> str:
    """As a server hands it on: bytes, one character each (PEP 3333)."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(header=st.binary(max_size=200).map(lambda b: b.decode("latin-1")) | TEXT.map(as_wsgi))
def test_no_random_header_is_accepted_or_breaks_anything(client: FlaskClient, header: str) -> None:
    line = header.translate({10: None, 13: None})  # no HTTP server passes line breaks on
    answer = get(client, line)
    assert answer.status_code == INVALID
    is_clean(answer)


PIECE = st.one_of(st.binary(max_size=60).map(encoded), ANYTHING.map(encoded))
HEADER = ["alg", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "typ", "cty", "crit", "b64", "zip", "enc"]
CLAIM = st.sampled_from(
    [
        "aud",
        "cid",
        "zid",
        "scope",
        "exp",
        "nbf",
        "iat",
        "ext_attr",
        "user_name",
        "user_id",
        "user_uuid",
        "grant_type",
        "xs.user.attributes",
        "ext_cxt",
        "jti",
        "cnf",
        "events",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(pieces=st.lists(PIECE, min_size=1, max_size=5), keep=st.sets(st.integers(0, 2), max_size=2))
def test_no_mix_of_random_and_genuine_pieces_is_accepted(
    client: FlaskClient, xsuaa: LocalXsuaa, pieces: list[str], keep: set[int]
) -> None:
    genuine = segments(xsuaa.token())
    for place in keep:
        if place < len(pieces):
            pieces[place] = genuine[place]
    answer = get(client, "Bearer " + ".".join(pieces))
    assert answer.status_code == INVALID
    is_clean(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(claims=st.dictionaries(CLAIM, ANYTHING, min_size=1, max_size=3))
def test_no_genuinely_signed_nonsense_breaks_anything(
    client: FlaskClient, xsuaa: LocalXsuaa, claims: dict[str, Any]
) -> None:
    answer = get(client, f"Bearer {xsuaa.mint(claims)}")
    assert answer.status_code in (OK, INVALID, NOT_ALLOWED)
    if answer.status_code != OK:
        is_clean(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(data=st.data())
def test_no_token_put_together_from_genuine_ones_is_accepted(
    client: FlaskClient, xsuaa: LocalXsuaa, data: st.DataObject
) -> None:
    pool = [segments(xsuaa.token(user)) for user in ("alice", "bob", "carol")]
    pool.append(segments(xsuaa.mint(key=ATTACKER)))
    pool.append(segments(xsuaa.mint({"exp": NOW - 1})))
    chosen = [data.draw(st.sampled_from([token[place] for token in pool])) for place in range(3)]
    assume(chosen not in pool[:3])
    answer = get(client, "Bearer " + ".".join(chosen))
    assert answer.status_code == INVALID
    is_clean(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(header=st.dictionaries(st.sampled_from(HEADER), ANYTHING, max_size=3))
def test_no_header_makes_a_foreign_signature_good(
    client: FlaskClient, xsuaa: LocalXsuaa, header: dict[str, Any]
) -> None:
    answer = get(client, f"Bearer {xsuaa.mint(header=header, key=ATTACKER)}")
    assert answer.status_code == INVALID
    is_clean(answer)
