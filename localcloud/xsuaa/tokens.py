"""Mints tokens with the claims of XSUAA's."""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from .descriptor import OPENID
from .store import Session

if TYPE_CHECKING:
    from .zone import Zone


def header(zone: Zone) -> dict[str, Any]:
    kid = zone.keys.current.kid
    return {"alg": "RS256", "typ": "JWT", "kid": kid, "jku": f"https://{zone.uaadomain}/token_keys"}


def access_claims(
    zone: Zone, session: Session | None, scopes: Sequence[str], grant_type: str, lifetime: int
) -> dict[str, Any]:
    """The claims of an access token of `lifetime` seconds; no session means the application itself."""
    client_id, xsappname = zone.descriptor.client_id, zone.descriptor.xsappname
    audiences = [client_id, xsappname]
    if OPENID in scopes:
        audiences.append(OPENID)
    return {
        **_common_claims(zone, lifetime),
        "aud": audiences,
        "azp": client_id,
        "client_id": client_id,
        "grant_type": grant_type,
        "scope": list(scopes),
        "ext_attr": {"enhancer": "XSUAA", "subaccountid": zone.subaccount_id, "zdn": zone.subdomain},
        **(_user_claims(session) if session else {"sub": client_id}),
        **(_attributes(session) if session else {}),
    }


def id_claims(zone: Zone, session: Session, lifetime: int, nonce: str | None) -> dict[str, Any]:
    """The claims of an OpenID Connect id_token of `lifetime` seconds."""
    client_id = zone.descriptor.client_id
    return {
        **_common_claims(zone, lifetime),
        "aud": [client_id],
        "azp": client_id,
        "scope": [OPENID],
        **_user_claims(session),
        **({"nonce": nonce} if nonce else {}),
    }


def _common_claims(zone: Zone, lifetime: int) -> dict[str, Any]:
    now = int(time.time())
    return {
        "jti": uuid.uuid4().hex,
        "iss": zone.issuer,
        "iat": now,
        "exp": now + lifetime,
        "cid": zone.descriptor.client_id,
        "zid": zone.zone_id,
        "rev_sig": secrets.token_hex(4),
    }


def _user_claims(session: Session) -> dict[str, Any]:
    user = session.user
    return {
        "sub": user.id,
        "user_id": user.id,
        "user_uuid": user.id,
        "user_name": user.name,
        "email": user.email,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "origin": "sap.default",
        "auth_time": session.auth_time,
    }


def _attributes(session: Session) -> dict[str, Any]:
    user = session.user
    collections = [collection.name for collection in user.role_collections]
    return {
        "xs.system.attributes": {"xs.rolecollections": collections},
        "xs.user.attributes": user.attributes,
    }


def overlay(base: Mapping[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """`base` with `changes`; a change to None removes the entry."""
    merged = {**base, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def sign(header: Mapping[str, Any], payload: bytes, key: Key) -> str:
    """A JWS in compact form with any header and payload: attacks want what no decent library encodes.

    The algorithm is the header's `alg` (RFC 7518); an unknown one, or none, leaves the signature empty.
    joserfc's table of algorithms is undocumented.
    """
    signing_input = _base64url(to_json(header)) + b"." + _base64url(payload)
    algorithm = JWSRegistry.algorithms.get(str(header.get("alg")))
    signature = algorithm.sign(signing_input, key) if algorithm and algorithm.name != "none" else b""
    return (signing_input + b"." + _base64url(signature)).decode()


def to_json(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
