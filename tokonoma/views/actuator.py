"""`/actuator/*` and `/metrics`: how the service is doing.

Liveness touches nothing, so that nobody restarts us because HANA is away; readiness looks at what an answer
needs. What is wrong in detail is for operators.
"""

from __future__ import annotations

import platform

from flask import Blueprint, Response, jsonify, make_response

from tokonoma.auth.gate import Caller, Gate
from tokonoma.errors import AccessError
from tokonoma.health_document import health_document
from tokonoma.readiness import Readiness
from tokonoma.telemetry import metrics

OPERATE = "$XSAPPNAME.Operate"


def blueprint(gate: Gate, readiness: Readiness, version: str) -> Blueprint:
    actuator = Blueprint("actuator", __name__)

    @actuator.get("/actuator/health/liveness")
    def liveness() -> Response:
        return jsonify(status="UP")

    @actuator.get("/actuator/health")
    @actuator.get("/actuator/health/readiness")
    def health() -> Response:
        status, document = health_document(
            readiness.components(), in_detail=_is_operator(gate), details=readiness.details()
        )
        response = make_response(jsonify(document), status)
        response.vary.add("Authorization")
        return response

    @actuator.get("/actuator/info")
    def info() -> Response:
        return jsonify(app={"name": "tokonoma", "version": version}, python=platform.python_version())

    @actuator.get("/metrics")
    @gate.requires(OPERATE)
    def prometheus(_caller: Caller) -> Response:
        response = Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
        response.vary.add("Authorization")
        return response

    return actuator


def _is_operator(gate: Gate) -> bool:
    """Whether details may be shown; a caller without a good token still gets the status."""
    try:
        return gate.caller().has(OPERATE)
    except AccessError:
        return False
