"""`GET /health`: the process is alive. Touches nothing else, so that a stopped HANA restarts nothing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

health = Blueprint("health", __name__)


@health.get("/health")
def up() -> Response:
    return jsonify(status="UP")
