"""The headers of an order: read once, and bounded, since one of three bytes takes a hundred in memory."""

from __future__ import annotations

from operator import methodcaller

from confluent_kafka import Message

from .rule import NotAnOrder

Header = tuple[str, str | bytes | None]
"""Name and value. The library gives bytes or None, and takes text as well."""

MAX_HEADERS = 1_000
"""Headers that an order may have; one with more becomes a dead letter without them."""
HEADER_BYTES = 100
"""What a header takes in memory beside its name and its value, as measured."""

_call_headers = methodcaller("headers")


def read_headers(order: Message) -> list[Header]:
    """The headers of the order; raises NotAnOrder where they are too many, or a name is not UTF-8.

    To be called once for a message: after a name that is not UTF-8 the client returns tuples with a hole in
    them. It also leaves its exception pending, which a plain call of the method may not notice; one made in C
    does.
    """
    try:
        headers: list[Header] | None = _call_headers(order)
    except (UnicodeDecodeError, SystemError):
        raise NotAnOrder("A header of the order has a name that is not UTF-8.") from None
    if headers and len(headers) > MAX_HEADERS:
        raise NotAnOrder(f"The order has {len(headers)} headers, and {MAX_HEADERS} are allowed.")
    return headers or []


def header_size(header: Header) -> int:
    """Bytes that the header takes in memory."""
    name, value = header
    return len(name) + len(value or b"") + HEADER_BYTES
