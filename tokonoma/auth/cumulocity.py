"""Who is asking on Cumulocity: the platform knows, and is asked with the caller's own credentials.

Its gateway lets users of subscribed tenants pass, and hands on what they have sent. As the Microservice SDK's
page "Security" asks for, that is checked once more at C8Y_BASEURL, the only address that ever gets to see it.
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

import httpx
from flask import request

from tokonoma.auth.bounded_body import AS_IT_COMES, body_of
from tokonoma.auth.gate import MAX_TOKEN, Caller, Gate
from tokonoma.deadline import within
from tokonoma.errors import BindingError, CredentialsInvalid, CredentialsMissing, PlatformUnavailable

_log = logging.getLogger(__name__)

ROLES: Mapping[str, frozenset[str]] = {
    "ROLE_TOKONOMA_ADMIN": frozenset({"Operate"}),
    # Whoever may put microservices into a tenant, and take them away, may see how this one does.
    "ROLE_APPLICATION_MANAGEMENT_ADMIN": frozenset({"Operate"}),
}
"""From Cumulocity's roles to the scopes of xs-security.json; `openid` comes with any good credentials."""
APPLICATION = "tokonoma"
"""Stands in scopes where XSUAA has the xsappname."""

REMEMBERED = 30.0
"""Seconds that the platform's answer about the same credentials is believed."""
DEADLINE = 5.0
"""Seconds for all that the platform is asked about one request."""
PATIENCE = 0.5
"""Seconds that a request waits when too many others wait for the platform already."""
SHAKEN = 10.0
"""Seconds after which we trust a platform again that did not answer."""

# RFC 7617 and RFC 6750: one scheme, one space, one token68. Several headers come as one, with a comma.
_AUTHORIZATION = re.compile(r"(?i:basic|bearer) [A-Za-z0-9._~+/-]+=*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]+", re.ASCII)

# What comes with one answer never goes out with another question.
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Microservice:
    """What the platform tells a microservice about itself."""

    url: str
    """Where the platform is, without a slash at the end."""
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
class _Known:
    """A user of whom the platform says that he is who he says."""

    user: str
    tenant: str
    roles: frozenset[str]


class CumulocityGate(Gate):
    """Lets in whom the platform knows, with the roles that he has in his tenant."""

    def __init__(self, microservice: Microservice, threads: int) -> None:
        super().__init__()
        self._microservice = microservice
        # When the platform hangs, some threads are left for those who ask whether we live.
        self._seats = BoundedSemaphore(max(threads // 2, 1))
        self._tls = ssl.create_default_context()
        self._shaken = float("-inf")

    @property
    def usable(self) -> bool:
        return time.monotonic() - self._shaken > SHAKEN

    def start(self) -> None:
        """Nothing goes on in the background."""

    def caller(self) -> Caller:
        """Raises CredentialsMissing, CredentialsInvalid or PlatformUnavailable."""
        headers = self._credentials()
        digest = sha256(json.dumps(headers).encode()).digest()
        until, caller = self._remembered.get(digest, (0.0, None))
        now = time.time()
        if caller is None or now >= until:
            caller = self._ask(headers)
            self._remember(digest, now + REMEMBERED, caller)
        return caller

    def _credentials(self) -> Headers:
        """What of the request goes to the platform: this, and nothing else of it."""
        cookies = request.cookies.getlist("authorization")
        authorization: str | None = request.environ.get("HTTP_AUTHORIZATION")
        xsrf: str = request.environ.get("HTTP_X_XSRF_TOKEN", "")
        tfa: str | None = request.environ.get("HTTP_TFATOKEN")
        if cookies:
            # Beside the cookie the gateway puts a Basic header whose password is made up.
            # Without the token, another site may have made the browser send the cookie.
            if len(cookies) != 1 or not _WORD.fullmatch(cookies[0]) or not _WORD.fullmatch(xsrf):
                raise self._refusal("a cookie that is malformed, or without its X-XSRF-TOKEN")
            headers: Headers = (("Cookie", f"authorization={cookies[0]}"), ("X-XSRF-TOKEN", xsrf))
        elif authorization is None:
            raise CredentialsMissing
        elif not _AUTHORIZATION.fullmatch(authorization):
            raise self._refusal("an Authorization header that is neither Basic nor Bearer")
        else:
            headers = (("Authorization", authorization),)
        if tfa is not None:
            if not _WORD.fullmatch(tfa):
                raise self._refusal("a malformed tfatoken")
            headers = (*headers, ("tfatoken", tfa))
        if sum(len(value) for _, value in headers) > MAX_TOKEN:
            raise self._refusal("credentials that are too long")
        return headers

    def _ask(self, headers: Headers) -> Caller:
        """Who that is, in the platform's words."""
        if not self._seats.acquire(timeout=PATIENCE):
            raise PlatformUnavailable
        try:
            answer = within(DEADLINE, lambda: self._fetch(headers), late=lambda _: None)
        finally:
            self._seats.release()
        if answer is None or isinstance(answer, PlatformUnavailable):
            self._shaken = time.monotonic()
            raise PlatformUnavailable
        if isinstance(answer, CredentialsInvalid):
            raise self._refusal("credentials that the platform refuses")
        if self._microservice.tenant not in ("", answer.tenant):
            raise self._refusal("somebody of another tenant")
        scopes = {scope for role in answer.roles & ROLES.keys() for scope in ROLES[role]}
        return Caller(
            name=answer.user,
            id=f"{answer.tenant}/{sha256(answer.user.encode()).hexdigest()[:12]}",
            zone=answer.tenant,
            scopes=frozenset({"openid", *(f"{APPLICATION}.{scope}" for scope in scopes)}),
            xsappname=APPLICATION,
        )

    def _fetch(self, headers: Headers) -> _Known | CredentialsInvalid | PlatformUnavailable:
        """Ask twice, as the platform's own Java SDK does: a user does not say whose he is."""
        try:
            # No proxy, whatever the environment says: the platform is in the same cluster.
            with httpx.Client(
                base_url=self._microservice.url,
                verify=self._tls,
                timeout=DEADLINE,
                trust_env=False,
                cookies=CookieJar(_NO_COOKIES),
            ) as client:
                user = _get(client, "/user/currentUser", headers)
                tenant = _get(client, "/tenant/currentTenant", headers)
            known = _Known(
                user["userName"], tenant["name"], frozenset(role["id"] for role in user["effectiveRoles"])
            )
            if not (_WORD.fullmatch(known.tenant) and known.user and known.user.isprintable()):
                raise ValueError("an id that is none")
        except CredentialsInvalid:
            return CredentialsInvalid()
        except Exception as error:
            # An outage, a proxy's page, a broken answer; its text may quote what was sent.
            _log.warning("Cumulocity gives no usable answer (%s)", type(error).__name__)
            return PlatformUnavailable()
        return known

    def _refusal(self, reason: str) -> CredentialsInvalid:
        self._refusals.refuse(reason)
        return CredentialsInvalid()


def _get(client: httpx.Client, path: str, headers: Headers) -> dict[str, Any]:
    """Raises CredentialsInvalid for a refusal; httpx.HTTPError or ValueError for all that is no answer."""
    asked = {**dict(headers), "Accept": "application/json", **AS_IT_COMES}
    with client.stream("GET", path, headers=asked) as answer:
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise CredentialsInvalid
        if answer.status_code != HTTPStatus.OK:
            raise ValueError("neither an answer nor a refusal")
        found: dict[str, Any] = json.loads(body_of(answer))
    return found
