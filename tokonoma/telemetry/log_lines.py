"""What a log line says, and how: JSON with the field names of SAP's logging support, or words for people.

Whatever callers send, a line with its stack trace is never longer than `LINE_BYTES`: what is too long is cut,
and `…` stands where. No token, secret, e-mail address or query string gets into one. What cannot be printed
is escaped, so that nobody can forge a line.
"""

from __future__ import annotations

import json
import logging
import os
import time
from bisect import bisect_right
from functools import lru_cache
from typing import Any

LINE_BYTES = 4096
"""Bytes of a line, its line feed included. Linux keeps so many together in a pipe (PIPE_BUF)."""
NOBODY = "-"
"""The user of a request whose caller is not known."""

_CUT = "…"
# Bytes of what may be long. All of a line's other parts come to less than 1,000.
_NAME, _PATH, _MESSAGE, _TRACE_LINE = 130, 1024, 1024, 400
_PARTS = {
    "auth": "auth_time_ms",
    "pool": "pool_wait_time_ms",
    "hana": "hana_time_ms",
    "db": "hana_server_time_ms",
}


class RequestRecord(logging.LogRecord):
    """What a request's line tells, without what logging would find out about the caller of the logger."""

    def __init__(
        self,
        *,
        created: float,
        seconds: float,
        method: str,
        path: str,
        route: str,
        status: str,
        size: str,
        user_id: str,
        correlation_id: str,
        parts: dict[str, str],
    ) -> None:
        self.__dict__.update(_SAME_FOR_ALL)
        self.created = created
        self.seconds = seconds
        self.method = method
        self.path = path
        """The path as WSGI has it: UTF-8, handed on as if it were Latin-1 (PEP 3333)."""
        self.route = route
        self.status = status
        self.size = size
        self.user_id = user_id
        self.correlation_id = correlation_id
        self.parts = parts
        """Milliseconds by part, as texts with two digits."""


REQUESTS = "tokonoma.requests"
_SAME_FOR_ALL = logging.LogRecord(REQUESTS, logging.INFO, "", 0, "request", None, None).__dict__


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the names that SAP's cf-python-logging-support uses."""

    def __init__(self) -> None:
        super().__init__()
        application = _vcap_application()
        constant = {
            "component_type": "application",
            "component_id": application.get("application_id", "-"),
            "component_name": application.get("application_name", "-"),
            "component_instance": os.environ.get("CF_INSTANCE_INDEX", "-"),
            "organization_name": application.get("organization_name", "-"),
            "space_name": application.get("space_name", "-"),
            "layer": "python",
        }
        self._constant = ", ".join(
            f'"{name}": {_quoted(str(text), _NAME)}' for name, text in constant.items()
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its line feed."""
        if isinstance(record, RequestRecord):
            return self._request(record)
        line = (
            f'{{{self._constant}, "type": "log", "level": {_quoted(record.levelname, _NAME)}, '
            f'"logger": {_quoted(record.name, _NAME)}, "written_at": "{_utc(record.created)}", '
            f'"written_ts": {int(record.created * 1e9)}, "msg": {_quoted(_message(record), _MESSAGE)}, '
            f'"thread": {_quoted(str(record.threadName), _NAME)}'
        )
        if record.exc_info:
            trace = [
                _quoted(each, _TRACE_LINE) for each in self.formatException(record.exc_info).splitlines()
            ]
            start = f'{line}, "stacktrace": ['
            return start + ", ".join(_last(trace, LINE_BYTES - len(start) - 3, ", ", json.dumps(_CUT))) + "]}"
        return line + "}"

    def _request(self, record: RequestRecord) -> str:
        # Written by hand: a dictionary and its encoder would take longer than the rest of the middleware.
        parts = "".join([f', "{_PARTS[name]}": {spent}' for name, spent in record.parts.items()])
        return (
            f'{{{self._constant}, "type": "request", "level": "INFO", "logger": "{record.name}", '
            f'"written_at": "{_utc(record.created)}", "written_ts": {int(record.created * 1e9)}, '
            f'"correlation_id": "{record.correlation_id}", "method": {_quoted(record.method, _NAME)}, '
            f'"request": {_quoted(_decoded(record.path), _PATH)}, "route": {_quoted(record.route, _NAME)}, '
            f'"response_status": {record.status}, "response_time_ms": {record.seconds * 1e3:.2f}, '
            f'"request_received_at": "{_utc(record.created - record.seconds)}", '
            f'"response_size_b": {record.size}, "user_id": {_quoted(record.user_id, _NAME)}{parts}}}'
        )


class TextFormatter(logging.Formatter):
    """A short line a person can read beside others; a stack trace is indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its line feed."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        if isinstance(record, RequestRecord):
            parts = ", ".join(f"{name} {spent}" for name, spent in record.parts.items() if name != "db")
            method = _printable(record.method, _NAME)
            path = _printable(_decoded(record.path).replace(" ", "%20"), _PATH)
            spent = f"{record.seconds * 1e3:.2f} ms{f' ({parts})' if parts else ''}"
            return f"{clock} {record.status} {method} {path}  {spent}"
        level = _printable(record.levelname.lower(), _NAME)
        line = f"{clock} {level}: {_printable(_message(record), _MESSAGE)}"
        if record.exc_info:
            lines = self.formatException(record.exc_info).splitlines()
            trace = [f"    {_printable(each, _TRACE_LINE)}" for each in lines]
            line = "\n".join([line, *_last(trace, LINE_BYTES - len(line.encode()) - 2, "\n", f"    {_CUT}")])
        return line


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's arguments that do not fit its message
        return str(record.msg)


def _quoted(text: str, most: int) -> str:
    """A text as JSON, in ASCII, of at most so many bytes."""
    return _cut_json(text[: most + 1], most)


@lru_cache(maxsize=256)
def _cut_json(text: str, most: int) -> str:
    quoted = json.dumps(text)
    if len(quoted) <= most:
        return quoted
    fitting = bisect_right(range(len(text)), most, key=lambda end: len(json.dumps(text[:end] + _CUT))) - 1
    return json.dumps(text[:fitting] + _CUT)


def _printable(text: str, most: int) -> str:
    """A text without anything that cannot be printed, of at most so many bytes."""
    text = text[: most + 1]
    if not text.isprintable():
        text = "".join([each if each.isprintable() else _escape(each) for each in text])
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _last(lines: list[str], room: int, separator: str, mark: str) -> list[str]:
    """The last lines, as many as `room` bytes hold, with a mark in the place of the others."""
    room -= len(mark.encode()) + len(separator)
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line.encode()) + len(separator)
        if room < 0:
            return [mark, *reversed(kept)]
        kept.append(line)
    return lines


def _utc(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e3):03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _decoded(path: str) -> str:
    return path.encode("latin-1", "replace").decode(errors="replace")


def _vcap_application() -> dict[str, Any]:
    try:
        application = json.loads(os.environ.get("VCAP_APPLICATION") or "{}")
    except ValueError:
        return {}
    return application if isinstance(application, dict) else {}
