"""The JWT bearer grant, RFC 7523 section 2.1, as XSUAA uses it: a person's token is exchanged for another."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import time
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, InvalidRequestError, TokenEndpointMixin
from flask import request
from joserfc import jwt
from joserfc.errors import JoseError

from localcloud.xsuaa.store import Session
from localcloud.xsuaa.zone import Zone

from .scopes import narrow


class JwtBearerGrant(BaseGrant, TokenEndpointMixin):
    """The assertion is a token for a person: of this XSUAA for the client, or of an IAS that it trusts."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        assertion = self.request.form.get("assertion")
        if not assertion:
            raise InvalidRequestError("Missing 'assertion' in request.")
        zone = self.server.zone
        self.request.user = _session_of_ias(zone, assertion) or _session(zone, assertion)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        zone, session = self.server.zone, self.request.user
        scopes = narrow(zone, session.user.scopes, self.request.payload.scope)
        return 200, zone.answer(session, scopes, self.GRANT_TYPE), self.TOKEN_RESPONSE_HEADER


def _session_of_ias(zone: Zone, assertion: str) -> Session | None:
    """The session of the person whom a trusted IAS names; None where it is no token of such a one.

    The approuter names the tenant, which is the zone, in a header. Raises InvalidRequestError for another.
    """
    name = zone.trusted(assertion) if zone.trusted else None
    user = zone.users.get(name) if name else None
    if user is None:
        return None
    if request.headers.get("x-zid", zone.zone_id) != zone.zone_id:
        raise InvalidRequestError("The header x-zid names another zone.")
    return Session(user, int(time.time()))


def _session(zone: Zone, assertion: str) -> Session:
    """The session of the person whom the assertion names; raises InvalidGrantError for any other text."""
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": zone.issuer},
        aud={"essential": True, "value": zone.client.client_id},
        exp={"essential": True},
        zid={"essential": True, "value": zone.zone_id},
        auth_time={"essential": True},
    )
    try:
        claims = jwt.decode(assertion, zone.keys.key_set(), algorithms=["RS256"]).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidGrantError("The assertion is not a valid token of this issuer.") from None
    user = zone.users.get(str(claims.get("user_name")))
    if user is None:
        raise InvalidGrantError("The assertion speaks of no person.")
    return Session(user, claims["auth_time"])
