"""The faults of the local HANA: the ways in which it can fail its clients, and which of them are on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """How the local HANA can fail.

    hdbcli hides some of it: unless told `reconnect=False` it connects anew when its connection was cut, and
    repeats what was asked, or raises -10108 where it cannot know what became of it. With changes that are not
    committed it raises -10807 ("Connection down").
    """

    REFUSE = "refuse"
    """Nobody listens on the port; open connections go on."""
    HANG_CONNECT = "hang-connect"
    """New connections are taken and left without an answer."""
    HANG_STATEMENT = "hang-statement"
    """Statements begin and do not end, nor are cancelled, until it is healed or the connection dropped."""
    DROP_STATEMENT = "drop-statement"
    """The connection that sends a statement is cut, and the statement not run."""
    SLOW = "slow"
    """Every statement waits before it runs; it is cancelled if that is longer than the client gives it."""
    REJECT_PASSWORD = "reject-password"  # noqa: S105 - a fault's name
    """Every logon fails, as if the password had been changed."""
    EXPIRED_CERTIFICATE = "expired-certificate"
    """New connections are shown a certificate of the right authority that expired yesterday."""
    FOREIGN_CERTIFICATE = "foreign-certificate"
    """New connections are shown a good certificate of an authority that nobody knows."""


@dataclass(slots=True)
class FaultState:
    """The faults that are on; any thread may change it at any time."""

    active: set[Fault] = field(default_factory=set)
    delay: float = 0.0
    """Seconds that SLOW costs."""
