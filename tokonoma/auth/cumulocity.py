"""Cumulocity's gate: the platform knows who is asking, and is asked with the caller's own credentials.

Its gateway lets users of subscribed tenants pass and hands on what they have sent. The Microservice SDK's
page "Security" asks to check that once more at C8Y_BASEURL, the only address that ever gets to see it.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from werkzeug.sansio.http import parse_cookie

from tokonoma.auth.bounded_client import BoundedClient
from tokonoma.auth.gate import Caller, Credentials, Gate
from tokonoma.deadline import call_with_deadline
from tokonoma.errors import BindingError, CredentialsInvalid, CredentialsMissing, PlatformUnavailable

_log = logging.getLogger(__name__)

APPLICATION = "tokonoma"
"""Stands in scopes where XSUAA has the xsappname."""
REMEMBERED = 30.0
"""Seconds that the platform's answer about the same credentials is believed."""
DEADLINE = 5.0
"""Seconds for all that the platform is asked about one request."""
MAX_WAIT = 0.5
"""Seconds that a request waits when too many others wait for the platform already."""
UNUSABLE = 10.0
"""Seconds after which a platform that did not answer is believed to work again."""

# RFC 7617 and RFC 6750: one scheme, one space, one token68. Several headers come as one, with a comma.
_AUTHORIZATION = re.compile(r"(?i:basic|bearer) [A-Za-z0-9._~+/-]+=*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]+", re.ASCII)
_ROLE = re.compile(r"ROLE_\w+", re.ASCII)
"""Roles that a view may ask for by the platform's name. Any microservice brings roles of its own, so those
that could be mistaken for a scope of this application are left out."""

# What comes with one answer never goes out with another question.
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])


@dataclass(frozen=True)
class Microservice:
    """What the platform tells a microservice about itself."""

    url: str
    """The platform's address, without a slash at the end."""
    tenant: str
    """With isolation PER_TENANT, the only tenant whose users are let in; else empty."""


def read_microservice(environ: Mapping[str, str]) -> Microservice:
    """The platform's own variables. Raises BindingError."""
    url = environ.get("C8Y_BASEURL", "")
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = None
    if not fits or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise BindingError("C8Y_BASEURL is no http address, or says more than scheme, host and port.")
    tenant = ""
    if environ.get("C8Y_MICROSERVICE_ISOLATION") == "PER_TENANT":
        tenant = environ.get("C8Y_TENANT", "")
        if not tenant:
            raise BindingError("C8Y_MICROSERVICE_ISOLATION is PER_TENANT, and C8Y_TENANT is not set.")
    return Microservice(f"{parts.scheme}://{parts.netloc}", tenant)


@dataclass(frozen=True)
class _User:
    """Somebody whom the platform knows."""

    name: str
    tenant: str
    roles: frozenset[str]


