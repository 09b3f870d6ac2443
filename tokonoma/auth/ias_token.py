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
    _check_kind(claims)
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


def _check_kind(claims: Mapping[str, Any]) -> None:
    """Refuse what is no access token.

    OpenID Connect Core 1.0 sections 2, 3.1.3.6 and 3.3.2.11 (id_tokens); RFC 8417 section 2.2 (events).
    """
    if not claims.keys().isdisjoint(("nonce", "at_hash", "c_hash", "events")):
        raise Rejected("it is an id_token or an event")


_TEXTS = (
    *("app_tid", "zone_uuid", "azp", "sub", "scim_id", "user_uuid", "email", "login_name"),
    *("preferred_username", "sap_id_type", "jti"),
)
"""Claims that are read here or by sap-xssec, and have to be texts; null counts as missing."""
