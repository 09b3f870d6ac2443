"""One request for a page: who asks, in which language, and what the address says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response, request

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data import query_options
from tokonoma.telemetry.request_notes import current, timed
from tokonoma.wsgi.raw_path import raw_path
from tokonoma.wsgi.request import is_authority

from . import addresses, language
from .language import Language

OPERATE = "$XSAPPNAME.Operate"
UNKNOWN_HOME = "https://myapp.example/"
_PATH = re.compile(r"[\w./~%!$&'()*+,;=:@-]*", re.ASCII)
"""What a path is made of (RFC 3986 section 3.3)."""


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
    home: str
    """The address of the service's root, as the service was asked; a stand-in where that is no address."""
    outside: str
    """The path of the service's root, as the browser sees it."""

    @property
    def is_operator(self) -> bool:
        return self.caller.has(OPERATE)


def begin(gate: Gate) -> Visit:
    """The visit of the request that is being served. Raises AccessError."""
    notes = current()
    notes.door = "pages"
    with timed("auth"):
        caller = gate.caller()
    notes.user_id = caller.id
    path = raw_path(request.environ)
    return Visit(
        caller, asked_language(), path, addresses.to_root(path), start_page(path), _home(), _outside(path)
    )


def asked_language() -> Language:
    return language.choose(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def start_page(path: str) -> str:
    """Where the approuter's start page is, from the page with this path; "" without an approuter."""
    outside = _outside(path)
    return addresses.to_root(path) + "../" * (outside.count("/") - 1) if outside != "/" else ""


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


def _outside(path: str) -> str:
    """The path of the service's root in the browser, if an approuter says by which path it was asked.

    A caller may say anything here, and harms nobody: it only decides what the caller's own links are.
    """
    given: str = request.environ.get("HTTP_X_FORWARDED_PATH", "")
    outside = given.partition("?")[0]
    if not outside.endswith(path) or not _PATH.fullmatch(outside):
        return "/"
    return outside[: len(outside) - len(path)] + "/"


def _home() -> str:
    environ = request.environ
    host: str = environ.get("HTTP_HOST", "")
    protocol: str = environ.get("HTTP_X_FORWARDED_PROTO", "") or environ["wsgi.url_scheme"]
    if not is_authority(host) or protocol not in ("http", "https"):
        return UNKNOWN_HOME
    return f"{protocol}://{host}/"
