"""Who is asking, and may they? What the gates of all platforms have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from tokonoma.auth.throttle import Throttle
from tokonoma.errors import ScopeMissing
from tokonoma.telemetry.request_notes import current, measured

P = ParamSpec("P")
R = TypeVar("R")

MAX_TOKEN = 16 * 1024
"""Bytes; a forged token of a megabyte would cost a fifth of a second before it is refused."""
MAX_REMEMBERED = 1024
"""Tokens; each costs about a kilobyte."""


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


class Gate(ABC):
    """Stands before the views; nothing behind it knows credentials, and each platform has its own kind."""

    def __init__(self) -> None:
        self._throttle = Throttle()
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
