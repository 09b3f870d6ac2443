"""`GET /`: HANA's time, for everyone who is logged in."""

from __future__ import annotations

from datetime import UTC

from flask import Blueprint, Response, jsonify, make_response, request

from tokonoma.guard import Caller, Guard
from tokonoma.hana import Hana


def blueprint(guard: Guard, hana: Hana) -> Blueprint:
    clock = Blueprint("clock", __name__)

    @clock.get("/")
    @guard.requires("openid")
    def now(caller: Caller) -> Response:
        [row] = hana.select("SELECT CURRENT_UTCTIMESTAMP FROM DUMMY", user=caller.name)
        time = row["CURRENT_UTCTIMESTAMP"]
        if request.accept_mimetypes.best_match(["text/plain", "application/json"]) == "application/json":
            stamp = time.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
            response = jsonify(current_utctimestamp=stamp)
        else:
            response = make_response(
                f"Current time is: {time}", {"Content-Type": "text/plain; charset=utf-8"}
            )
        response.vary.add("Accept")
        return response

    return clock
