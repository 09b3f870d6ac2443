"""What the local XSUAA remembers between requests, in memory: codes, refresh tokens, sign-in sessions."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from .users import User

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """A person who is signed in since `auth_time` (seconds since 1970)."""

    user: User
    auth_time: int


def begin_session(users: Mapping[str, User], name: str, password: str) -> Session | None:
    """A session that begins now, if there is such a person with that password."""
    user = users.get(name.strip().lower())
    return Session(user, int(time.time())) if user and user.check_password(password) else None


@dataclass(frozen=True)
class Code:
    """What an authorization code stands for."""

    session: Session
    redirect_uri: str
    scope: str
    code_challenge: str | None
    nonce: str | None

    code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri


@dataclass(frozen=True)
class RefreshToken:
    """What a refresh token stands for; `grant_type` is the one that the person signed in with."""

    value: str
    session: Session
    scope: str
    grant_type: str


class ExpiringStore(Generic[T]):
    """Values under secret names; each expires after `lifetime` seconds."""

    def __init__(self, lifetime: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[str, tuple[float, T]] = {}

    def __len__(self) -> int:
        return len(self._values)

    @staticmethod
    def new_name() -> str:
        return secrets.token_urlsafe(24)

    def put(self, name: str, value: T) -> None:
        now = self._clock()
        with self._lock:
            self._values = {key: kept for key, kept in self._values.items() if kept[0] > now}
            self._values[name] = (now + self._lifetime, value)

    def get(self, name: str) -> T | None:
        with self._lock:
            return self._fresh(self._values.get(name))

    def take(self, name: str) -> T | None:
        """Get a value and remove it in one step, so that nobody gets it twice."""
        with self._lock:
            return self._fresh(self._values.pop(name, None))

    def _fresh(self, kept: tuple[float, T] | None) -> T | None:
        return kept[1] if kept and kept[0] > self._clock() else None
