"""The lock of a container, which a session holds until it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Container

_STEP_SECONDS = 0.05


class ContainerLock:
    """At most one session has it; `sessions` are those that are open."""

    def __init__(self, sessions: Container[int]) -> None:
        self._sessions = sessions
        self._guard = threading.Lock()
        self._holder: int | None = None

    def take(self, session: int, seconds: float) -> bool:
        """Wait at most so long for it; a session that has it gets it again."""
        deadline = time.monotonic() + seconds
        while True:
            with self._guard:
                if self._holder in (None, session) or self._holder not in self._sessions:
                    self._holder = session
                    return True
            if time.monotonic() >= deadline or session not in self._sessions:
                return False
            time.sleep(_STEP_SECONDS)
