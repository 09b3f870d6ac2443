"""`$batch`: several requests in one (Protocol 4.01, 11.7), as multipart/mixed or as JSON; reading only.

The parts are answered one after the other. After an error the rest is left out, unless the client prefers
`continue-on-error`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic

from tokonoma.errors import MethodRefused, RequestInvalid, TooMuchAsked

from . import batch_json, batch_multipart, errors, formats
from .batch_parts import Part
from .messages import ODataRequest, ODataResponse, finished

MOST_PARTS = 50
MOST_BYTES = 8 * 1024 * 1024
"""Bytes of all answers together; beyond them no further part is answered."""
MOST_SECONDS = 15.0
"""Seconds for all parts but the last one, which may take as long as any request."""

_INHERITED = ("odata-maxversion",)
"""Header fields of the batch that hold for its parts, unless they say something else."""

Answer = Callable[[ODataRequest], ODataResponse]


def answer(request: ODataRequest, version: str, answer_part: Answer) -> ODataResponse:
    """The answer to a whole batch. Raises RequestError; what is wrong with a part is told in its place."""
    if request.method != "POST":
        raise MethodRefused(("POST",))
    if request.is_part:
        raise RequestInvalid("A batch cannot be part of a batch.")
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == formats.JSON:
        formats.refuse_charset(content_type)
        parts = batch_json.read(request.body)
        return batch_json.write(_answered(parts, answer_part, request, version), version)
    if kind == "multipart/mixed":
        parts = batch_multipart.read(request.body, content_type)
        return batch_multipart.write(_answered(parts, answer_part, request, version))
    raise RequestInvalid("A batch is multipart/mixed or application/json.")


def _answered(
    parts: Sequence[Part], answer_part: Answer, batch: ODataRequest, version: str
) -> Iterator[tuple[Part, ODataResponse]]:
    """Each part with its answer, up to the first error or beyond it."""
    goes_on = formats.preferences(batch.headers).get("continue-on-error", "false").lower() in ("", "true")
    inherited = {name: batch.headers[name] for name in _INHERITED if name in batch.headers}
    if len(parts) > MOST_PARTS:
        raise TooMuchAsked(f"A batch has {MOST_PARTS} requests at most.")
    size, until = 0, monotonic() + MOST_SECONDS
    failed: set[str] = set()
    for part in parts:
        refusal = part.refusal
        if refusal is None and (size > MOST_BYTES or monotonic() > until):
            refusal = TooMuchAsked(
                "The batch has become too large or too slow; ask for the rest of it by itself."
            )
        if failed.intersection(part.depends_on):
            refused = errors.response(batch_json.DEPENDENCY_FAILED, "What this depends on has failed.")
            response = finished(refused, version)
        elif refusal is not None:
            response = finished(errors.response_to(refusal, version), version)
        else:
            response = answer_part(replace(part.request, headers=inherited | part.request.headers))
        assert isinstance(response.body, bytes)
        size += len(response.body)
        yield part, response
        if response.status >= 400:
            failed.add(part.identity)
            if not goes_on:
                return
