"""`GET /`: HANA's time, for everyone who is logged in."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from tokonoma.guard import Caller, Guard
from tokonoma.hana import Hana


def blueprint(guard: Guard, hana: Hana) -> Blueprint:
    clock = Blueprint("clock", __name__)

    @clock.get("/")
    @guard.requires("openid")
    def now(caller: Caller) -> Response:
        [row] = hana.select("SELECT CURRENT_UTCTIMESTAMP FROM DUMMY", user=caller.name)
        time = row["CURRENT_UTCTIMESTAMP"]
        if _prefers_json(request.environ.get("HTTP_ACCEPT", "")):
            stamp = time.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
            response = jsonify(current_utctimestamp=stamp)
        else:
            response = Response(f"Current time is: {time}", content_type="text/plain; charset=utf-8")
        response.headers.add("Vary", "Accept")
        return response

    return clock


@lru_cache(maxsize=256)
def _prefers_json(accept: str) -> bool:
    """Parsing the header costs as much as asking HANA, and there are only so many kinds of clients."""
    offered = ["text/plain", "application/json"]
    return parse_accept_header(accept, MIMEAccept).best_match(offered) == "application/json"
