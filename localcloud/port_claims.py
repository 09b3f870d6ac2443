"""Claims on ports: two local clouds that start at the same moment find the same ports free.

A claim on a TCP port is its UDP namesake, which nothing here uses: the system gives it to one process alone,
takes it back when that ends, and leaves nothing behind.
"""

from __future__ import annotations

import errno
import socket

_held: dict[int, socket.socket] = {}


def claim(port: int) -> bool:
    """Whether no other process has claimed the port; it is ours then until this process ends."""
    if port in _held:
        return True
    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        held.bind(("127.0.0.1", port))
    except OSError as error:
        held.close()
        # Where it cannot be claimed at all, who listens first has it.
        return error.errno != errno.EADDRINUSE
    _held[port] = held
    return True


def give_up(port: int) -> None:
    """Let others have the port."""
    if held := _held.pop(port, None):
        held.close()
