"""Reads a token before sap-xssec checks it, and refuses most forged ones at a hundredth of the cost.

Nothing is believed here: a rule of this file can only refuse. Among them are those that sap-xssec lacks: the
zone, an expiry, the type of each claim that is read, and that the token is an access token and nothing else
that XSUAA signs with the same key (RFC 8725 section 3.12).
"""

from __future__ import annotations

import json
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from jwt.algorithms import get_default_algorithms

ALGORITHMS = {n: a for n, a in get_default_algorithms().items() if n[:2] in ("RS", "PS")}
"""The algorithms of signatures, by name; XSUAA's keys are RSA keys. sap-xssec would take ES as well."""
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""The header's `typ` in lower case: XSUAA's, and those of RFC 9068 section 2.1."""
# RFC 6750 section 2.1, one space, and the three parts of a signed JWT (RFC 7515 section 7.1).
BEARER = re.compile(r"(?i:bearer) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)
LEEWAY = 60.0
"""Seconds that XSUAA's clock may be ahead (`iat`, `nbf`), as in SAP's Java library; `exp` has no leeway."""
END_OF_TIME = 253_402_300_800
"""The year 10000, which no calendar of Python's reaches; seconds since the epoch."""


class Rejected(Exception):
    """The token need not be checked; the message is one of a few fixed texts, and quotes nothing of it."""


@dataclass(frozen=True)
class UnverifiedToken:
    """A token's header and claims, as far as the gate has use for them."""

    algorithm: str
    kid: str
    """The id of the key that is said to have signed it; empty for the bound key."""
    expiry: float
    """Seconds since the epoch."""
    claims: Mapping[str, Any] = field(repr=False)
    """The claims of the token; those of `_CLAIMS` have the types that stand there."""


def prescreen(token: str, zone: str) -> UnverifiedToken:
    """Read a token of three parts in base64url, for a service in the identity zone `zone`.

    Raises Rejected.
    """
    head, payload, _ = token.split(".")
    header, claims = json_object(head), json_object(payload)
    check_header(header)
    if claims.get("zid") != zone:
        raise Rejected("another zone")
    check_times(claims)
    for name, fits in _CLAIMS.items():
        if claims.get(name) is not None and not fits(claims[name]):
            raise Rejected(f"its claim {name} is malformed")
    if not claims.get("cid"):
        raise Rejected("its claim cid is missing")
    _check_kind(claims)
    return UnverifiedToken(header["alg"], header.get("kid", ""), claims["exp"], claims)


def is_signed(token: str, algorithm: str, key: str) -> bool:
    """Whether `key` (PEM) made the signature; true as well for a key that only sap-xssec knows how to read.

    The same check that sap-xssec makes through PyJWT, without what it does around it: a tenth of the time.
    """
    method = ALGORITHMS[algorithm]
    try:
        prepared = _prepared(algorithm, key)
    except Exception:
        return True
    signed, _, signature = token.rpartition(".")
    try:
        return method.verify(signed.encode(), prepared, _decoded(signature))
    except ValueError:
        return False


def check_header(header: Mapping[str, Any]) -> None:
    """Raises Rejected for what no access token of SAP's has in its header."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Rejected("its algorithm is not one of RSA's")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise Rejected("its type is not JWT")
    # PyJWT knows the extension b64 (RFC 7797).
    if "crit" in header or "b64" in header:
        raise Rejected("it asks for an extension")
    if not isinstance(header.get("kid", ""), str):
        raise Rejected("its key id is not a text")


def check_times(claims: Mapping[str, Any]) -> None:
    """Raises Rejected for a token that has expired, never will, or is from the future."""
    now = time.time()
    expiry = claims.get("exp")
    if expiry is None or not _is_number(expiry):
        raise Rejected("it never expires")
    if not now < expiry < END_OF_TIME:
        raise Rejected("it has expired, or never will")
    for name in ("iat", "nbf"):
        moment = claims.get(name, now)
        if not (_is_number(moment) and 0 <= moment < END_OF_TIME):
            raise Rejected(f"its claim {name} is malformed")
        if moment > now + LEEWAY:
            raise Rejected("it is from the future")


def _check_kind(claims: Mapping[str, Any]) -> None:
    """Refuse what is no access token, or one that needs a proof which nobody here can check.

    XSUAA adds `ext_attr` with its name to access tokens and not to id_tokens; SAP's libraries for Java and
    JavaScript know XSUAA's tokens by it. The id of a refresh token ends with "-r". (XSUAA is made from Cloud
    Foundry's UAA, whose class IdToken has no such claim. UAA copies `nonce`, `amr` and `granted_scopes` into
    access tokens, so they say nothing.)
    """
    if (claims.get("ext_attr") or {}).get("enhancer") != "XSUAA":
        raise Rejected("it is no access token of XSUAA")
    if (claims.get("jti") or "").endswith("-r"):
        raise Rejected("it is a refresh token")
    # OpenID Connect Core 1.0 sections 3.1.3.6 and 3.3.2.11; RFC 8417 section 2.2 (logout tokens too).
    if not claims.keys().isdisjoint(("at_hash", "c_hash", "events")):
        raise Rejected("it is an id_token or an event")
    # RFC 8705 section 3 and RFC 9449 section 6: the sender has to show a certificate or a key.
    if "cnf" in claims:
        raise Rejected("it is bound to a certificate or key")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_text(value: object) -> bool:
    """Whether a claim is a text."""
    return isinstance(value, str)


def is_texts(value: object) -> bool:
    """Whether a claim is a list of texts."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def is_attributes(value: object) -> bool:
    """Lists of texts by name; without surrogates, which JSON can name and UTF-8 cannot hold."""
    if not isinstance(value, dict) or not all(is_texts(each) for each in value.values()):
        return False
    try:
        "".join([*value, *(text for texts in value.values() for text in texts)]).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_context(value: object) -> bool:
    """The place of the attributes in some tokens."""
    if not isinstance(value, dict):
        return False
    attributes = value.get("xs.user.attributes")
    return attributes is None or is_attributes(attributes)


_CLAIMS: Mapping[str, Callable[[object], bool]] = {
    "cid": is_text,
    "jti": is_text,
    "grant_type": is_text,
    "user_name": is_text,
    "user_id": is_text,
    "user_uuid": is_text,
    "aud": is_texts,
    "scope": is_texts,
    "ext_attr": _is_object,
    "ext_cxt": _is_context,
    "xs.user.attributes": is_attributes,
}
"""The claims that are read here or by sap-xssec, and what each has to be; null counts as missing."""


@lru_cache(maxsize=32)
def _prepared(algorithm: str, key: str) -> Any:
    return ALGORITHMS[algorithm].prepare_key(key)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _no_constant(_name: str) -> NoReturn:
    """NaN and Infinity, which Python reads and JSON does not have (RFC 8259 section 6)."""
    raise ValueError


_json = json.JSONDecoder(parse_constant=_no_constant)


def json_object(part: str) -> dict[str, Any]:
    """The JSON object in a part of a token. Raises Rejected."""
    try:
        value = _json.decode(_decoded(part).decode())
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Rejected("it is no JSON object")
    return value
