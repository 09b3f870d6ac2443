"""Batches as JSON (JSON Format 4.01, 19)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from tokonoma.errors import Answer, MethodRefused, RequestInvalid

from .batch_parts import Part, request_of
from .formats import JSON, Format
from .messages import ODataRequest, ODataResponse

DEPENDENCY_FAILED = Answer(424, "dependency-failed", "Failed dependency")
_URL = "!$%&'()*+,-./:;=?@_~#"


def read(body: bytes) -> list[Part]:
    """The parts. Raises RequestInvalid."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestInvalid("The batch is no JSON.") from None
    requests = document.get("requests") if isinstance(document, dict) else None
    if not isinstance(requests, list) or not all(isinstance(each, dict) for each in requests):
        raise RequestInvalid('A batch in JSON is {"requests": […]}, a list of objects.')
    parts = [_part(each) for each in requests]
    identities = [each.identity for each in parts]
    if "" in identities or len(set(identities)) < len(identities):
        raise RequestInvalid("Each request of a batch in JSON has an id of its own.")
    return parts


def _part(given: dict[str, Any]) -> Part:
    identity = given.get("id")
    if not isinstance(identity, str):
        raise RequestInvalid("Each request of a batch in JSON has an id of its own.")
    method, url, headers = given.get("method"), given.get("url"), given.get("headers", {})
    depends_on = given.get("dependsOn", [])
    nobody = ODataRequest("", "", "", {})
    try:
        if not isinstance(method, str) or not isinstance(url, str) or not isinstance(headers, dict):
            raise RequestInvalid("A request of a batch in JSON has a method and a url, both texts.")
        if not isinstance(depends_on, list) or not all(isinstance(each, str) for each in depends_on):
            raise RequestInvalid("dependsOn is a list of ids.")
        if "if" in given:
            raise RequestInvalid("Conditions on other requests are not supported here.")
        if "atomicityGroup" in given and method.upper() not in ("GET", "HEAD"):
            raise MethodRefused(("GET", "HEAD"))
        fields = {str(name): str(value) for name, value in headers.items()}
        body = given.get("body", "")
        content = body.encode() if isinstance(body, str) else orjson.dumps(body)
        if not isinstance(body, str):
            fields = {"content-type": JSON} | fields
        request = request_of(method, quote(url, safe=_URL), fields, content)
    except (RequestInvalid, MethodRefused) as error:
        return Part(nobody, identity, refusal=error)
    return Part(request, identity, tuple(depends_on))


def write(answers: Iterable[tuple[Part, ODataResponse]], version: str) -> ODataResponse:
    """The answer to a batch."""
    responses = []
    for part, response in answers:
        found: dict[str, Any] = {"id": part.identity, "status": response.status}
        found["headers"] = {name.lower(): value for name, value in response.headers.items()}
        if response.body and part.request.method != "HEAD":
            found["body"] = _body(response)
        responses.append(found)
    content_type = Format().content_type(version)
    return ODataResponse(200, {"Content-Type": content_type}, orjson.dumps({"responses": responses}))


def _body(response: ODataResponse) -> Any:
    """JSON as it is, text as text, and anything else in base64url."""
    assert isinstance(response.body, bytes)
    kind = response.headers.get("Content-Type", "")
    if kind.startswith(JSON):
        return orjson.Fragment(response.body)
    if kind.startswith(("text/", "application/xml")):
        return response.body.decode()
    return urlsafe_b64encode(response.body).decode().rstrip("=")
