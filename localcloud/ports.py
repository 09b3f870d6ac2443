"""Free ports on loopback, and why a port is not free."""

from __future__ import annotations

import argparse
import errno
import secrets
import socket
from collections.abc import Container

from .port_claims import claim, give_up

LOOPBACK = "127.0.0.1"

# Below those that Linux and macOS hand out themselves, so that no other program is given one of them between
# our look and its use.
_QUIET = range(20_000, 32_000)


class PortTakenError(Exception):
    """The port that was asked for cannot be had."""


def port_number(text: str, low: int = 0) -> int:
    """The port, from `low` on, that an argument names; 0 stands for any that is free. A type for argparse."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and low <= int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


def free_port(wanted: int = 0, without: Container[int] = ()) -> int:
    """`wanted` if it is free and no other local cloud starts on it, else another; none of `without`.

    Raises OSError where there is none.
    """
    if wanted and wanted not in without and claim(wanted):
        if not why_not(wanted):
            return wanted
        give_up(wanted)
    for _ in range(200):
        port = secrets.choice(_QUIET)
        if port not in without and not why_not(port):
            return port
    raise OSError(errno.EADDRINUSE, "no port is free")


def why_not(port: int) -> str:
    """Why nobody can listen on `port`, to be read after its number ("is taken"); empty if it is free.

    Besides binding it, this asks who answers there: a server on [::1] leaves 127.0.0.1 free, and gets what is
    meant for `localhost`, which most programs look for there first. macOS leaves it free also where a server
    listens on every address.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            return "is for the system's own services"
        except OSError:
            return "is taken"
    if _answers(socket.AF_INET, LOOPBACK, port):
        return "is taken"
    if _answers(socket.AF_INET6, "::1", port):
        return "is taken on [::1], where browsers look for localhost first"
    return ""


def _answers(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.settimeout(1)
            probe.connect((host, port))
    except OSError:
        return False
    return True
