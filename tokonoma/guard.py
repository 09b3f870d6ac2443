"""Who is asking, and may they? Turns an Authorization header into a `Caller`, or refuses.

sap-xssec knows SAP's rules of audience, broker and attributes; what it leaves open is closed here: what a
header may look like, the zone, a missing expiry, and the dozen kinds of exception that it lets through.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx
from flask import request
from sap import xssec

from .bindings import XsuaaBinding
from .errors import KeysUnavailable, ScopeMissing, TokenInvalid, TokenMissing

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)

MAX_TOKEN = 16 * 1024
"""Bytes; a forged token of a megabyte would cost a fifth of a second before it is refused."""

# RFC 6750 section 2.1, one space, and the three parts of a signed JWT (RFC 7515 section 7.1).
_BEARER = re.compile(r"(?i:bearer) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)


@dataclass(frozen=True)
class Caller:
    """Somebody with a valid token: a person, or a program (then `name` is its client id)."""

    name: str
    zone: str
    scopes: frozenset[str]
    xsappname: str = field(repr=False)

    def has(self, scope: str) -> bool:
        """Whether `scope` was granted; `$XSAPPNAME.` stands for the application, as in xs-security.json."""
        return scope.replace("$XSAPPNAME.", f"{self.xsappname}.", 1) in self.scopes


class Guard:
    """Stands before the views; nothing behind it knows tokens."""

    def __init__(self, binding: XsuaaBinding) -> None:
        self._binding = binding

    def requires(self, scope: str) -> Callable[[Callable[Concatenate[Caller, P], R]], Callable[P, R]]:
        """Decorate a view: it is called with the Caller first, and only if the scope was granted.

        Raises TokenMissing, TokenInvalid, ScopeMissing or KeysUnavailable.
        """

        def decorate(view: Callable[Concatenate[Caller, P], R]) -> Callable[P, R]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                caller = self.identify(request.headers.getlist("Authorization"))
                if not caller.has(scope):
                    raise ScopeMissing(scope)
                return view(caller, *args, **kwargs)

            return guarded

        return decorate

    def identify(self, authorization: Sequence[str]) -> Caller:
        """The caller whom the request's Authorization headers name.

        Raises TokenMissing, TokenInvalid or KeysUnavailable.
        """
        if not authorization:
            raise TokenMissing
        if len(authorization) > 1 or len(authorization[0]) > MAX_TOKEN:
            raise TokenInvalid
        bearer = _BEARER.fullmatch(authorization[0])
        if bearer is None:
            raise TokenInvalid
        return self._verify(bearer[1])

    def _verify(self, token: str) -> Caller:
        try:
            context = xssec.create_security_context(token, dict(self._binding.credentials))
            claims = _claims(token)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                raise TokenInvalid from None
            _log.warning("cannot fetch XSUAA's keys: %s", type(error).__name__)
            raise KeysUnavailable from None
        except Exception as error:
            # The library lets a dozen kinds through (ValueError, KeyError, jwt's own, OSError ...), and its
            # texts quote the token's claims: the kind is enough.
            raise _refused(type(error).__name__) from None
        # What the library leaves to its callers:
        if claims["zid"] != self._binding.zone:
            raise _refused("another zone")
        if not claims.get("exp"):
            raise _refused("it never expires")
        scopes = claims.get("scope", [])
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise _refused("scope is not a list of texts")
        name = context.get_logon_name() or context.get_clientid()
        return Caller(str(name), self._binding.zone, frozenset(scopes), self._binding.xsappname)


def _claims(token: str) -> dict[str, Any]:
    """The payload of a token that the library has verified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _refused(reason: str) -> TokenInvalid:
    _log.info("token refused: %s", reason)
    return TokenInvalid()
