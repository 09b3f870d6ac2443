"""The paths that Data Flow and Kubernetes ask: the same as the web service's, with the same shapes.

They run on the standard library's server: Flask would take as much memory as the barista has in all.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import platform
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import confluent_kafka

from tokonoma.health_document import health_document

from . import __version__
from .health import CONTENT_TYPE, Health
from .wiring import Wiring

MAX_CALLERS = 64
"""Connections at the same time: for one more, the oldest is closed."""
MAX_HEAD = 8_192
"""Bytes of a request's line and headers."""
REQUEST_S = 5
"""Seconds that a caller has for its request."""
CHALLENGE = 'Basic realm="barista", charset="UTF-8"'

Answer = tuple[HTTPStatus, str, bytes]


class Actuator(ThreadingHTTPServer):
    """The HTTP server. It answers in threads of its own, so that it can tell when the loop hangs.

    Everybody is told the status, since probes carry no credentials. Components, topics, group and counters
    are for the operator, who sends Basic credentials (RFC 7617); where the wiring has none, for nobody.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, wiring: Wiring, health: Health) -> None:
        """Listen; raises OSError when the port is taken."""
        super().__init__((wiring.host, wiring.port), _Handler)
        self._free = threading.Semaphore(MAX_CALLERS)
        self._lock = threading.Lock()
        self._callers: dict[socket.socket, float] = {}
        """When each of them came, the oldest first."""
        self._health = health
        self._operator = wiring.operator.encode()
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
        self.paths: dict[str, Callable[[bool], Answer]] = {
            "/health": self._tell_liveness,
            "/actuator/health": self._tell_readiness,
            "/actuator/health/liveness": self._tell_liveness,
            "/actuator/health/readiness": self._tell_readiness,
            "/actuator/info": self._tell_information,
            "/metrics": self._tell_metrics,
        }
        """What each path answers, to an operator or not."""

    def start(self) -> None:
        """Answer from now on, until the process ends."""
        threading.Thread(target=self.serve_forever, name="actuator", daemon=True).start()

    def is_operator(self, authorization: str) -> bool:
        """Whether the header `Authorization` holds the operator's credentials."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic" or not self._operator:
            return False
        try:
            credentials = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(credentials, self._operator)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; when all are taken, hang up on the caller that has been there longest.

        A request that comes whole is answered within milliseconds, so the oldest has not come whole.
        """
        if not self._free.acquire(blocking=False):
            self._hang_up(older_than=0, at_most=1)
            self._free.acquire()
        with self._lock:
            self._callers[request] = time.monotonic()
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._forget(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._forget(request)

    def service_actions(self) -> None:
        """Hang up on callers whose time is over; called twice a second, and after each connection."""
        self._hang_up(older_than=REQUEST_S)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: a caller that hangs up or sends nothing is no fault of the worker."""

    def _hang_up(self, *, older_than: float, at_most: int = MAX_CALLERS) -> None:
        """Close the oldest connections; the threads that wait for them then end by themselves."""
        latest = time.monotonic() - older_than
        with self._lock:
            old = [caller for caller, came in self._callers.items() if came <= latest][:at_most]
            for caller in old:
                with suppress(OSError):
                    caller.shutdown(socket.SHUT_RDWR)

    def _forget(self, request: socket.socket) -> None:
        with self._lock:
            self._callers.pop(request, None)
        self._free.release()

    def _tell_liveness(self, _operator: bool) -> Answer:
        return _json(*health_document({"loop": self._health.components()["loop"]}, in_detail=False))

    def _tell_readiness(self, operator: bool) -> Answer:
        return _json(*health_document(self._health.components(), in_detail=operator))

    def _tell_information(self, operator: bool) -> Answer:
        return _json(HTTPStatus.OK, self._info if operator else {})

    def _tell_metrics(self, operator: bool) -> Answer:
        if not operator:
            return _problem(HTTPStatus.UNAUTHORIZED)
        return HTTPStatus.OK, CONTENT_TYPE, self._health.exposition()


class _Handler(BaseHTTPRequestHandler):
    server: Actuator
    command = ""
    requestline = ""
    request_version = "HTTP/1.0"

    def handle(self) -> None:
        """Read the head of the request, and answer it; the library would keep up to 6 MB of headers."""
        head = b""
        while b"\r\n\r\n" not in head:
            if len(head) >= MAX_HEAD:
                self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
            more = self.connection.recv(MAX_HEAD - len(head))
            if not more:
                return
            head += more
        self.rfile = BytesIO(head)
        self.handle_one_request()

    def version_string(self) -> str:
        return "barista"

    def do_GET(self) -> None:
        answer = self.server.paths.get(self.path.partition("?")[0])
        if answer is None:
            self._send(*_problem(HTTPStatus.NOT_FOUND))
        else:
            self._send(*answer(self.server.is_operator(self.headers.get("Authorization", ""))))

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def send_error(self, code: int, _message: str | None = None, _explain: str | None = None) -> None:
        """Answer what the library refuses, an unknown method or a malformed request, in our shape."""
        self._send(*_problem(HTTPStatus(code)))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", CHALLENGE)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing: probes come every few seconds."""


def _json(status: HTTPStatus, body: object) -> Answer:
    return status, "application/json", json.dumps(body).encode()


def _problem(status: HTTPStatus) -> Answer:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return status, "application/problem+json", json.dumps(body).encode()
