"""Who is asking, and may they? Turns an Authorization header into a `Caller`, or refuses.

sap-xssec knows SAP's rules of audience, broker and attributes; what it leaves open is closed here: what a
header may look like, the zone, a missing expiry, and the dozen kinds of exception that it lets through.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from flask import request
from sap import xssec

from tokonoma.auth.key_set import KeyKeeper
from tokonoma.auth.prescreen import Glance, Unfit, glance, is_signed
from tokonoma.auth.throttle import Refusals
from tokonoma.bindings import XsuaaBinding
from tokonoma.errors import KeysUnavailable, ScopeMissing, TokenMissing
from tokonoma.telemetry.request_notes import current, measured

P = ParamSpec("P")
R = TypeVar("R")

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


class Gate(ABC):
    """Stands before the views; nothing behind it knows credentials, and each platform has its own kind."""

    def __init__(self) -> None:
        self._refusals = Refusals()
        self._remembered: dict[bytes, tuple[float, Caller]] = {}
        self._remembering = Lock()

    @abstractmethod
    def caller(self) -> Caller:
        """Who asks in the request that is being served. Raises AccessError."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether callers can be told from others at the moment."""

    @abstractmethod
    def start(self) -> None:
        """Begin what goes on in the background; once a process, after its fork."""

    def requires(self, scope: str) -> Callable[[Callable[Concatenate[Caller, P], R]], Callable[P, R]]:
        """Decorate a view: it is called with the Caller first, and only if the scope was granted.

        Raises AccessError.
        """

        def decorate(view: Callable[Concatenate[Caller, P], R]) -> Callable[P, R]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                with measured("auth"):
                    caller = self.caller()
                current().user_id = caller.id
                if not caller.has(scope):
                    raise ScopeMissing(scope)
                return view(caller, *args, **kwargs)

            return guarded

        return decorate

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        with self._remembering:
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]  # the oldest
            self._remembered[digest] = (until, caller)


class Guard(Gate):
    """Lets in who has a token of the bound XSUAA."""

    def __init__(self, binding: XsuaaBinding, keys: KeyKeeper) -> None:
        super().__init__()
        self._binding = binding
        self._credentials = dict(binding.credentials)
        # The library tries the bound key after any other that does not fit: twice the work for forged tokens.
        self._fetched_keys_only = {n: v for n, v in self._credentials.items() if n != "verificationkey"}
        self._keys = keys
        self._turn = Lock()

    def caller(self) -> Caller:
        header: str | None = request.environ.get("HTTP_AUTHORIZATION")
        return self.identify(header)  # several headers are one, with commas, which is no bearer token

    @property
    def usable(self) -> bool:
        return self._keys.usable

    def start(self) -> None:
        self._keys.start()

    def identify(self, authorization: str | None) -> Caller:
        """The caller whom an Authorization header names.

        Raises TokenMissing, TokenInvalid or KeysUnavailable.
        """
        if authorization is None:
            raise TokenMissing
        if len(authorization) > MAX_TOKEN:
            raise self._refusals.refuse("it is too long")
        digest = sha256(authorization.encode("latin-1", "replace")).digest()
        until, caller = self._remembered.get(digest, _NOBODY)
        now = time.time()
        if caller is None or now >= until:
            bearer = _BEARER.fullmatch(authorization)
            if bearer is None:
                raise self._refusals.refuse("it is no bearer token")
            caller, expiry = self._verify(bearer[1])
            self._remember(digest, min(expiry, now + REMEMBERED), caller)
        return caller

    def _verify(self, token: str) -> tuple[Caller, float]:
        """The caller, and when the token expires (seconds since the epoch)."""
        try:
            seen = glance(token, self._binding.zone)
            credentials = self._credentials_for(seen, token)
        except Unfit as reason:
            raise self._refusals.refuse(str(reason)) from None
        try:
            # One at a time: it is all computing, of which Python does one at a time anyway, and so it stands
            # in the remembered callers' way as one thread, not as all. Nothing in there waits for anything.
            with self._turn:
                context = xssec.create_security_context(token, credentials)
        except Exception as error:
            if not self._keys.usable:
                raise KeysUnavailable from None
            # The library lets a dozen kinds through (ValueError, KeyError, jwt's own, OSError ...), and its
            # texts quote the token's claims: the kind is enough.
            raise self._refusals.refuse(f"sap-xssec says {type(error).__name__}") from None
        name = str(context.get_logon_name() or context.get_clientid())
        if not name.isprintable():
            raise self._refusals.refuse("the user's name has control characters")
        claims = seen.claims
        caller = Caller(
            name=name,
            id=str(claims.get("user_uuid") or claims.get("user_id") or claims["cid"]),
            zone=self._binding.zone,
            scopes=seen.scopes,
            xsappname=self._binding.xsappname,
        )
        return caller, seen.expiry

    def _credentials_for(self, seen: Glance, token: str) -> dict[str, object]:
        """What the library is to check with: the fetched key that the token names, or else the bound one.

        Raises Unfit for a key id that XSUAA does not publish, and for a signature that the key did not make.
        """
        credentials, key = self._credentials, self._credentials.get("verificationkey")
        if seen.kid:
            try:
                credentials, key = self._fetched_keys_only, self._keys.key(seen.kid)
            except LookupError:
                raise Unfit("no key has its key id") from None
            except RuntimeError:
                pass  # there are none
        if isinstance(key, str) and not is_signed(token, seen.algorithm, key):
            raise Unfit("its signature is another key's")
        return credentials
