"""Writes what happens to stdout: one line a request, and the messages of the service and its libraries."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import Any

from tokonoma.telemetry.log_lines import REQUESTS, JsonFormatter, RequestRecord, TextFormatter
from tokonoma.telemetry.log_rate import LogRate

_requests = logging.getLogger(REQUESTS)


def configuration(form: str, workers: int = 1) -> dict[str, Any]:
    """The configuration for `logging.config.dictConfig`.

    `form` is json, text, or auto: text on a terminal, else JSON. `workers` is the number of processes that
    share what may be written.
    """
    # Nothing of this is shown, and collecting it takes longer than writing the line.
    logging.logMultiprocessing = logging.logProcesses = False
    text = form == "text" or (form == "auto" and sys.stdout.isatty())
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"it": {"()": TextFormatter if text else JsonFormatter}},
        "handlers": {"out": {"()": StdoutHandler, "rate": LogRate(workers), "formatter": "it"}},
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


class StdoutHandler(logging.Handler):
    """Writes each line with one system call, and holds no lock that others would have to wait for."""

    def __init__(self, rate: LogRate) -> None:
        super().__init__()
        self._rate = rate

    def handle(self, record: logging.LogRecord) -> bool:
        """Write a record, unless there are too many of its kind."""
        for report in self._rate.report():
            self.emit(report)
        if not self._rate.admits(record):
            return False
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; where nobody reads any more, nothing happens."""
        try:
            line = (self.format(record) + "\n").encode()
            self._rate.count(record, len(line))
            with suppress(OSError):
                os.write(1, line)
        except Exception:
            self.handleError(record)


def write(record: RequestRecord) -> None:
    """Write the one line of a request."""
    if _requests.isEnabledFor(logging.INFO):
        _requests.handle(record)
