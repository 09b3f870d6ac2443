"""The password grant, RFC 6749 section 4.3: a token without a browser, as command line tools get theirs."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import ResourceOwnerPasswordCredentialsGrant as Grant

from .scopes import narrow


class PasswordGrant(Grant):
    """A wrong user name and a wrong password look the same."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        form = self.request.form
        if "username" not in form or "password" not in form:
            raise InvalidRequestError("Missing 'username' or 'password' in request.")
        self.request.user = self.server.zone.sign_in(form["username"], form["password"])
        if self.request.user is None:
            raise InvalidGrantError("Bad credentials")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        zone, session = self.server.zone, self.request.user
        scopes = narrow(zone, session.user.scopes, self.request.payload.scope)
        return 200, zone.answer(session, scopes, self.GRANT_TYPE), self.TOKEN_RESPONSE_HEADER
