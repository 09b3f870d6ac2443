"""Decides whether a browser may be sent to an address: `oauth2-configuration.redirect-uris`, applied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]+")
# Blanks, control characters and backslashes are read differently by different browsers.
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def is_allowed(uri: str, patterns: Iterable[str]) -> bool:
    """Whether `uri` matches one of the `patterns`.

    Rules (SAP, "Application Security Descriptor Configuration Syntax"; Ant patterns as in UAA):
    scheme and port must be equal, `:*` stands for any port; `*` in a host name stands for one or more labels
    or a part of one, and all labels behind it must be equal; in the path `?` is one character, `*` anything
    within one segment, `**` any number of segments, and a query counts as part of the path. A pattern without
    a path stands for the whole host, any other path without a wildcard must be equal. An address with user
    information, a fragment or `..` in its path is never allowed.
    """
    requested = _split(uri)
    return requested is not None and any(_matches(requested, pattern) for pattern in patterns)


def origin(uri: str) -> str:
    """Scheme, host and port of an allowed address, as a Content-Security-Policy names it."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _split(uri: str) -> SplitResult | None:
    if _SUSPICIOUS.search(uri):
        return None
    try:
        parts = urlsplit(uri)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if not (_HOST.fullmatch(parts.hostname or "") and port_is_a_number) or "@" in parts.netloc or "#" in uri:
        return None
    if ".." in unquote(unquote(parts.path)).replace("\\", "/").split("/"):
        return None
    return parts


def _matches(requested: SplitResult, pattern: str) -> bool:
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/:?#@]+)(:(?:\d+|\*))?(/[^#]*)?", pattern)
    if not found:
        return False
    scheme, host, port, path = found.groups()
    return (
        scheme.lower() == requested.scheme
        and _port_matches(requested, scheme.lower(), port)
        and _host_matches(requested.hostname or "", host.lower())
        and _path_matches(requested, path or "")
    )


def _port_matches(requested: SplitResult, scheme: str, port: str | None) -> bool:
    if port == ":*":
        return True
    default = _DEFAULT_PORTS.get(scheme)
    return (requested.port or default) == (int(port[1:]) if port else default)


def _host_matches(host: str, pattern: str) -> bool:
    if "*" not in pattern:
        return host == pattern
    behind = pattern.rsplit("*", 1)[1].partition(".")[2]
    # `https://*` or `https://*.com` would open more than one owner's hosts; UAA registers no such thing.
    if "." not in behind:
        return False
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".+"), host) is not None


def _path_matches(requested: SplitResult, path: str) -> bool:
    if not path:
        return True
    wanted = (requested.path or "/") + (f"?{requested.query}" if requested.query else "")
    return re.fullmatch(_ant(path), wanted) is not None


def _ant(path: str) -> str:
    """An Ant path pattern as a regular expression."""
    expression = ""
    for piece in re.split(r"(/\*\*(?=/|$)|\*|\?)", path):
        if piece == "/**":
            expression += "(?:/.*)?"
        elif piece in ("*", "?"):
            expression += "[^/]*" if piece == "*" else "[^/]"
        else:
            expression += re.escape(piece)
    return expression
