"""Error answers outside of WSGI, in the shape of all others: what cannot be read, or comes too late.

It relies on the errors of gunicorn's parser, and on a function that sends, which are undocumented.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from http import HTTPStatus

from gunicorn.http import errors
from gunicorn.util import write_nonblock

from tokonoma.errors import UNEXPECTED, Answer
from tokonoma.wsgi.middleware import SECURITY_HEADERS
from tokonoma.wsgi.problems import PROBLEM, as_json
from tokonoma.wsgi.request import InvalidHost

# What is refused, and its answer: the first kind that fits.
_REFUSED: list[tuple[type[Exception], int, str]] = [
    (errors.LimitRequestLine, 414, "The request line is too long."),
    (errors.LimitRequestHeaders, 431, "There are too many header fields, or too long ones."),
    (errors.ExpectationFailed, 417, "The only expectation that is met is 100-continue."),
    (errors.UnsupportedTransferCoding, 501, "The only transfer coding that is known is chunked."),
    (InvalidHost, 400, "The Host field is missing, or is not a host with at most a port behind it."),
    (errors.ParseException, 400, "The request is not well-formed HTTP/1.1."),
]
# Kinds of the last one above that are the service's fault.
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


def refusal_of(error: Exception) -> tuple[Answer, str]:
    """What to answer for an error that a request met outside of the app, and the words of the detail."""
    if not isinstance(error, _OURS):
        for kind, status, detail in _REFUSED:
            if isinstance(error, kind):
                return Answer(status, "about:blank", HTTPStatus(status).phrase), detail
    return UNEXPECTED, "The fault is on our side; it has been logged."


def send_problem(client: socket.socket, answer: Answer, detail: str) -> None:
    """Write an answer without waiting, as the last one on its connection."""
    body = as_json(answer, detail).encode()
    headers = [
        ("Content-Type", PROBLEM),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *([("Retry-After", str(answer.retry_after))] if answer.retry_after else []),
        *SECURITY_HEADERS,
    ]
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    with suppress(OSError):
        write_nonblock(client, "\r\n".join([*lines, "", ""]).encode("ascii") + body)
