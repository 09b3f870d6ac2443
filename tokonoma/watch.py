"""Stands around the app as WSGI middleware: correlation id, times, headers, one log line, the counters.

Outside of Flask, because there a header costs a list entry and the whole of it a twentieth of a millisecond.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import metrics, notes
from .hana import Hana
from .logs import request_line

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

_PARTS = (
    ("auth", "auth_time_ms"),
    ("pool", "pool_wait_time_ms"),
    ("hana", "hana_time_ms"),
    ("db", "hana_server_time_ms"),
)


class Watch:
    """WSGI middleware around the service."""

    def __init__(self, app: WSGIApplication, hana: Hana) -> None:
        self._app = app
        self._hana = hana

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        sheet = notes.begin()
        correlation_id = _correlation_id(environ)

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seconds = time.perf_counter() - started
            self._write_down(environ, sheet, correlation_id, status, headers, seconds)
            headers += SHUTTERS
            headers.append(("X-CorrelationID", correlation_id))
            headers.append(("Server-Timing", _server_timing(sheet.parts, seconds)))
            return start_response(status, headers, exc_info)

        return self._app(environ, begin)

    def _write_down(
        self,
        environ: WSGIEnvironment,
        sheet: notes.Notes,
        correlation_id: str,
        status: str,
        headers: list[tuple[str, str]],
        seconds: float,
    ) -> None:
        method = str(environ["REQUEST_METHOD"])
        metrics.request_answered(method, sheet.route, status[:3], seconds, sheet.parts)
        metrics.connections(self._hana.connections())
        fields: dict[str, Any] = {
            "correlation_id": correlation_id,
            "method": method,
            "request": str(environ.get("PATH_INFO", "")).encode("latin-1").decode(errors="replace"),
            "route": sheet.route,
            "response_status": int(status[:3]),
            "response_time_ms": round(seconds * 1e3, 2),
            "request_received_at": datetime.fromtimestamp(time.time() - seconds, UTC).isoformat(),
            "response_size_b": _size(headers),
            "user_id": sheet.user_id,
        }
        for part, name in _PARTS:
            if part in sheet.parts:
                fields[name] = round(sheet.parts[part] * 1e3, 2)
        request_line(fields)


def _correlation_id(environ: WSGIEnvironment) -> str:
    """The first id that somebody before us gave this request, if it is one; else a new one."""
    for header in CORRELATION_HEADERS:
        given = environ.get(header, "")
        if given and _CORRELATION_ID.fullmatch(given):
            return str(given)
    return os.urandom(16).hex()


def _server_timing(parts: dict[str, float], total: float) -> str:
    shown = [f"{name};dur={seconds * 1e3:.2f}" for name, seconds in parts.items()]
    return ", ".join([*shown, f"total;dur={total * 1e3:.2f}"])


def _size(headers: list[tuple[str, str]]) -> int:
    """The Content-Length; 0 where there is none."""
    for name, value in headers:
        if name == "Content-Length":
            return int(value)
    return 0
