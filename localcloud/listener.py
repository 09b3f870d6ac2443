"""A WSGI server on one loopback port that can stop listening, come back, and leave nothing behind.

It builds on undocumented parts of Werkzeug, and is the only file that does: the classes of its development
server, and the entry of the environment that holds the connection.
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
CONNECTION = "werkzeug.socket"
"""The key of the environment under which a request finds its socket."""
HEADERS = "localcloud.headers"
"""The key under which a request finds its header fields as they came; Werkzeug drops names with `_`."""
_IDLE_SECONDS = 30
_logger = logging.getLogger(__name__)


class Listener:
    """Serves `app` on `port` (0: a free one, kept over stops); with a TLS context it speaks https."""

    def __init__(self, app: WSGIApplication, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.context = context
        """Read anew for every connection, so a certificate can be changed while it runs."""
        self._app = app
        self._reserved: socket.socket | None = None
        self._server: _WsgiServer | None = None
        self._thread: threading.Thread | None = None

    def reserve(self) -> None:
        """Take the port without listening on it: connections are refused, and nobody else gets it."""
        if self._reserved or self._server:
            return
        reserved = socket.socket()
        try:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reserved.bind((HOST, self.port))
        except OSError as error:
            reserved.close()
            raise OSError(error.errno, f"port {self.port}: {error.strerror}") from None
        self._reserved = reserved
        self.port = reserved.getsockname()[1]

    def start(self) -> None:
        if self._server:
            return
        self.reserve()
        assert self._reserved is not None
        self._reserved.listen(128)
        self._server = _WsgiServer(self, self._app, self._reserved)
        self._reserved.close()
        self._reserved = None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=f"local-xsuaa-{self.port}", daemon=True
        )
        self._thread.start()

    def resume(self) -> None:
        """Listen again after `refuse`."""
        if self._reserved:
            self.start()

    def refuse(self) -> None:
        """Stop listening, end every connection, and keep the port."""
        self.stop()
        self.reserve()

    def stop(self) -> None:
        """Stop listening, end every connection and every thread, and give the port back."""
        if self._reserved:
            self._reserved.close()
            self._reserved = None
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.end_connections()
        self._server = self._thread = None


class _Handler(WSGIRequestHandler):
    timeout = _IDLE_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Requests carry codes and states in their addresses, so they are not logged."""

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), HEADERS: self.headers}

    def version_string(self) -> str:
        return "local-xsuaa"


class _WsgiServer(ThreadedWSGIServer):
    """Keeps its connections and threads, and makes the TLS handshake in the connection's own thread."""

    def __init__(self, listener: Listener, app: WSGIApplication, reserved: socket.socket) -> None:
        super().__init__(HOST, listener.port, app, _Handler, fd=reserved.fileno())
        self._listener = listener
        self._serving: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        context = self._listener.context
        if context:
            # A client that says nothing must not keep the others from being accepted.
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._lock:
            self._serving[thread] = request
        thread.start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        try:
            self.process_request_thread(connection, address)
        finally:
            with self._lock:
                self._serving.pop(threading.current_thread(), None)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if isinstance(request, ssl.SSLSocket):
            request.settimeout(_IDLE_SECONDS)
            request.do_handshake()
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away or does not trust the certificate is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            _logger.exception("A request could not be answered")

    def end_connections(self) -> None:
        with self._lock:
            serving = dict(self._serving)
        for connection in serving.values():
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in serving:
            thread.join()
