"""Stands around the app as WSGI middleware: correlation id, times, headers, one log line, the counters.

Outside of Flask, because there a header costs a list entry and the whole of it a few microseconds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from tokonoma.hana.schema import Hana
from tokonoma.telemetry import metrics
from tokonoma.telemetry import request_notes as notes
from tokonoma.telemetry.logs import RequestRecord, write

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CORRELATION_HEADERS = ("HTTP_X_CORRELATIONID", "HTTP_X_REQUEST_ID", "HTTP_X_VCAP_REQUEST_ID")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}", re.ASCII)

SHUTTERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
]
"""For every answer: nothing here is to be stored, sniffed, framed or run."""


class Watch:
    """WSGI middleware around the service."""

    def __init__(self, app: WSGIApplication, hana: Hana) -> None:
        self._app = app
        metrics.watch_connections(hana.connections)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        sheet = notes.begin()

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seconds = perf_counter() - started
            method = environ["REQUEST_METHOD"]
            metrics.count(method, sheet.route, status[:3], seconds, sheet.parts)
            record = RequestRecord(
                created=time(),
                seconds=seconds,
                method=method,
                path=environ.get("PATH_INFO", ""),
                route=sheet.route,
                status=status[:3],
                size=_size(headers),
                user_id=sheet.user_id,
                correlation_id=_correlation_id(environ),
                parts={name: f"{spent * 1e3:.2f}" for name, spent in sheet.parts.items()},
            )
            write(record)
            headers += SHUTTERS
            headers.append(("X-CorrelationID", record.correlation_id))
            headers.append(("Server-Timing", _server_timing(record)))
            return start_response(status, headers, exc_info)

        return self._app(environ, begin)


def _correlation_id(environ: WSGIEnvironment) -> str:
    """The first id that somebody before us gave this request, if it is one; else a new one."""
    for header in CORRELATION_HEADERS:
        given = environ.get(header)
        if given and _CORRELATION_ID.fullmatch(given):
            return str(given)
    return os.urandom(16).hex()


def _server_timing(record: RequestRecord) -> str:
    parts = "".join([f"{name};dur={spent}, " for name, spent in record.parts.items()])
    return f"{parts}total;dur={record.seconds * 1e3:.2f}"


def _size(headers: list[tuple[str, str]]) -> str:
    """The Content-Length; 0 where there is none."""
    for name, value in headers:
        if name == "Content-Length":
            return value
    return "0"
