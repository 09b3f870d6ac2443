"""Watches every request: correlation id, times, one log line, the counters."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from uuid import uuid4

from flask import Flask, Response, g, request

from . import metrics, timings
from .hana import Hana
from .logs import request_line

CORRELATION_HEADERS = ("X-CorrelationID", "X-Request-ID", "X-Vcap-Request-Id")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}", re.ASCII)
_SHOWN = {
    "auth": "auth_time_ms",
    "pool": "pool_wait_time_ms",
    "hana": "hana_time_ms",
    "db": "hana_server_time_ms",
}


def watch(app: Flask, hana: Hana) -> None:
    """Watch the requests of the app."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.parts = timings.begin()
        g.correlation_id = _correlation_id()

    @app.after_request
    def end(response: Response) -> Response:
        total = time.perf_counter() - g.started
        parts: dict[str, float] = g.parts
        route = request.url_rule.rule if request.url_rule else "(none)"
        metrics.request_answered(request.method, route, response.status_code, total, parts)
        metrics.connections(hana.connections())
        response.headers["X-CorrelationID"] = g.correlation_id
        shown = {**parts, "total": total}
        response.headers["Server-Timing"] = ", ".join(f"{n};dur={s * 1e3:.2f}" for n, s in shown.items())
        caller = g.get("caller")
        request_line(
            {
                "correlation_id": g.correlation_id,
                "method": request.method,
                "request": request.path,
                "route": route,
                "response_status": response.status_code,
                "response_time_ms": round(total * 1e3, 2),
                "request_received_at": datetime.fromtimestamp(time.time() - total, UTC).isoformat(),
                "response_size_b": response.content_length or 0,
                "user_id": caller.id if caller else "-",
                **{_SHOWN[part]: round(seconds * 1e3, 2) for part, seconds in parts.items()},
            }
        )
        return response


def _correlation_id() -> str:
    """The first id that somebody before us gave this request, if it is one; else a new one."""
    for header in CORRELATION_HEADERS:
        given = request.headers.get(header, "")
        if _CORRELATION_ID.fullmatch(given):
            return given
    return str(uuid4())
