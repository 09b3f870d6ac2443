"""The refresh token grant, RFC 6749 section 6: how a session at the router outlives its token."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as Grant

from .scopes import narrow


class RefreshTokenGrant(Grant):
    """A refresh token is good until it expires and comes back with every answer: UAA does not rotate them."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        value = self.request.form.get("refresh_token")
        if not value:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        self.request.refresh_token = self.server.zone.refresh_tokens.get(value)
        if self.request.refresh_token is None:
            raise InvalidGrantError("The refresh token is unknown or has expired.")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        zone, kept = self.server.zone, self.request.refresh_token
        scopes = narrow(zone, kept.scope.split(), self.request.payload.scope)
        answer = zone.answer(kept.session, scopes, kept.grant_type, refresh_token=kept.value)
        return 200, answer, self.TOKEN_RESPONSE_HEADER
