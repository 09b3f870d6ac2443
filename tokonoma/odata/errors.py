"""Errors in OData's shape (JSON Format 4.01, 21)."""

from __future__ import annotations

import logging
from http import HTTPStatus

from tokonoma.errors import (
    UNEXPECTED,
    WHO_KNOWS_WHY,
    Answer,
    MethodRefused,
    QueryInvalid,
    QueryUnsupported,
    TokonomaError,
    answer_to,
)
from tokonoma.telemetry.request_notes import refuse

from .formats import Format
from .messages import ODataResponse
from .payload import dumps
from .versions import V40

_log = logging.getLogger(__name__)


def response_to(error: Exception, version: str = V40) -> ODataResponse:
    """The answer that says what went wrong; what is not ours is logged, and not told."""
    if not isinstance(error, TokonomaError):
        _log.exception("unexpected error", exc_info=error)
        return response(UNEXPECTED, "The fault is on our side; it has been logged.", version)
    target = error.option if isinstance(error, QueryInvalid | QueryUnsupported) else ""
    found = response(answer_to(error), str(error), version, target)
    if isinstance(error, MethodRefused):
        found.headers["Allow"] = ", ".join(error.allowed)
    return found


def response(answer: Answer, message: str, version: str = V40, target: str = "") -> ODataResponse:
    """An answer with a code for programs, a sentence for people, and the option that is wrong, if one is."""
    refuse(answer.problem)
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        message = f"{message} {WHO_KNOWS_WHY}"
    inner = {"code": answer.problem, "message": message} | ({"target": target} if target else {})
    found = ODataResponse(
        answer.status, {"Content-Type": Format().content_type(version)}, dumps({"error": inner})
    )
    if answer.challenge:
        found.headers["WWW-Authenticate"] = answer.challenge
    if answer.retry_after:
        found.headers["Retry-After"] = str(answer.retry_after)
    return found
