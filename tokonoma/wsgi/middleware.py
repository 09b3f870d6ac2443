"""WSGI middleware around the app: correlation id, times and security headers for each answer, and a log line
and a place in the counters for each request.

It stands outside of Flask, where a header costs one entry of a list, and all of this a few microseconds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from tokonoma.hana.schema import Schema
from tokonoma.telemetry import metrics, request_notes
from tokonoma.telemetry.log_lines import RequestRecord
from tokonoma.telemetry.logs import write

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CORRELATION_HEADERS = ("HTTP_X_CORRELATIONID", "HTTP_X_REQUEST_ID", "HTTP_X_VCAP_REQUEST_ID")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}", re.ASCII)

SECURITY_HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
]
"""Headers that every answer gets unless the view has set them.

Browsers then neither store it, guess its type, frame it nor run anything in it.
"""


class RequestMiddleware:
    """WSGI middleware around the app."""

    def __init__(self, app: WSGIApplication, hana: Schema) -> None:
        self._app = app
        metrics.count_connections_with(hana.connections)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        notes = request_notes.start()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seconds = perf_counter() - started
            method = environ["REQUEST_METHOD"]
            metrics.count(method, status[:3], seconds, notes)
            record = RequestRecord(
                created=time(),
                seconds=seconds,
                method=method,
                path=environ.get("PATH_INFO", ""),
                route=notes.route,
                status=status[:3],
                size=_size(headers),
                user_id=notes.user_id,
                correlation_id=_correlation_id(environ),
                parts={name: f"{spent * 1e3:.2f}" for name, spent in notes.parts.items()},
            )
            write(record)
            own = {name for name, _ in headers}
            headers += [each for each in SECURITY_HEADERS if each[0] not in own]
            headers.append(("X-CorrelationID", record.correlation_id))
            headers.append(("Server-Timing", _server_timing(record)))
            return start_response(status, headers, exc_info)

        return self._app(environ, start)


def _correlation_id(environ: WSGIEnvironment) -> str:
    """The first well-formed id that a proxy before us gave this request; else a new one."""
    for header in CORRELATION_HEADERS:
        given = environ.get(header)
        if given and _CORRELATION_ID.fullmatch(given):
            return str(given)
    return os.urandom(16).hex()


def _server_timing(record: RequestRecord) -> str:
    parts = "".join([f"{name};dur={spent}, " for name, spent in record.parts.items()])
    return f"{parts}total;dur={record.seconds * 1e3:.2f}"


def _size(headers: list[tuple[str, str]]) -> str:
    """The answer's Content-Length; 0 where there is none."""
    for name, value in headers:
        if name == "Content-Length":
            return value
    return "0"
