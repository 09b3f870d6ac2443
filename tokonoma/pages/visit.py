"""One request for a page: who asks, in which language, and what the address says."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data import query_options
from tokonoma.telemetry.request_notes import current, timed
from tokonoma.wsgi.raw_path import raw_path

from . import addresses, language
from .language import Language

OPERATE = "$XSAPPNAME.Operate"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for a page, in which language, and where the page is."""

    caller: Caller
    language: Language
    path: str
    """As it came, with its percent-encoding."""
    root: str
    """The way from the page to the root of the service."""
    start_page: str
    """The address of the approuter's start page; "" where the service is asked directly."""

    @property
    def is_operator(self) -> bool:
        return self.caller.has(OPERATE)


def begin(gate: Gate) -> Visit:
    """The visit of the request that is being served. Raises AccessError."""
    with timed("auth"):
        caller = gate.caller()
    current().user_id = caller.id
    path = raw_path(request.environ)
    root = addresses.to_root(path)
    return Visit(caller, asked_language(), path, root, _start_page(path, root))


def asked_language() -> Language:
    return language.choose(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def pairs() -> list[tuple[str, str]]:
    """Names and values of the query, in their order. Raises RequestInvalid."""
    pieces = request.environ.get("QUERY_STRING", "").split("&")
    parts = [piece.partition("=") for piece in pieces if piece]
    return [
        (query_options.decoded(name, plus=True), query_options.decoded(value, plus=True))
        for name, _, value in parts
    ]


def see_other(address: str) -> Response:
    """A redirect; relative, since what stands before the service is not known (RFC 9110 section 10.2.2)."""
    response = Response(status=303, headers={"Location": address})
    response.autocorrect_location_header = False
    return response


def _start_page(path: str, root: str) -> str:
    """Where the approuter's start page is, if an approuter says by which path it was asked.

    A caller may say anything here, and harms nobody: it only decides how many `../` a link has.
    """
    given: str = request.environ.get("HTTP_X_FORWARDED_PATH", "")
    outside = given.partition("?")[0]
    if not outside.endswith(path) or len(outside) == len(path):
        return ""
    return root + "../" * (outside.count("/") - path.count("/"))
