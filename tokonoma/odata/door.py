"""`/odata/`: the blueprint, between Flask and the service."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import PathConverter

from tokonoma.auth.gate import Gate
from tokonoma.data.reader import Reader
from tokonoma.errors import Answer
from tokonoma.hana.large_value import LargeValue
from tokonoma.telemetry import metrics
from tokonoma.telemetry.request_notes import current, timed
from tokonoma.wsgi.raw_path import raw_path

from . import errors
from .messages import FIELDS, ODataRequest, ODataResponse, finished
from .service import ODataService
from .versions import V40

DOOR = "odata"
"""What it is called in the counters."""
LONGEST_BODY = 64 * 1024
"""Bytes of a batch, and of query options in a body."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PLACES = {
    "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.replace('-', '_').upper()}": name
    for name in sorted(FIELDS)
}
"""The header fields that are handed on, by their places in a WSGI environment (PEP 3333)."""


class _Anything(PathConverter):
    """The rest of a path, line breaks and slashes included."""

    regex = "(?s:.*)"
    part_isolating = False


def blueprint(gate: Gate, reader: Reader) -> Blueprint:
    door = Blueprint("odata", __name__)
    service = ODataService(reader)

    @door.record_once
    def know_converter(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["anything"] = _Anything

    @door.route("/odata", methods=_METHODS, provide_automatic_options=False)
    @door.route("/odata/<anything:rest>", methods=_METHODS, provide_automatic_options=False)
    def odata(rest: str = "") -> Response:
        notes = current()
        notes.door = DOOR
        with timed("auth"):
            caller = gate.caller()
        notes.user_id = caller.id
        return _sent(service.answer(caller, _received()))

    door.register_error_handler(HTTPException, _refused)
    door.register_error_handler(Exception, lambda error: _sent(finished(errors.response_to(error), V40)))
    return door


def _refused(error: HTTPException) -> Response:
    """What Flask and Werkzeug refuse before a view is called."""
    answer = Answer(error.code or 500, f"http-{error.code}", error.name)
    return _sent(finished(errors.response(answer, error.description or error.name), V40))


def _received() -> ODataRequest:
    """The request as it came, with the percent-encoding of its path."""
    environ = request.environ
    whole = raw_path(environ)
    path = "/".join(whole.split("/")[2:])
    headers = {name: environ[place] for place, name in _PLACES.items() if place in environ}
    is_bare = whole.count("/") == 1
    body = b""
    if request.method == "POST":
        body = request.stream.read(LONGEST_BODY + 1)
        if len(body) > LONGEST_BODY:
            raise RequestEntityTooLarge
    query = environ.get("QUERY_STRING", "")
    return ODataRequest(request.method, path, query, headers, body, up="odata/" if is_bare else "")


def _sent(response: ODataResponse) -> Response:
    body = response.body
    if isinstance(body, LargeValue):
        sent = Response(_pieces(body), response.status, response.headers)
        sent.call_on_close(body.close)
    else:
        sent = Response(body, response.status, response.headers)
        if response.status < 400 and request.method != "HEAD":
            current().size += len(body)
    if "Content-Type" not in response.headers:
        del sent.headers["Content-Type"]
    return sent


def _pieces(value: LargeValue) -> Iterator[bytes]:
    with value:
        for piece in value:
            metrics.count_piece(DOOR, 0, len(piece))
            yield piece
