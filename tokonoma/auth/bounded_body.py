"""Receives an answer of somebody else's server, and no more of it than an answer can be."""

from __future__ import annotations

import httpx

MAX_ANSWER = 256 * 1024
"""Bytes that are read at most."""
AS_IT_COMES = {"Accept-Encoding": "identity"}
"""To be sent with the request: a packed answer would be unpacked before its size can be seen."""


def body_of(answer: httpx.Response) -> bytes:
    """The body of a streamed answer. Raises ValueError if it is too long, httpx.HTTPError if it breaks."""
    body = b""
    for piece in answer.iter_raw():
        body += piece
        if len(body) > MAX_ANSWER:
            raise ValueError("the answer is too long")
    return body
