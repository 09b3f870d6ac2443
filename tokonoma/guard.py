"""Who is asking, and may they? Turns an Authorization header into a `Caller`, or refuses.

sap-xssec knows SAP's rules of audience, broker and attributes; what it leaves open is closed here: what a
header may look like, the zone, a missing expiry, and the dozen kinds of exception that it lets through.
"""

from __future__ import annotations

import json
import logging
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import request
from sap import xssec

from .bindings import XsuaaBinding
from .errors import KeysUnavailable, ScopeMissing, TokenInvalid, TokenMissing
from .keys import KeyKeeper
from .notes import current, measured

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)

MAX_TOKEN = 16 * 1024
"""Bytes; a forged token of a megabyte would cost a fifth of a second before it is refused."""
REMEMBERED = 60.0
"""Seconds that a verified token is not verified again; sap-xssec takes a third of a millisecond for it."""
MAX_REMEMBERED = 1024
"""Tokens; each costs about a kilobyte."""

# RFC 6750 section 2.1, one space, and the three parts of a signed JWT (RFC 7515 section 7.1).
_BEARER = re.compile(r"(?i:bearer) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)


@dataclass(frozen=True)
class Caller:
    """Somebody with a valid token: a person, or a program (then `name` is its client id)."""

    name: str
    id: str
    """Opaque, for logs; the name may be an e-mail address."""
    zone: str
    scopes: frozenset[str]
    xsappname: str = field(repr=False)

    def has(self, scope: str) -> bool:
        """Whether `scope` was granted; `$XSAPPNAME.` stands for the application, as in xs-security.json."""
        return scope.replace("$XSAPPNAME.", f"{self.xsappname}.", 1) in self.scopes


_NOBODY: tuple[float, Caller | None] = (0.0, None)


class Guard:
    """Stands before the views; nothing behind it knows tokens."""

    def __init__(self, binding: XsuaaBinding, keys: KeyKeeper) -> None:
        self._binding = binding
        self._credentials = dict(binding.credentials)
        self._keys = keys
        self._remembered: dict[bytes, tuple[float, Caller]] = {}
        self._remembering = Lock()

    def requires(self, scope: str) -> Callable[[Callable[Concatenate[Caller, P], R]], Callable[P, R]]:
        """Decorate a view: it is called with the Caller first, and only if the scope was granted.

        Raises TokenMissing, TokenInvalid, ScopeMissing or KeysUnavailable.
        """

        def decorate(view: Callable[Concatenate[Caller, P], R]) -> Callable[P, R]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                with measured("auth"):
                    caller = self.identify(authorization_of_request())
                current().user_id = caller.id
                if not caller.has(scope):
                    raise ScopeMissing(scope)
                return view(caller, *args, **kwargs)

            return guarded

        return decorate

    def identify(self, authorization: str | None) -> Caller:
        """The caller whom an Authorization header names.

        Raises TokenMissing, TokenInvalid or KeysUnavailable.
        """
        if authorization is None:
            raise TokenMissing
        if len(authorization) > MAX_TOKEN:
            raise TokenInvalid
        digest = sha256(authorization.encode("latin-1", "replace")).digest()
        until, caller = self._remembered.get(digest, _NOBODY)
        now = time.time()
        if caller is None or now >= until:
            bearer = _BEARER.fullmatch(authorization)
            if bearer is None:
                raise TokenInvalid
            caller, expiry = self._verify(bearer[1])
            self._remember(digest, min(expiry, now + REMEMBERED), caller)
        return caller

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        with self._remembering:
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]  # the oldest
            self._remembered[digest] = (until, caller)

    def _verify(self, token: str) -> tuple[Caller, float]:
        """The caller, and when the token expires (seconds since the epoch)."""
        try:
            context = xssec.create_security_context(token, self._credentials)
            claims = _claims(token)
        except Exception as error:
            if not self._keys.usable:
                raise KeysUnavailable from None
            # The library lets a dozen kinds through (ValueError, KeyError, jwt's own, OSError ...), and its
            # texts quote the token's claims: the kind is enough.
            raise _refused(type(error).__name__) from None
        # What the library leaves to its callers:
        if claims["zid"] != self._binding.zone:
            raise _refused("another zone")
        expiry = claims.get("exp")
        if not isinstance(expiry, int | float):
            raise _refused("it never expires")
        scopes = claims.get("scope", [])
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise _refused("scope is not a list of texts")
        name = str(context.get_logon_name() or context.get_clientid())
        if not name.isprintable():
            raise _refused("the user's name has control characters")
        caller = Caller(
            name=name,
            id=str(claims.get("user_uuid") or claims.get("user_id") or claims["cid"]),
            zone=self._binding.zone,
            scopes=frozenset(scopes),
            xsappname=self._binding.xsappname,
        )
        return caller, expiry


def authorization_of_request() -> str | None:
    """The header as WSGI has it: several of them are one, with commas, which is no bearer token."""
    header: str | None = request.environ.get("HTTP_AUTHORIZATION")
    return header


def _claims(token: str) -> dict[str, Any]:
    """The payload of a token that the library has verified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _refused(reason: str) -> TokenInvalid:
    _log.info("token refused: %s", reason)
    return TokenInvalid()
