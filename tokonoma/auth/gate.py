"""The gate in front of the views: who is asking, and may they?

A gate reads the credentials of a request, looks them up among those that it has checked a moment ago, and
otherwise checks them and remembers the caller. Each kind of gate adds how it reads, how it checks, and for
how long a check holds.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from sys import getsizeof
from threading import Lock
from types import MappingProxyType
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from flask import request

from tokonoma.auth.throttle import Throttle
from tokonoma.errors import AccessError, ScopeMissing
from tokonoma.telemetry.request_notes import current, timed

P = ParamSpec("P")
R = TypeVar("R")

Credentials = tuple[tuple[str, str], ...]
"""The header fields of a request that say who is asking, as (name, value)."""

MAX_CREDENTIALS = 16 * 1024
"""Bytes of a request's credentials; checking a forged token of a megabyte would take a fifth of a second."""
MAX_REMEMBERED = 1024
"""Callers that a gate remembers at most."""
MAX_REMEMBERED_BYTES = 8 * 1024 * 1024
"""Memory that they take at most: one with 10 scopes takes 2.5 kB, one with 340 scopes 60 kB."""

NO_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class Caller:
    """Somebody whose credentials were checked: a person, or a program (then `name` is its client id)."""

    name: str
    id: str
    """Opaque, for logs; the name may be an e-mail address."""
    zone: str
    """The identity zone or tenant that vouches for the caller."""
    scopes: frozenset[str]
    """What was granted: XSUAA's scopes by their full names; on Cumulocity also the platform's roles."""
    xsappname: str = field(repr=False)
    """What `$XSAPPNAME` stands for."""
    attributes: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: NO_ATTRIBUTES, repr=False, hash=False
    )
    """The values of the user's attributes by name (XSUAA's claim `xs.user.attributes`).

    They are as large as `MAX_CREDENTIALS` lets a token be. Cumulocity has none.
    """

    def has(self, scope: str) -> bool:
        """Whether `scope` was granted; `$XSAPPNAME.` stands for the application, as in xs-security.json.

        On Cumulocity a role of the platform may be asked for as well, by its own name (`ROLE_...`).
        """
        return scope.replace("$XSAPPNAME.", f"{self.xsappname}.", 1) in self.scopes


class Gate(ABC):
    """Stands before the views; nothing behind it knows credentials."""

    kind: ClassVar[str]
    """The identity provider: `xsuaa`, `ias` or `cumulocity`. A role says by this name what it asks for."""

    def __init__(self, *, noun: str, refusal: Callable[[], AccessError], remembered_for: float) -> None:
        """A gate that calls credentials `noun` in the log, and raises `refusal()` for bad ones.

        A check holds for `remembered_for` seconds, or until the credentials expire.
        """
        self._throttle = Throttle(noun)
        self._refusal = refusal
        self._remembered_for = remembered_for
        self._remembered: dict[bytes, tuple[float, Caller, int]] = {}
        self._remembered_bytes = 0
        self._remembering = Lock()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The identity providers whose callers come through."""
        return (self.kind,)

    @abstractmethod
    def _read(self, environ: Mapping[str, Any]) -> Credentials:
        """The credentials in the header fields of a request (PEP 3333). Raises AccessError."""

    @abstractmethod
    def _check(self, credentials: Credentials) -> tuple[Caller, float]:
        """The caller, and when the credentials expire (seconds since the epoch). Raises AccessError."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether credentials can be checked at the moment."""

    @abstractmethod
    def start(self) -> None:
        """Begin what goes on in the background; once a process, after its fork."""

    def read(self, environ: Mapping[str, Any]) -> Credentials:
        """For a gate in front of several: what this one reads of a request. Raises AccessError."""
        return self._read(environ)

    def check(self, credentials: Credentials) -> tuple[Caller, float]:
        """For a gate in front of several: what this one says of credentials. Raises AccessError."""
        return self._check(credentials)

    def caller(self) -> Caller:
        """The caller of the request that is being served. Raises AccessError."""
        return self.identify(request.environ)

    def of_token(self, token: str) -> Caller:
        """The caller whom a bearer token names, wherever it comes from. Raises AccessError."""
        return self.identify({"HTTP_AUTHORIZATION": f"Bearer {token}"})

    def identify(self, environ: Mapping[str, Any]) -> Caller:
        """The caller named by the header fields of a request (PEP 3333). Raises AccessError."""
        credentials = self._read(environ)
        if sum([len(value) for _, value in credentials]) > MAX_CREDENTIALS:
            raise self._refuse("it is too long")
        lines = "\n".join([f"{name}: {value}" for name, value in credentials])
        digest = sha256(lines.encode("utf-8", "surrogatepass")).digest()
        known = self._remembered.get(digest)
        now = time.time()
        if known is not None and now < known[0]:
            return known[1]
        caller, expiry = self._check(credentials)
        self._remember(digest, min(expiry, now + self._remembered_for), caller)
        return caller

    def requires(self, scope: str) -> Callable[[Callable[Concatenate[Caller, P], R]], Callable[P, R]]:
        """Decorate a view: it is called with the Caller first, and only if the scope was granted.

        Raises AccessError.
        """

        def decorate(view: Callable[Concatenate[Caller, P], R]) -> Callable[P, R]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                with timed("auth"):
                    caller = self.caller()
                current().user_id = caller.id
                if not caller.has(scope):
                    raise ScopeMissing(scope)
                return view(caller, *args, **kwargs)

            return guarded

        return decorate

    def _refuse(self, reason: str) -> AccessError:
        """The error to raise for bad credentials; `reason` is for the log and is one of a few fixed texts."""
        self._throttle.refused(reason)
        error = self._refusal()
        error.reason = reason
        return error

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        """Remember a caller; those who were checked first make room."""
        size = _size(caller)
        with self._remembering:
            self._forget(digest)
            while self._remembered and (
                len(self._remembered) >= MAX_REMEMBERED
                or self._remembered_bytes + size > MAX_REMEMBERED_BYTES
            ):
                self._forget(next(iter(self._remembered)))
            self._remembered[digest] = (until, caller, size)
            self._remembered_bytes += size

    def _forget(self, digest: bytes) -> None:
        _, _, size = self._remembered.pop(digest, (0.0, None, 0))
        self._remembered_bytes -= size


_SIZE_OF_AN_ENTRY = 1024
"""Bytes of a remembered caller without texts: the objects, the digest, its share of the table."""


def _size(caller: Caller) -> int:
    """About how many bytes it takes to remember a caller."""
    texts = [caller.name, caller.id, *caller.scopes, *caller.attributes]
    for values in caller.attributes.values():
        texts += values
    containers = [caller.scopes, *caller.attributes.values()]
    table = 128 * len(caller.attributes)
    return _SIZE_OF_AN_ENTRY + table + sum(getsizeof(each) for each in [*texts, *containers])
