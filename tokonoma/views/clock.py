"""`GET /`: HANA's time, for everyone who is logged in."""

from __future__ import annotations

from datetime import UTC

from flask import Blueprint, Response, jsonify

from tokonoma.auth.gate import Caller, Gate
from tokonoma.hana.schema import Schema
from tokonoma.wsgi.negotiation import preferred


def blueprint(gate: Gate, hana: Schema) -> Blueprint:
    clock = Blueprint("clock", __name__)

    @clock.get("/")
    @gate.requires("openid")
    def now(caller: Caller) -> Response:
        user = hana.user_of(caller.name, caller.id)
        [row] = hana.select("SELECT CURRENT_UTCTIMESTAMP FROM DUMMY", user=user)
        time = row["CURRENT_UTCTIMESTAMP"]
        if preferred("text/plain", "application/json") == "application/json":
            stamp = time.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
            response = jsonify(current_utctimestamp=stamp)
        else:
            response = Response(f"Current time is: {time}", content_type="text/plain; charset=utf-8")
        response.headers.add("Vary", "Accept, Authorization")
        return response

    return clock
