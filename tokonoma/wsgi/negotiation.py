"""Content negotiation: which media type a caller prefers, by the Accept header (RFC 9110 section 12.5.1)."""

from __future__ import annotations

from functools import lru_cache

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

MAX_ACCEPT = 256
"""Characters that are parsed, in half a millisecond at worst (32 kB take 0.1 s); browsers send 150."""


def preferred(*offered: str) -> str:
    """The one of the `offered` media types that this request's caller prefers.

    It is the first one for a caller who prefers none of them, or whose header is longer than `MAX_ACCEPT`.
    """
    accept: str = request.environ.get("HTTP_ACCEPT", "")
    return _best(accept, offered) if len(accept) <= MAX_ACCEPT else offered[0]


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[str, ...]) -> str:
    """The preferred one, remembered: parsing costs as much as asking HANA, and few kinds of clients exist."""
    return parse_accept_header(accept, MIMEAccept).best_match(offered, offered[0])
