"""Writes what happens to stdout: JSON with the field names of SAP's logging support, or lines for people.

No token, secret, e-mail address or query string gets here; control characters are escaped, so that nobody can
forge a line.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from functools import lru_cache
from typing import Any

REQUESTS = logging.getLogger("tokonoma.requests")


def configuration(form: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`; `form` is json, text, or auto: text on a terminal, else json."""
    # Nothing of this is shown, and collecting it takes longer than writing the line.
    logging.logMultiprocessing = logging.logProcesses = False
    text = form == "text" or (form == "auto" and sys.stdout.isatty())
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"it": {"()": ForPeople if text else ForMachines}},
        "handlers": {"out": {"()": ToStdout, "formatter": "it"}},
        "root": {"level": "INFO", "handlers": ["out"]},
        "loggers": {
            # They quote what callers send, or tell what we tell ourselves.
            "sap.xssec": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "werkzeug": {"level": "WARNING"},
            "gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []},
        },
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
        self.route = route
        self.status = status
        self.size = size
        self.user_id = user_id
        self.correlation_id = correlation_id
        self.parts = parts
        """Milliseconds by part, as texts with two digits."""


_SAME_FOR_ALL = logging.LogRecord(REQUESTS.name, logging.INFO, "", 0, "request", None, None).__dict__
_PARTS = {
    "auth": "auth_time_ms",
    "pool": "pool_wait_time_ms",
    "hana": "hana_time_ms",
    "db": "hana_server_time_ms",
}


class ToStdout(logging.Handler):
    """Writes each line with one system call and takes no lock, so that threads and workers never wait for it.

    The kernel keeps lines of up to 4 kB whole, in a pipe that several write to.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(1, (self.format(record) + "\n").encode(errors="backslashreplace"))
        except Exception:
            self.handleError(record)


class ForMachines(logging.Formatter):
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
        self._constant = json.dumps(constant)[:-1]

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, RequestRecord):
            return self._request(record)
        line: dict[str, Any] = {
            "type": "log",
            "level": record.levelname,
            "logger": record.name,
            "written_at": _utc(record.created),
            "written_ts": int(record.created * 1e9),
            "msg": record.getMessage(),
            "thread": record.threadName,
        }
        if record.exc_info:
            line["stacktrace"] = self.formatException(record.exc_info).splitlines()
        return f"{self._constant}, {json.dumps(line)[1:]}"

    def _request(self, record: RequestRecord) -> str:
        # Written by hand: a dictionary and its encoder would take longer than the rest of the watch.
        parts = "".join([f', "{_PARTS[name]}": {spent}' for name, spent in record.parts.items()])
        return (
            f'{self._constant}, "type": "request", "level": "INFO", "logger": "{record.name}", '
            f'"written_at": "{_utc(record.created)}", "written_ts": {int(record.created * 1e9)}, '
            f'"correlation_id": "{record.correlation_id}", "method": {_quoted(record.method)}, '
            f'"request": {_quoted(_decoded(record.path))}, "route": {_quoted(record.route)}, '
            f'"response_status": {record.status}, "response_time_ms": {record.seconds * 1e3:.2f}, '
            f'"request_received_at": "{_utc(record.created - record.seconds)}", '
            f'"response_size_b": {record.size}, "user_id": {_quoted(record.user_id)}{parts}}}'
        )


class ForPeople(logging.Formatter):
    """A short line a person can read beside others."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        if isinstance(record, RequestRecord):
            parts = ", ".join(f"{name} {spent}" for name, spent in record.parts.items() if name != "db")
            text = (
                f"{record.status} {record.method} {_decoded(record.path)}  "
                f"{record.seconds * 1e3:.2f} ms{f' ({parts})' if parts else ''}"
            )
        else:
            text = f"{record.levelname.lower()}: {record.getMessage()}"
        lines = [f"{clock} {_escaped(text)}"]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


def write(record: RequestRecord) -> None:
    """Write the one line of a request."""
    if REQUESTS.isEnabledFor(logging.INFO):
        REQUESTS.handle(record)


def _utc(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e3):03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return json.dumps(text)


def _decoded(path: str) -> str:
    """WSGI hands UTF-8 on as if it were Latin-1 (PEP 3333)."""
    return path.encode("latin-1", "replace").decode(errors="replace")


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _vcap_application() -> dict[str, Any]:
    try:
        application = json.loads(os.environ.get("VCAP_APPLICATION") or "{}")
    except ValueError:
        return {}
    return application if isinstance(application, dict) else {}
