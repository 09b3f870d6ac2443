"""Everything that one local XSUAA knows: one identity zone with one application and its client."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from . import tokens
from .descriptor import OPENID, PLATFORM_SCOPES, Descriptor
from .keys import SigningKeys
from .redirects import is_allowed
from .store import Code, ExpiringStore, RefreshToken, Session, begin_session
from .users import demo_users

_CODE_LIFETIME = 300


class Client:
    """The application's OAuth client, in the shape in which Authlib asks for one (RFC 6749, section 2)."""

    def __init__(self, client_id: str, redirect_uris: Sequence[str]) -> None:
        self.client_id = client_id
        self.secret = ""
        self.renew_secret()
        self._redirect_uris = tuple(redirect_uris)

    def renew_secret(self) -> None:
        self.secret = secrets.token_urlsafe(32)

    def check_client_secret(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), secret.encode("utf-8", "surrogatepass"))

    def check_redirect_uri(self, uri: str) -> bool:
        return is_allowed(uri, self._redirect_uris)

    @staticmethod
    def check_response_type(response_type: str) -> bool:
        return response_type == "code"

    @staticmethod
    def check_grant_type(grant_type: str) -> bool:
        """Every grant that is offered at all is this client's."""
        return True

    @staticmethod
    def get_allowed_scope(scope: str | None) -> str:
        """The request's own wish; what a person may have is decided when the token is made."""
        return scope or ""


class Zone:
    """One identity zone; `url` and `uaadomain` are known once the ports are."""

    def __init__(self, descriptor: Descriptor, redirect_uris: Sequence[str] = ()) -> None:
        self.descriptor = descriptor
        self.client = Client(descriptor.client_id, (*descriptor.redirect_uris, *redirect_uris))
        self.keys = SigningKeys()
        self.users = demo_users(descriptor)
        self.zone_id = str(uuid.uuid4())
        self.subaccount_id = str(uuid.uuid4())
        self.subdomain = "local"
        self.token_lifetime = descriptor.token_validity
        self.codes: ExpiringStore[Code] = ExpiringStore(_CODE_LIFETIME)
        self.refresh_tokens: ExpiringStore[RefreshToken] = ExpiringStore(descriptor.refresh_token_validity)
        self.trusted: Callable[[str], str | None] | None = None
        """Gives the name of the person of whom an assertion of a trusted IAS speaks."""
        self.url = ""
        self.uaadomain = ""

    @property
    def issuer(self) -> str:
        return f"{self.url}/oauth/token"

    @property
    def known_scopes(self) -> set[str]:
        return {OPENID, *PLATFORM_SCOPES, *self.descriptor.scopes}

    def sign_in(self, name: str, password: str) -> Session | None:
        """A session that begins now, if there is such a person with that password."""
        return begin_session(self.users, name, password)

    @property
    def application_scopes(self) -> tuple[str, ...]:
        """What the application may do by itself."""
        return ("uaa.resource", *self.descriptor.authorities)

    def answer(
        self,
        session: Session | None,
        scopes: Sequence[str],
        grant_type: str,
        *,
        nonce: str | None = None,
        refresh_token: str | None = None,
    ) -> dict[str, Any]:
        """What the token endpoint answers (RFC 6749, section 5.1); no session means the application itself.

        A person gets a refresh token: the one that was just used, or a new one.
        """
        lifetime = self.token_lifetime
        claims = tokens.access_claims(self, session, scopes, grant_type, lifetime)
        answer = {
            "access_token": self.sign(claims),
            "token_type": "bearer",
            "expires_in": lifetime,
            "scope": " ".join(scopes),
            "jti": claims["jti"],
        }
        if session:
            answer["refresh_token"] = refresh_token or self._new_refresh_token(session, scopes, grant_type)
            if OPENID in scopes:
                answer["id_token"] = self.sign(tokens.id_claims(self, session, lifetime, nonce))
        return answer

    def sign(self, claims: dict[str, Any]) -> str:
        return tokens.sign(tokens.header(self), tokens.to_json(claims), self.keys.current)

    def _new_refresh_token(self, session: Session, scopes: Sequence[str], grant_type: str) -> str:
        value = f"{self.refresh_tokens.new_name()}-r"
        self.refresh_tokens.put(value, RefreshToken(value, session, " ".join(scopes), grant_type))
        return value
