"""Errors as pages in the look of all others, for whoever looks at pages."""

from __future__ import annotations

import logging

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from tokonoma.errors import UNEXPECTED, Answer, TokonomaError, answer_to
from tokonoma.wsgi import problems
from tokonoma.wsgi.negotiation import preferred

from .rendering import problem

_log = logging.getLogger(__name__)


def show_error_pages(blueprint: Blueprint, *, to_programs: bool = False) -> None:
    """Answer the errors of a blueprint with pages.

    With `to_programs`, for views that answer JSON as well: callers who do not prefer HTML get RFC 9457's
    problems, as from the other views.
    """

    def wants_page() -> bool:
        return not to_programs or preferred(problems.PROBLEM, "application/json", "text/html") == "text/html"

    @blueprint.errorhandler(TokonomaError)
    def service_error(error: TokonomaError) -> Response:
        return problem(answer_to(error), str(error)) if wants_page() else problems.service_error(error)

    @blueprint.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if not wants_page():
            return problems.http_error(error)
        answer = Answer(error.code or 500, f"http-{error.code}", error.name)
        return problem(answer, error.description or error.name)

    @blueprint.errorhandler(Exception)
    def unexpected_error(error: Exception) -> Response:
        if not wants_page():
            return problems.unexpected_error(error)
        _log.exception("a page failed", exc_info=error)
        return problem(UNEXPECTED, "The fault is on our side; it has been logged.")
