"""The signed place in a result from which its next page goes on, or the page before ends.

A token is its signature, and behind it a JSON list: for which query and grant it is, how many rows come
before the place, what `now()` meant, and where the row at the place stands in the order. Whether it leads
back, and whether the number is certain, stand behind them unless it leads on and is. All in base64url.
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
"""Bytes of a signature."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two rows of a result."""

    seen: int
    """The number of rows before the place, those that $skip passed over included."""
    now: str = ""
    """What `now()` means on every page; "" if nobody asked."""
    last: tuple[Cell, ...] | None = None
    """The values by which the row before the place is ordered, or that behind it if `back` is true.

    None if pages are told apart by number.
    """
    back: bool = False
    """Whether the page before the place is meant, not the one behind it."""
    is_exact: bool = True
    """Whether `seen` is certain; it is not if rows came or went between pages."""


def write(place: Place, fingerprint: str, key: bytes) -> str:
    """The token of a place in the results of the query that `fingerprint` stands for."""
    parts: list[object] = [fingerprint, place.seen, place.now, place.last]
    if place.back or not place.is_exact:
        parts += [place.back, place.is_exact]
    data = json.dumps(parts, separators=(",", ":")).encode()
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
    found, seen, now, last, *flags = json.loads(data)
    if found != fingerprint:
        raise LinkExpired
    return Place(seen, now, None if last is None else tuple(last), *flags)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _signature(data: bytes, key: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)[:_SIGNATURE]
