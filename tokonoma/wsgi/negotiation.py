"""What kind of answer a caller would like best: the Accept header (RFC 9110 section 12.5.1)."""

from __future__ import annotations

from functools import lru_cache

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

LONGEST = 256
"""Characters; browsers send 150. Parsing takes half a millisecond at worst; of 32 kB, a tenth of a second."""


def preferred(*offered: str) -> str:
    """The one of the `offered` media types that this request's caller likes best; the first for whoever
    likes all, none of them, or says so at greater length than `LONGEST`."""
    accept: str = request.environ.get("HTTP_ACCEPT", "")
    return _best(accept, offered) if len(accept) <= LONGEST else offered[0]


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[str, ...]) -> str:
    """Parsing the header costs as much as asking HANA, and there are only so many kinds of clients."""
    return parse_accept_header(accept, MIMEAccept).best_match(offered, offered[0])
