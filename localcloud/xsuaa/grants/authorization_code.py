"""The authorization code grant, RFC 6749 section 4.1: how a person signs in through a browser."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as CodeGrant

from localcloud.xsuaa.store import Code, Session
from localcloud.xsuaa.zone import Client

from .scopes import narrow


class AuthorizationCodeGrant(CodeGrant):
    """A code is good once and for five minutes; presenting it spends it, with the right verifier or not."""

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Client) -> str:
        """The address to return to, once it is known to be one of the client's (RFC 6749, section 3.1.2)."""
        uri = request.payload.redirect_uri
        if not uri:
            raise InvalidRequestError("Missing 'redirect_uri' in request.")
        if not client.check_redirect_uri(uri):
            raise InvalidRequestError("The redirect_uri is not in the application's allow-list.")
        return str(uri)

    def validate_requested_scope(self) -> None:
        """Refuse a scope that nobody can have before anybody signs in for it."""
        zone = self.server.zone
        narrow(zone, tuple(zone.known_scopes), self.request.payload.scope)

    def create_authorization_response(
        self, redirect_uri: str, session: Session
    ) -> tuple[int, str, list[tuple[str, str]]]:
        """Send the browser back with a code, or with the error where the person has none of the scopes."""
        try:
            granted = narrow(self.server.zone, session.user.scopes, self.request.payload.scope)
        except InvalidScopeError as error:
            error.redirect_uri = redirect_uri
            raise
        self.request.scope = " ".join(granted)
        answer: tuple[int, str, list[tuple[str, str]]]
        answer = super().create_authorization_response(redirect_uri, session)
        return answer

    def save_authorization_code(self, code: str, request: Any) -> None:
        parameters = request.payload.data
        self.server.zone.codes.put(
            code,
            Code(
                session=request.user,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                code_challenge=parameters.get("code_challenge"),
                nonce=parameters.get("nonce"),
            ),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        taken: Code | None = self.server.zone.codes.take(code)
        return taken

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        zone, code = self.server.zone, self.request.authorization_code
        answer = zone.answer(code.session, code.scope.split(), self.GRANT_TYPE, nonce=code.nonce)
        return 200, answer, self.TOKEN_RESPONSE_HEADER
