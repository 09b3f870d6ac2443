"""The fault laboratory's switches, which the server looks at before it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event


def _open() -> Event:
    gate = Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Faults:
    """All off at first; may be thrown by any thread at any time."""

    connects: Event = field(default_factory=_open)
    """A gate: while it is shut, new connections are taken and then left without an answer."""
    statements: Event = field(default_factory=_open)
    """A gate: while it is shut, statements hang before they run."""
    drop_statements: bool = False
    """Statements are not run; the connection that sends one is cut."""
    reject_password: bool = False
    """Every logon fails, as if the password had been changed."""
    delay: float = 0.0
    """Seconds that every statement waits before it runs."""
