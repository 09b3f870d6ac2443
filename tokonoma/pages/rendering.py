"""The templates, and the header fields that go with every page."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tokonoma.errors import Answer
from tokonoma.telemetry.request_notes import refuse
from tokonoma.wsgi.raw_path import raw_path

from . import addresses, assets, brand
from .problem_texts import translated
from .visit import Visit, asked_language, start_page

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Of every page: nothing inline, nothing from elsewhere."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_environment.globals.update(
    asset=assets.address, table_address=addresses.table, brand=brand.NAME, logo=brand.LOGO
)


def render(template: str, visit: Visit, status: int = 200, **values: Any) -> Response:
    """A page; templates know `visit`, `root`, `language` and `text`, and escape what they are given."""
    found = visit.language
    return _response(
        template,
        status,
        visit=visit,
        root=visit.root,
        start_page=visit.start_page,
        language=found,
        text=found.text,
        **values,
    )


def problem(answer: Answer, detail: str) -> Response:
    """The page of an error; nobody may have been let in."""
    refuse(answer.problem)
    found, path = asked_language(), raw_path(request.environ)
    title, sentence = translated(answer.problem, answer.title, detail, found.tag)
    response = _response(
        "problem.html",
        answer.status,
        visit=None,
        root=addresses.to_root(path),
        start_page=start_page(path),
        language=found,
        text=found.text,
        title=title,
        detail=sentence,
        is_unavailable=answer.status == HTTPStatus.SERVICE_UNAVAILABLE,
    )
    if answer.challenge:
        response.headers["WWW-Authenticate"] = answer.challenge
    if answer.retry_after:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _response(template: str, status: int, **values: Any) -> Response:
    html = _environment.get_template(template).render(**values)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Vary"] = "Accept-Language, Authorization"
    return response
