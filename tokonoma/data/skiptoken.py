"""The signed place in a result from which its next page goes on.

A token is its signature, and behind it a JSON list: for which query and grant it is, how many rows have been
seen, what `now()` meant, and where the last row stood in the order; all in base64url.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass

from tokonoma.errors import LinkExpired, QueryInvalid

LONGEST = 2000
"""Characters of a token; longer ones would not fit into a URL."""
_SIGNATURE = 16
"""Bytes."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    seen: int
    """Rows before the next page, those that $skip passed over included."""
    now: str = ""
    """What `now()` means on every page; "" if nobody asked."""
    last: tuple[Cell, ...] | None = None
    """What the last row is ordered by; None if pages are told apart by number."""


def write(place: Place, fingerprint: str, key: bytes) -> str:
    """The token of a place in the results of the query that `fingerprint` stands for."""
    data = json.dumps([fingerprint, place.seen, place.now, place.last], separators=(",", ":")).encode()
    return _encoded(_signature(data, key) + data)


def read(token: str, fingerprint: str, key: bytes) -> Place:
    """The place. Raises QueryInvalid for a token that is not ours, LinkExpired for one of another query."""
    try:
        whole = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Error, ValueError):
        whole = b""
    data = whole[_SIGNATURE:]
    if _encoded(whole) != token or not hmac.compare_digest(whole[:_SIGNATURE], _signature(data, key)):
        raise QueryInvalid("this is not a token of ours", "$skiptoken", 1)
    found, seen, now, last = json.loads(data)
    if found != fingerprint:
        raise LinkExpired
    return Place(seen, now, None if last is None else tuple(last))


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _signature(data: bytes, key: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)[:_SIGNATURE]
