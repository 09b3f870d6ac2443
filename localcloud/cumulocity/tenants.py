"""Tenants, their users, and the sessions of the users."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from werkzeug.datastructures import Headers


@dataclass(frozen=True)
class TenantUser:
    """A user of one tenant; the same name in another tenant is another user."""

    tenant: str
    name: str
    password: str = field(repr=False)
    roles: tuple[str, ...] = ()
    tfa: str = field(default="", repr=False)
    """The `tfatoken` that every request must carry; empty if it needs none."""


@dataclass(frozen=True)
class TenantSession:
    """A token, which is sent as Bearer, or as a cookie together with the X-XSRF-TOKEN."""

    user: TenantUser
    token: str = field(repr=False)
    xsrf: str = field(repr=False)
    ends: float
    """Seconds since the epoch."""


def _user(tenant: str, name: str, *roles: str, tfa: str = "") -> TenantUser:
    return TenantUser(tenant, name, secrets.token_urlsafe(12), roles, tfa)


class Tenants:
    """Two subscribed tenants and one that is not; each has an `anna`, with a password of her own.

    The platform makes users for the microservice: `bootstrap` of the tenant `management`, by which it asks
    who has subscribed it, and a service user for each of these tenants.
    """

    def __init__(self, application: str) -> None:
        self.application = application
        self.bootstrap = _user("management", f"servicebootstrap_{application}")
        users = [
            self.bootstrap,
            *(_user(tenant, f"service_{application}") for tenant in ("t100", "t200")),
            _user("t100", "anna", "ROLE_INVENTORY_READ", "ROLE_TOKONOMA_ADMIN"),
            _user("t100", "ben@example.com", "ROLE_INVENTORY_READ"),
            _user("t100", "tess", "ROLE_TOKONOMA_ADMIN", tfa=secrets.token_hex(16)),
            _user("t200", "anna", "ROLE_INVENTORY_READ"),
            _user("t200", "boss", "ROLE_APPLICATION_MANAGEMENT_ADMIN"),
            _user("t900", "anna", "ROLE_TOKONOMA_ADMIN", "ROLE_APPLICATION_MANAGEMENT_ADMIN"),
        ]
        self.users = {(user.tenant, user.name): user for user in users}
        self.subscribed = {"t100", "t200"}
        self._sessions: dict[str, TenantSession] = {}

    def service_user(self, tenant: str) -> TenantUser | None:
        """The microservice's own user of a subscribed tenant."""
        user = self.users.get((tenant, f"service_{self.application}"))
        return user if tenant in self.subscribed else None

    def sign_in(self, user: TenantUser, lifetime: float) -> TenantSession:
        """A session of `lifetime` seconds, expired if that is negative. Its token looks like a JWT."""
        token = ".".join(secrets.token_urlsafe(24) for _ in range(3))
        session = TenantSession(user, token, secrets.token_urlsafe(15), time.time() + lifetime)
        self._sessions[token] = session
        return session

    def authenticate(self, headers: Headers, cookies: Mapping[str, str]) -> TenantUser | None:
        """The user of these credentials, or None; a cookie counts before a header."""
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        if "authorization" in cookies:
            session = self._session(cookies["authorization"])
            good = session and compare_digest(session.xsrf, headers.get("X-XSRF-TOKEN", ""))
            user = session.user if session and good else None
        elif scheme.lower() == "bearer":
            session = self._session(rest)
            user = session.user if session else None
        else:
            user = self._by_password(rest) if scheme.lower() == "basic" else None
        return (
            user if user and compare_digest(user.tfa, headers.get("tfatoken", user.tfa and "none")) else None
        )

    def _session(self, token: str) -> TenantSession | None:
        session = self._sessions.get(token)
        return session if session and session.ends > time.time() else None

    def _by_password(self, encoded: str) -> TenantUser | None:
        """RFC 7617, with the tenant's id and a slash before the user's name."""
        try:
            names, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        tenant, _, name = names.partition("/")
        user = self.users.get((tenant, name))
        return user if user and compare_digest(user.password.encode(), password.encode()) else None
