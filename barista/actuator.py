"""The paths that Data Flow and Kubernetes ask: the same as the web service's, with the same shapes.

On the standard library's server: the service's own views would bring Flask, which costs as much memory as the
barista has in all.
"""

from __future__ import annotations

import json
import platform
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import confluent_kafka

from . import __version__
from .pulse import CONTENT_TYPE, Pulse
from .wiring import Wiring

AT_ONCE = 16
"""Connections answered at once; more are hung up on."""
SECONDS = 5
"""For a caller to say what it wants."""

Answer = tuple[HTTPStatus, str, bytes]


class Actuator(ThreadingHTTPServer):
    """Answers in threads of its own, so that it can tell when the loop hangs."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, wiring: Wiring, pulse: Pulse) -> None:
        """Listen; raises OSError when the port is taken."""
        super().__init__((wiring.host, wiring.port), _Handler)
        self._free = threading.Semaphore(AT_ONCE)
        self._pulse = pulse
        self._info = {
            "app": {"name": "barista", "version": __version__},
            "python": platform.python_version(),
            "librdkafka": confluent_kafka.libversion()[0],
            "group": wiring.group,
            "instance": wiring.transactional_id,
            "topics": {
                "orders": wiring.orders,
                "hot.drink": wiring.hot,
                "cold.drink": wiring.cold,
                "dead": wiring.dead,
            },
        }
        self.paths: dict[str, Callable[[], Answer]] = {
            "/health": self._liveness,
            "/actuator/health": self._health,
            "/actuator/health/liveness": self._liveness,
            "/actuator/health/readiness": self._health,
            "/actuator/info": lambda: _json(HTTPStatus.OK, self._info),
            "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE, pulse.exposition()),
        }

    def start(self) -> None:
        """Answer from now on, until the process ends."""
        threading.Thread(target=self.serve_forever, name="actuator", daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # The socket's own time-out begins anew with every byte.
        deadline = threading.Timer(SECONDS, _hang_up, [request])
        deadline.daemon = True
        deadline.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            deadline.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up or says nothing is not worth a line."""

    def _liveness(self) -> Answer:
        up = self._pulse.is_alive()
        return _json(_status(up), {"status": "UP" if up else "DOWN"})

    def _health(self) -> Answer:
        components = self._pulse.components()
        up = all(status == "UP" for status in components.values())
        body = {
            "status": "UP" if up else "DOWN",
            "components": {name: {"status": status} for name, status in components.items()},
        }
        return _json(_status(up), body)


class _Handler(BaseHTTPRequestHandler):
    timeout = SECONDS
    server: Actuator

    def version_string(self) -> str:
        return "barista"

    def do_GET(self) -> None:
        answer = self.server.paths.get(self.path.partition("?")[0])
        if answer is None:
            self._send(*_problem(HTTPStatus.NOT_FOUND))
        else:
            self._send(*answer())

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def send_error(self, code: int, _message: str | None = None, _explain: str | None = None) -> None:
        """What the server refuses by itself: an unknown method, a request that is none."""
        self._send(*_problem(HTTPStatus(code)))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Probes come every few seconds: no line for each."""


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _status(up: bool) -> HTTPStatus:
    return HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE


def _json(status: HTTPStatus, body: object) -> Answer:
    return status, "application/json", json.dumps(body).encode()


def _problem(status: HTTPStatus) -> Answer:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return status, "application/problem+json", json.dumps(body).encode()
