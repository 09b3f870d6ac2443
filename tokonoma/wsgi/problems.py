"""Error answers: RFC 9457 problem+json to programs, plain text to browsers, the same words to both."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from tokonoma.errors import UNEXPECTED, WHO_KNOWS_WHY, Answer, TokonomaError, answer_to
from tokonoma.telemetry.request_notes import refuse
from tokonoma.wsgi.negotiation import preferred

_log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
_UNNAMED = "about:blank"
"""The type of a problem that says no more than its status (RFC 9457 section 4.2.1)."""


def show_problems(app: Flask) -> None:
    """Answer every error of the app in one shape."""
    app.register_error_handler(TokonomaError, service_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected_error)


def service_error(error: TokonomaError) -> Response:
    response = _problem(answer_to(error), str(error))
    response.vary.add("Authorization")  # another caller may not get this error
    return response


def http_error(error: HTTPException) -> Response:
    """What Flask and Werkzeug refuse (404, 405, 400 …), with the headers that belong to it (Allow …)."""
    status = error.code or 500
    answer = Answer(status, _UNNAMED, error.name)
    response = _problem(answer, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def unexpected_error(error: Exception) -> Response:
    _log.exception("unexpected error", exc_info=error)
    return _problem(UNEXPECTED, "The fault is on our side; it has been logged.")


def _problem(answer: Answer, detail: str) -> Response:
    refuse(answer.problem if answer.problem != _UNNAMED else f"http-{answer.status}")
    wanted = preferred(PROBLEM, "application/json", "text/html", "text/plain")
    if wanted.endswith("json"):
        response = Response(as_json(answer, detail), answer.status, content_type=PROBLEM)
    else:
        text = f"{answer.title}. {detail}\n"
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            text += f"{WHO_KNOWS_WHY}\n"
        response = Response(text, answer.status, content_type="text/plain; charset=utf-8")
    if answer.challenge:
        response.headers["WWW-Authenticate"] = answer.challenge
    if answer.retry_after:
        response.headers["Retry-After"] = str(answer.retry_after)
    response.vary.add("Accept")
    return response


def as_json(answer: Answer, detail: str) -> str:
    """The body of a problem."""
    kind = answer.problem if ":" in answer.problem else f"urn:tokonoma:problem:{answer.problem}"
    return json.dumps({"type": kind, "title": answer.title, "status": answer.status, "detail": detail})