class CumulocityGate(Gate):
    """Turns credentials of a Cumulocity user into a Caller.

    Raises CredentialsMissing, CredentialsInvalid or PlatformUnavailable.
    """

    kind = "cumulocity"

    def __init__(
        self, microservice: Microservice, scopes: Mapping[str, frozenset[str]], threads: int
    ) -> None:
        """A gate that gives a role's holders `scopes[role]` (without `$XSAPPNAME.`).

        At most half of the worker's `threads` wait for the platform at the same time.
        """
        super().__init__(noun="login", refusal=CredentialsInvalid, remembered_for=REMEMBERED)
        self._microservice = microservice
        self._scopes = scopes
        # When the platform hangs, some threads are left for those who ask whether we live.
        self._asking = BoundedSemaphore(max(threads // 2, 1))
        self._tls = ssl.create_default_context()
        self._failed = float("-inf")

    @property
    def usable(self) -> bool:
        return time.monotonic() - self._failed > UNUSABLE

    def start(self) -> None:
        """Nothing goes on in the background."""

    def _read(self, environ: Mapping[str, Any]) -> Credentials:
        """The header fields that the platform gets to see; it gets no others of the request."""
        cookies = parse_cookie(environ.get("HTTP_COOKIE")).getlist("authorization")
        authorization: str | None = environ.get("HTTP_AUTHORIZATION")
        xsrf: str = environ.get("HTTP_X_XSRF_TOKEN", "")
        tfa: str | None = environ.get("HTTP_TFATOKEN")
        if cookies:
            # Beside the cookie the gateway puts a Basic header whose password is made up.
            # Without the token, another site may have made the browser send the cookie.
            if len(cookies) != 1 or not _WORD.fullmatch(cookies[0]) or not _WORD.fullmatch(xsrf):
                raise self._refuse("its cookie is malformed, or without an X-XSRF-TOKEN")
            found: Credentials = (("Cookie", f"authorization={cookies[0]}"), ("X-XSRF-TOKEN", xsrf))
        elif authorization is None:
            raise CredentialsMissing
        elif not _AUTHORIZATION.fullmatch(authorization):
            raise self._refuse("it is neither Basic nor Bearer")
        else:
            found = (("Authorization", authorization),)
        if tfa is not None:
            if not _WORD.fullmatch(tfa):
                raise self._refuse("its tfatoken is malformed")
            found = (*found, ("tfatoken", tfa))
        return found

    def _check(self, credentials: Credentials) -> tuple[Caller, float]:
        user = self._ask(credentials)
        if self._microservice.tenant not in ("", user.tenant):
            raise self._refuse("it is of another tenant")
        scopes = {f"{APPLICATION}.{scope}" for role in user.roles for scope in self._scopes.get(role, ())}
        caller = Caller(
            name=user.name,
            id=f"{user.tenant}/{sha256(user.name.encode()).hexdigest()[:12]}",
            zone=user.tenant,
            scopes=frozenset({"openid", *scopes, *filter(_ROLE.fullmatch, user.roles)}),
            xsappname=APPLICATION,
        )
        return caller, float("inf")

    def _ask(self, credentials: Credentials) -> _User:
        """The user whom the platform knows by these credentials. Raises AccessError."""
        if not self._asking.acquire(timeout=MAX_WAIT):
            raise PlatformUnavailable
        try:
            answer = call_with_deadline(DEADLINE, lambda: self._fetch(credentials), late=lambda _: None)
        finally:
            self._asking.release()
        if answer is None:
            self._failed = time.monotonic()
            raise PlatformUnavailable
        if isinstance(answer, CredentialsInvalid):
            raise self._refuse("the platform refuses it")
        return answer

    def _fetch(self, credentials: Credentials) -> _User | CredentialsInvalid | None:
        """The platform's answer, or None without one.

        It is asked twice, as by its own Java SDK: what it says of a user does not name the tenant.
        """
        try:
            # No proxy, whatever the environment says: the platform is in the same cluster.
            with BoundedClient(
                DEADLINE,
                base_url=self._microservice.url,
                verify=self._tls,
                trust_env=False,
                cookies=CookieJar(_NO_COOKIES),
            ) as client:
                user = _get(client, "/user/currentUser", credentials)
                tenant = _get(client, "/tenant/currentTenant", credentials)
            roles = frozenset(role["id"] for role in user["effectiveRoles"])
            known = _User(user["userName"], tenant["name"], roles)
            if not (_WORD.fullmatch(known.tenant) and known.name and known.name.isprintable()):
                raise ValueError("an id that is none")
            if not all(isinstance(role, str) for role in roles):
                raise ValueError("a role that is none")
        except CredentialsInvalid:
            return CredentialsInvalid()
        except Exception as error:
            # An outage, a proxy's page, a broken answer; its text may quote what was sent.
            _log.warning("Cumulocity gives no usable answer (%s)", type(error).__name__)
            return None
        return known


def _get(client: BoundedClient, path: str, credentials: Credentials) -> dict[str, Any]:
    """The JSON object at `path`.

    Raises CredentialsInvalid for a refusal; OSError, httpx.HTTPError or ValueError for what is no answer.
    """
    status, body = client.get(path, headers={**dict(credentials), "Accept": "application/json"})
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise CredentialsInvalid
    if status != HTTPStatus.OK:
        raise ValueError("neither an answer nor a refusal")
    found: dict[str, Any] = json.loads(body)
    return found
