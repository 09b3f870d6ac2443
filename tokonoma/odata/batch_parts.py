"""The parts of a batch, in either form."""

from __future__ import annotations

from dataclasses import dataclass

from tokonoma.errors import RequestError, RequestInvalid

from .messages import ODataRequest, fields_read

ROOT = "/odata/"
"""The service root as this service sees it; an approuter may put more in front."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch."""

    request: ODataRequest
    identity: str = ""
    """How the client calls it."""
    depends_on: tuple[str, ...] = ()
    refusal: RequestError | None = None
    """Why it is not even tried."""


def request_of(method: str, address: str, headers: dict[str, str], body: bytes) -> ODataRequest:
    """The request of a part; its address is relative to the service root, or absolute.

    Header fields that say who asks count for nothing: the batch's own do. Names in `headers`
    may have any case. Raises RequestInvalid.
    """
    path, _, query = address.partition("#")[0].partition("?")
    if path.startswith("/") or "://" in path.partition("/")[0] + path[:9]:
        _, found, path = path.partition(ROOT)
        if not found:
            raise RequestInvalid("The address of a part is none of this service.")
    return ODataRequest(method.upper(), path, query, fields_read(headers.items()), body, is_part=True)
