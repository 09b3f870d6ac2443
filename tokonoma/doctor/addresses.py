"""Addresses from bindings and from outside: how they may be told, and what can be made of them."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

NONE = "an address that is none"
"""What is told of a text in which no host can be found."""

_HOST = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?+(?:[^/?#\\]*@)?"
    r"(?P<host>(?:\[[0-9a-f:.]+\]|[^\s/?#\\@:\[\]]+)(?::\d{0,5})?)(?=[/?#\\]|$)",
    re.IGNORECASE,
)


def host_of(address: str) -> str:
    """Host and port, which hold no secret: without user and password."""
    found = _HOST.match(address)
    return found["host"] if found else NONE


def told(address: str) -> str:
    """Scheme, host, port and path: a user, a query or a fragment may be secrets, and are left out.

    So is a path that somebody has put into the user's place, or the other way round.
    """
    found = _HOST.match(address)
    if found is None:
        return NONE
    rest = address[found.end() :]
    path = "" if "@" in rest else re.split(r"[?#]", rest)[0]
    return f"{found['scheme'] or ''}{found['host']}{path}"


def is_address(url: str) -> bool:
    """Whether a URL names a host."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def joined(url: str, location: str) -> str:
    """Where a `Location` leads from `url`; empty for what is no address."""
    try:
        found = urljoin(url, location)
    except ValueError:
        return ""
    return found if is_address(found) else ""
