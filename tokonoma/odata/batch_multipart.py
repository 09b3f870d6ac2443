"""Batches as multipart/mixed, each part of which is an HTTP request (Protocol 4.01, 11.7.7).

Read leniently: lines may end with LF alone, header fields may have no blank behind the colon, and what stands
before the first boundary and behind the last one is ignored.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from email.message import Message
from http import HTTPStatus
from itertools import pairwise

from tokonoma.errors import MethodRefused, RequestInvalid

from .batch_parts import Part, request_of
from .messages import ODataRequest, ODataResponse

MOST_LINES = 100
"""Header fields of a part."""
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", re.ASCII)
"""RFC 2046 section 5.1.1."""
_REQUEST_LINE = re.compile(r"([A-Za-z]{1,20}) (\S{1,16384}) HTTP/1\.[01]")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def read(body: bytes, content_type: str) -> list[Part]:
    """The parts. Raises RequestInvalid where they cannot even be told from each other."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not _BOUNDARY.fullmatch(boundary):
        raise RequestInvalid("The Content-Type of a batch names its boundary.")
    line = re.compile(rb"(?:^|\r?\n|(?<=\n))--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?:\r?\n|$)")
    places = list(line.finditer(body))
    last = next((number for number, place in enumerate(places) if place[1]), None)
    if not places or last is None:
        raise RequestInvalid("The batch has no beginning or no end: its boundary does not stand there.")
    pairs = pairwise(places[: last + 1])
    return [_part(body[begin.end() : end.start()]) for begin, end in pairs]


def _part(text: bytes) -> Part:
    headers, inner = _split(text)
    identity = headers.get("content-id", "")
    nobody = ODataRequest("", "", "", {})
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/mixed":
        return Part(nobody, identity, refusal=MethodRefused(("GET", "HEAD")))  # a change set
    try:
        if kind != "application/http":
            raise RequestInvalid("A part of a batch is application/http.")
        first, _, rest = inner.lstrip(b"\r\n").partition(b"\n")
        line = _REQUEST_LINE.fullmatch(first.decode("latin-1").strip())
        if line is None:
            raise RequestInvalid("A part of a batch begins with a request line: GET WORK HTTP/1.1")
        fields, content = _split(rest)
        return Part(request_of(line[1], line[2], fields, content), identity)
    except RequestInvalid as error:
        return Part(nobody, identity, refusal=error)


def _split(text: bytes) -> tuple[dict[str, str], bytes]:
    """Header fields, by name in lower case, and what stands behind them."""
    if text.startswith((b"\r\n", b"\n")):
        return {}, text.lstrip(b"\r\n")
    head, *rest = _BLANK_LINE.split(text, maxsplit=1)
    lines = head.decode("latin-1").splitlines()
    if len(lines) > MOST_LINES:
        raise RequestInvalid(f"A part of a batch has {MOST_LINES} header fields at most.")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}, rest[0] if rest else b""


def write(answers: Iterable[tuple[Part, ODataResponse]]) -> ODataResponse:
    """The answer to a batch."""
    boundary = f"batchresponse_{secrets.token_hex(16)}"
    pieces: list[bytes] = []
    for part, response in answers:
        assert isinstance(response.body, bytes)
        body = b"" if part.request.method == "HEAD" else response.body
        reason = HTTPStatus(response.status).phrase
        outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        if part.identity.isprintable() and part.identity:
            outer.append(f"Content-ID: {part.identity}")
        inner = [f"HTTP/1.1 {response.status} {reason}"]
        inner += [f"{name}: {value}" for name, value in response.headers.items()]
        inner.append(f"Content-Length: {len(body)}")
        lines = "\r\n".join([f"--{boundary}", *outer, "", *inner, "", ""])
        pieces += [lines.encode("latin-1"), body, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return ODataResponse(200, {"Content-Type": f"multipart/mixed;boundary={boundary}"}, b"".join(pieces))
