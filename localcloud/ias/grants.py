"""The grants of the token endpoint (RFC 6749 section 3.2); others are refused by name."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import request

from localcloud.xsuaa.store import ExpiringStore, begin_session

from .refusal import Refused
from .tenant import Tenant

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ALWAYS_JWT = ("authorization_code", "client_credentials")
"""Grants that give a JWT whatever `access-token-format` says."""
_NOT_HERE = {
    "urn:ietf:params:oauth:grant-type:token-exchange": "token exchange",
    "urn:ietf:params:oauth:grant-type:saml2-bearer": "SAML bearer assertions",
    "urn:ietf:params:oauth:grant-type:device_code": "device codes",
}


@dataclass(frozen=True)
class SignedInCode:
    """An authorization code on its way to the client (RFC 6749 section 4.1.2, RFC 7636 section 4.4)."""

    person: str
    redirect_uri: str
    challenge: str
    nonce: str


class Grants:
    """Codes and refresh tokens are good once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.codes: ExpiringStore[SignedInCode] = ExpiringStore(60.0)
        self._refresh_tokens: ExpiringStore[str] = ExpiringStore(43_200.0)
        self._by_name: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh_token,
            "client_credentials": self._of_the_client,
            "password": self._by_password,
            JWT_BEARER: self._by_assertion,
        }

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def answer(self, thumbprint: str) -> dict[str, Any]:
        """What a client gets that has signed in with the certificate `thumbprint`, or with its secret.

        Raises Refused.
        """
        repeated = [name for name, values in request.form.lists() if len(values) > 1]
        grant = request.form.get("grant_type", "")
        if repeated or not grant:
            raise Refused("invalid_request", "A parameter is repeated." if repeated else "No grant_type.")
        if grant not in self._by_name:
            what = _NOT_HERE.get(grant, "this grant")
            raise Refused("unsupported_grant_type", f"The local IAS has no {what}.")
        return self._by_name[grant](grant, thumbprint)

    def _by_code(self, grant: str, thumbprint: str) -> dict[str, Any]:
        code = self.codes.take(_field("code"))
        if code is None:
            raise Refused("invalid_grant", "The code is unknown, used or has expired.")
        digest = sha256(_field("code_verifier").encode("utf-8", "surrogatepass")).digest()
        if code.challenge and code.challenge != urlsafe_b64encode(digest).rstrip(b"=").decode():
            raise Refused("invalid_grant", "The code_verifier is not the one of the code_challenge.")
        if code.redirect_uri != _field("redirect_uri"):
            raise Refused("invalid_grant", "The redirect_uri is another one.")
        return self._of_a_person(code.person, grant, thumbprint, code.nonce)

    def _by_refresh_token(self, grant: str, thumbprint: str) -> dict[str, Any]:
        person = self._refresh_tokens.take(_field("refresh_token"))
        if person is None:
            raise Refused("invalid_grant", "The refresh token is unknown, used or has expired.")
        return self._of_a_person(person, grant, thumbprint)

    def _by_password(self, grant: str, thumbprint: str) -> dict[str, Any]:
        session = begin_session(self._tenant.people, _field("username"), _field("password"))
        if session is None:
            raise Refused("invalid_grant", "The user name or the password is not right.")
        return self._of_a_person(session.user.name, grant, thumbprint)

    def _by_assertion(self, grant: str, thumbprint: str) -> dict[str, Any]:
        """RFC 7523 section 2.1, for tokens of this tenant."""
        person = self._tenant.person_of(_field("assertion"), self._tenant.clientid)
        if person is None:
            raise Refused("invalid_grant", "The assertion is no valid token of this tenant for a person.")
        return self._of_a_person(person, grant, thumbprint)

    def _of_the_client(self, grant: str, thumbprint: str) -> dict[str, Any]:
        return self._access_token(self._tenant.client_claims(thumbprint), grant)

    def _of_a_person(self, person: str, grant: str, thumbprint: str, nonce: str = "") -> dict[str, Any]:
        refresh_token = self._refresh_tokens.new_name()
        self._refresh_tokens.put(refresh_token, person)
        access = self._access_token(self._tenant.claims(person, thumbprint), grant)
        return {
            **access,
            "id_token": self._tenant.mint(self._tenant.id_claims(person, nonce, access["access_token"])),
            "refresh_token": refresh_token,
        }

    def _access_token(self, claims: Mapping[str, Any], grant: str) -> dict[str, Any]:
        is_jwt = grant in _ALWAYS_JWT or self._tenant.access_token_format == "jwt"  # noqa: S105 - a format
        return {
            "access_token": self._tenant.mint(claims) if is_jwt else secrets.token_urlsafe(32),
            "token_type": "Bearer",
            "expires_in": self._tenant.token_lifetime,
        }


def _field(name: str) -> str:
    return request.form.get(name, "")
