"""Whether an identity provider sends people back to an address: the rules of redirect addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from tokonoma.doctor.addresses import is_address

_PATTERN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/:?#@]+)(:(?:\d+|\*))?(/[^#]*)?", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def is_registered(address: str, patterns: Iterable[str]) -> bool:
    """Whether an address of the approuter's is one of those that the patterns stand for.

    Rules (SAP, "Application Security Descriptor Configuration Syntax"; Ant patterns as in UAA): scheme and
    port are equal, and `:*` is any port. `*` in a host name is one or more labels or a part of one, with two
    labels behind it. In a path `?` is one character, `*` anything in one segment, `**` any segments. A
    pattern without a path stands for the whole host.
    """
    if not is_address(address):
        return False
    parts = urlsplit(address)
    return any(_fits(parts, each) for each in patterns)


def _fits(parts: SplitResult, pattern: str) -> bool:
    found = _PATTERN.fullmatch(pattern)
    if found is None or found[1].lower() != parts.scheme:
        return False
    host, port, path = found[2].lower(), found[3], found[4] or "/**"
    default = _PORTS.get(parts.scheme)
    if port != ":*" and (parts.port or default) != (int(port[1:]) if port else default):
        return False
    behind = host.rpartition("*")[2].partition(".")[2]
    if "*" in host and "." not in behind:
        return False
    is_host = re.fullmatch(re.escape(host).replace(r"\*", ".+"), parts.hostname or "")
    return bool(is_host and re.fullmatch(_of_segments(path), parts.path or "/"))


def _of_segments(path: str) -> str:
    """An Ant path pattern as a regular expression."""
    words = {"/**": "(?:/.*)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(each, re.escape(each)) for each in re.split(r"(/\*\*(?=/|$)|\*|\?)", path))
