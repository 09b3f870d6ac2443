"""Faults of HTTP endpoints: WSGI middleware that makes them fail as real ones do, and counts the requests."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from .listener import CONNECTION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class HttpFault(StrEnum):
    """How an endpoint can fail."""

    REFUSE = "refuse"
    """Nobody listens on the port; everything else on it is gone as well."""
    HANG = "hang"
    """Takes the request and says nothing until it is healed."""
    DROP = "drop"
    """Takes the request and ends the connection without an answer."""
    STATUS = "status"
    """Answers with an error status and a JSON body."""
    GARBAGE = "garbage"
    """Answers 200 with a body that is not the JSON it says it is."""
    HTML = "html"
    """Answers 200 with a page, as a proxy in between does."""
    REDIRECT = "redirect"
    """Redirects to another address."""
    SLOW = "slow"
    """Gives the right answer late."""


@dataclass
class _Prepared:
    fault: HttpFault
    status: int
    seconds: float
    healed: threading.Event = field(default_factory=threading.Event)


class FaultInjector:
    """WSGI middleware: counts requests per path, and answers for the application where a fault is set."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._prepared: dict[str, _Prepared] = {}
        self._counting = threading.Lock()
        self.requests: Counter[str] = Counter()

    def prepare(self, path: str, fault: HttpFault, status: int, seconds: float) -> None:
        self._prepared[path] = _Prepared(fault, status, seconds)

    def heal(self, path: str | None = None) -> None:
        """Let `path`, or every path, work again; a request that hangs there is answered with 503."""
        for healed in [path] if path else list(self._prepared):
            prepared = self._prepared.pop(healed, None)
            if prepared:
                prepared.healed.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = Request(environ).path
        with self._counting:
            self.requests[path] += 1
        prepared = self._prepared.get(path)
        answer = _fail(prepared, environ) if prepared else None
        return answer(environ, start_response) if answer else self._app(environ, start_response)


def _fail(prepared: _Prepared, environ: WSGIEnvironment) -> Response | None:
    """The wrong answer, or None after a pause where the right one comes late."""
    match prepared.fault:
        case HttpFault.HANG:
            prepared.healed.wait()
            return Response(status=503)
        case HttpFault.SLOW:
            prepared.healed.wait(prepared.seconds)
            return None
        case HttpFault.DROP:
            socket.socket.shutdown(environ[CONNECTION], socket.SHUT_RDWR)
            raise ConnectionResetError
        case HttpFault.STATUS:
            return Response('{"error":"server_error"}', prepared.status, content_type="application/json")
        case HttpFault.GARBAGE:
            return Response(b'{"keys":[{"kid\x00\xff', content_type="application/json")
        case HttpFault.HTML:
            return Response("<!doctype html><title>Welcome</title>", content_type="text/html")
        case HttpFault.REDIRECT:
            return Response(status=302, headers={"Location": "/elsewhere"})
        case HttpFault.REFUSE:
            return Response(status=503)
