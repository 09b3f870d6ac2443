"""Authlib's authorization server, reading requests as strictly as RFC 6749 wants."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import flask
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Payload
from werkzeug.datastructures import MultiDict

from .grants import GRANTS, AuthorizationCodeGrant
from .grants.pkce import S256Challenge
from .zone import Client, Zone


class RequestParameters(OAuth2Payload):
    """The parameters of one request, from the one place where they belong."""

    def __init__(self, values: MultiDict[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> Mapping[str, str]:
        return self._values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: self._values.getlist(name) for name in self._values})


class OAuthRequest(OAuth2Request):
    """Parameters are read from the body of a POST and from the query of a GET, never from both."""

    def __init__(self, request: flask.Request) -> None:
        super().__init__(request.method, request.base_url, headers=request.headers)
        self.payload = RequestParameters(request.form if request.method == "POST" else request.args)
        self._form = request.form

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class XsuaaAuthorizationServer(AuthorizationServer):
    """The authorization server of one zone."""

    def __init__(self, zone: Zone) -> None:
        super().__init__()
        self.zone = zone
        for grant in GRANTS:
            self.register_grant(grant, [S256Challenge()] if grant is AuthorizationCodeGrant else None)

    def query_client(self, client_id: str) -> Client | None:
        return self.zone.client if client_id == self.zone.client.client_id else None

    def create_oauth2_request(self, request: object) -> OAuthRequest:
        return OAuthRequest(flask.request)

    def get_authorization_grant(self, request: OAuthRequest) -> AuthorizationCodeGrant:
        """The code grant; any other response_type is told to the client if its address can be trusted."""
        if request.payload.response_type == "code":
            grant: AuthorizationCodeGrant = super().get_authorization_grant(request)
            return grant
        client = self.query_client(request.payload.client_id or "")
        uri = request.payload.redirect_uri or ""
        trusted = uri if client and client.check_redirect_uri(uri) else None
        raise OAuth2Error(
            "Only response_type=code is offered.", error="unsupported_response_type", redirect_uri=trusted
        )

    def create_token_response(self, request: object = None) -> flask.Response:
        """Answer the token endpoint; a repeated parameter is an error (RFC 6749, section 3.2)."""
        repeated = [name for name, values in flask.request.form.lists() if len(values) > 1]
        if repeated or "grant_type" not in flask.request.form:
            what = "A parameter is repeated." if repeated else "Missing 'grant_type' in request."
            refusal: flask.Response = self.handle_error_response(request, InvalidRequestError(what))
            return refusal
        response: flask.Response = super().create_token_response()
        return response

    def authenticate_client(
        self, request: OAuthRequest, methods: Sequence[str], endpoint: str = "token"
    ) -> Client:
        """The client by its secret, in the body or by Basic but not by both (RFC 6749, section 2.3).

        Raises InvalidClientError, or InvalidRequestError for two ways at once.
        """
        basic = flask.request.authorization
        form = flask.request.form
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if basic is not None and basic.type == "basic":
            if secret is not None:
                raise InvalidRequestError("The client must authenticate in one way only.")
            # The id and the secret are form-encoded first (section 2.3.1), by some clients at least.
            basic_id, secret = unquote(basic.username or ""), unquote(basic.password or "")
            if client_id not in (None, basic_id):
                raise InvalidClientError("Bad credentials", status_code=401)
            client_id = basic_id
        client = self.query_client(client_id or "")
        if client is None or not client.check_client_secret(secret or ""):
            raise InvalidClientError("Bad credentials", status_code=401)
        return client

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Send nothing: nobody listens to signals here."""

    def handle_response(
        self, status: int, body: str | Mapping[str, Any], headers: Sequence[tuple[str, str]]
    ) -> flask.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return flask.Response(text, status, headers=list(headers))
