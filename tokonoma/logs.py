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
from collections.abc import Mapping
from datetime import UTC, datetime
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
        line: dict[str, Any] = {
            "type": "log",
            "level": record.levelname,
            "logger": record.name,
            "written_at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "written_ts": int(record.created * 1e9),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line.update(fields, type="request")
        else:
            line["msg"] = record.getMessage()
            line["thread"] = record.threadName
        if record.exc_info:
            line["stacktrace"] = self.formatException(record.exc_info).splitlines()
        return f"{self._constant}, {json.dumps(line)[1:]}"


class ForPeople(logging.Formatter):
    """A short line a person can read beside others."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            parts = ", ".join(
                f"{name.removesuffix('_time_ms')} {fields[name]}"
                for name in ("auth_time_ms", "pool_wait_time_ms", "hana_time_ms")
                if name in fields
            )
            text = (
                f"{fields['response_status']} {fields['method']} {fields['request']}  "
                f"{fields['response_time_ms']} ms{f' ({parts})' if parts else ''}"
            )
        else:
            text = f"{record.levelname.lower()}: {record.getMessage()}"
        lines = [f"{clock} {_escaped(text)}"]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


def request_line(fields: Mapping[str, Any]) -> None:
    """Write the one line of a request."""
    if REQUESTS.isEnabledFor(logging.INFO):
        # Made by hand: looking for the caller's file and line would cost as much as the rest.
        record = logging.LogRecord(REQUESTS.name, logging.INFO, "", 0, "request", None, None)
        record.fields = fields
        REQUESTS.handle(record)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _vcap_application() -> dict[str, Any]:
    try:
        application = json.loads(os.environ.get("VCAP_APPLICATION") or "{}")
    except ValueError:
        return {}
    return application if isinstance(application, dict) else {}
