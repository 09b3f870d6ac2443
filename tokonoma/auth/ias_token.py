"""Reads a token of IAS before sap-xssec checks it, and refuses what the library leaves open.

That is the tenant, the application's tenant, the authorized party, an expiry, the type of each claim, and
what IAS signs with the same key and is no access token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokonoma.auth.prescreen import (
    Rejected,
    UnverifiedToken,
    check_header,
    check_times,
    is_plain,
    is_text,
    is_texts,
    json_object,
)
from tokonoma.bindings import IdentityBinding


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token of three parts, of which nothing is believed. Raises Rejected."""
    return json_object(token.split(".")[1])


def is_of_xsuaa(claims: Mapping[str, Any]) -> bool:
    """Whether a token looks like one of XSUAA's: IAS's tokens have neither of these claims."""
    return "zid" in claims or "cid" in claims


def prescreen_ias(token: str, binding: IdentityBinding) -> UnverifiedToken:
    """Read a token for the client of `binding`. Raises Rejected."""
    header, claims = json_object(token.split(".")[0]), claims_of(token)
    check_header(header)
    if not header.get("kid"):
        raise Rejected("no key has its key id")
    _check_issuer(claims, binding)
    check_times(claims)
    for name in _TEXTS:
        if claims.get(name) is not None and not (is_text(claims[name]) and is_plain(claims[name])):
            raise Rejected(f"its claim {name} is malformed")
    tenants = {claims[name] for name in ("app_tid", "zone_uuid") if claims.get(name) is not None}
    if tenants != {binding.app_tid}:
        raise Rejected("another tenant")
    if claims.get("azp") != binding.clientid:
        raise Rejected("another client")
    audience = claims.get("aud")
    if not (audience == binding.clientid or (is_texts(audience) and binding.clientid in (audience or ()))):
        raise Rejected("another audience")
    _check_kind(claims, binding)
    return UnverifiedToken(header["alg"], header["kid"], claims["exp"], claims)


def _check_issuer(claims: Mapping[str, Any], binding: IdentityBinding) -> None:
    """`iss`, and `ias_iss` if it is there, have to be the bound tenant; the scheme may be missing."""
    issuers = [claims.get("iss"), claims.get("ias_iss", binding.url)]
    for issuer in issuers:
        if not isinstance(issuer, str):
            raise Rejected("its claim iss is malformed")
        full = issuer if issuer.startswith("https://") else f"https://{issuer}"
        if full != binding.url:
            raise Rejected("another issuer")


def _check_kind(claims: Mapping[str, Any], binding: IdentityBinding) -> None:
    """Refuse what is no access token.

    An id_token shows it by a claim, mostly: IAS binds those of a sign-in to a nonce or an access token. One
    that has neither looks like an access token; but IAS binds each of these to the certificate of a client
    that has nothing else to sign in with (RFC 8705 section 3), and no id_token.
    """
    if not NO_ACCESS_TOKEN.isdisjoint(claims):
        raise Rejected("it is an id_token or an event")
    if "cnf" not in claims and not binding.credentials.get("clientsecret"):
        raise Rejected("it is bound to no certificate")


NO_ACCESS_TOKEN = frozenset(
    {
        *("nonce", "at_hash", "c_hash", "s_hash", "sub_jwk"),
        *("urn:openid:params:jwt:claim:rt_hash", "urn:openid:params:jwt:claim:auth_req_id"),
        *("events", "toe"),
    }
)
"""Claims of id_tokens and of events, which no access token has.

OpenID Connect Core 1.0 sections 2, 3.1.3.6, 3.3.2.11 and 7.4; FAPI 1.0 part 2 section 5.1; CIBA section
10.3.1; RFC 8417 section 2.2.
"""
_TEXTS = (
    *("app_tid", "zone_uuid", "azp", "sub", "scim_id", "user_uuid", "email", "login_name"),
    *("preferred_username", "sap_id_type", "jti"),
)
"""Claims that are read here or by sap-xssec, and have to be texts; null counts as missing."""
