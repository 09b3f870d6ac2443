"""The client credentials grant, RFC 6749 section 4.4: the application speaks for itself."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as Grant

from .scopes import narrow


class ClientCredentialsGrant(Grant):
    """The token has the descriptor's authorities, no person, and no refresh token."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        zone = self.server.zone
        scopes = narrow(zone, zone.application_scopes, self.request.payload.scope)
        return 200, zone.answer(None, scopes, self.GRANT_TYPE), self.TOKEN_RESPONSE_HEADER
