"""Requests and responses as OData has them, whether they come alone or in a batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tokonoma.hana.large_value import LargeValue

_VARY = "Accept, Authorization, OData-MaxVersion, Prefer"

FIELDS = frozenset(
    {
        "accept",
        "content-type",
        "if-none-match",
        "isolation",
        "odata-isolation",
        "odata-maxversion",
        "odata-version",
        "prefer",
    }
)
"""The header fields that the service reads, in lower case. No other one reaches it, a token least of all."""


def fields_read(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The header fields that the service reads, by name in lower case."""
    lower = ((name.lower(), value) for name, value in given)
    return {name: value for name, value in lower if name in FIELDS}


@dataclass(frozen=True, slots=True)
class ODataRequest:
    """A request whose caller is known."""

    method: str
    path: str
    """The path behind the service root and its slash, still percent-encoded; "" is the root itself."""
    query: str
    """The text behind the question mark, still percent-encoded."""
    headers: dict[str, str]
    """The fields of `FIELDS` that the request has, by name in lower case."""
    body: bytes = b""
    is_part: bool = False
    """Whether it is part of a batch."""
    up: str = ""
    """The relative link to the service root, where `path` does not tell it."""

    @property
    def root(self) -> str:
        """The relative link to the service root."""
        return self.up or "../" * self.path.count("/")


@dataclass(slots=True)
class ODataResponse:
    """The answer to one request."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | LargeValue = b""


def finished(response: ODataResponse, version: str) -> ODataResponse:
    """The response with the header fields that every one has."""
    response.headers["OData-Version"] = version
    response.headers["Vary"] = _VARY
    return response
