"""`GET /data/NAME.csv`, `GET /data/NAME.jsonl`: all rows of a table or view that the policy shows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data import query_options
from tokonoma.data.export import Csv, JsonLines, Piece, Writer, exportable, pieces, refuse_too_large
from tokonoma.data.plan import Options
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader
from tokonoma.errors import QueryInvalid
from tokonoma.telemetry import metrics
from tokonoma.telemetry.request_notes import current, timed
from tokonoma.wsgi.content_disposition import attachment

_log = logging.getLogger(__name__)

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}
"""The content types by the ending of the address (RFC 7111 section 5.1 for CSV)."""


def blueprint(gate: Gate, reader: Reader) -> Blueprint:
    exports = Blueprint("export", __name__)

    def caller(ending: str) -> Caller:
        notes = current()
        notes.door = ending
        with timed("auth"):
            found = gate.caller()
        notes.user_id = found.id
        return found

    @exports.get("/data/<name>.csv")
    def csv(name: str) -> Response:
        return _answer(reader, caller("csv"), name, "csv")

    @exports.get("/data/<name>.jsonl")
    def json_lines(name: str) -> Response:
        return _answer(reader, caller("jsonl"), name, "jsonl")

    return exports


def _answer(reader: Reader, caller: Caller, name: str, ending: str) -> Response:
    """The export; whatever is wrong with it shows before its first byte, unless HANA fails in its middle."""
    shown = reader.control.object(caller, name)
    asked = _Asked.read(request.environ.get("QUERY_STRING", ""), ending)
    options = exportable(shown, asked.options)
    if request.method == "HEAD":
        reader.check(caller, shown, options)
        response = Response(iter(()))
    else:
        refuse_too_large(reader, caller, shown, options)
        plan, stream = reader.stream(caller, shown, options)
        writer: Writer = (
            Csv(plan.columns, excel=asked.for_excel) if ending == "csv" else JsonLines(plan.columns)
        )
        response = Response(_counted(pieces(stream, writer, shown.max_rows), shown, ending))
        response.call_on_close(stream.close)
    response.content_type = CONTENT_TYPES[ending]
    response.headers["Content-Disposition"] = attachment(name, ending)
    response.vary.add("Authorization")
    return response


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the query of an address asks for."""

    options: Options
    for_excel: bool

    @classmethod
    def read(cls, query: str, ending: str) -> _Asked:
        """Raises QueryError, or RequestInvalid."""
        found = query_options.read(query)
        found.allow(query_options.EXPORT)
        for name, value in found.custom:
            if name != "for" or ending != "csv":
                raise QueryInvalid("there is no such option", name[:60], 1)
            if value != "excel":
                raise QueryInvalid("excel is expected", "for", 1)
        options = Options(
            filter=found.system.get("filter"),
            orderby=found.system.get("orderby"),
            select=found.system.get("select"),
            top=found.number("top"),
            skip=found.number("skip") or 0,
            aliases=found.aliases,
        )
        return cls(options, bool(found.custom))


def _counted(found: Iterator[Piece], shown: Shown, ending: str) -> Iterator[bytes]:
    """The bytes of an export, which is counted; one that does not come to its end is logged."""
    rows, end = 0, "failed"
    try:
        for piece in found:
            metrics.count_piece(ending, piece.rows, len(piece.data))
            rows += piece.rows
            yield piece.data
        end = "whole"
    except GeneratorExit:
        end = "left"
        raise
    finally:
        metrics.count_export_end(ending, end)
        if end != "whole":
            _log.warning("an export of %s.%s ended after %d rows: %s", shown.name, ending, rows, end)
