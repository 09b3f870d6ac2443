"""Cloud Foundry's router on a certificate route: it asks for a client certificate, and hands it on."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .certificates import Authority
from .listener import CONNECTION, Listener
from .ports import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "myapp.cert.localcloud.invalid"
"""The app's own name of the route, which VCAP_APPLICATION has to know."""
HEADER = "X-Forwarded-Client-Cert"
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host"})
_SECONDS = 60.0
_PIECE = 64 * 1024


class CertificateRoute:
    """WSGI: passes requests on to the app on a loopback port, with a header of certificates of its own."""

    def __init__(self, app_port: int) -> None:
        self._app_port = app_port

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        headers = {name: value for name, value in request.headers if name.lower() not in _OF_ONE_HOP}
        headers = {name: value for name, value in headers.items() if name.lower() != HEADER.lower()}
        headers["Host"] = HOST
        connection: Any = environ[CONNECTION]
        if shown := connection.getpeercert(binary_form=True):
            headers[HEADER] = base64.b64encode(shown).decode()
        behind = http.client.HTTPConnection(LOOPBACK, self._app_port, timeout=_SECONDS)
        try:
            behind.request(request.method, environ["REQUEST_URI"], request.get_data(), headers)
            found = behind.getresponse()
        except (OSError, http.client.HTTPException):
            behind.close()
            return Response("The app does not answer.\n", 502)(environ, start_response)
        kept = [(name, value) for name, value in found.getheaders() if name.lower() not in _OF_ONE_HOP]
        start_response(f"{found.status} {found.reason}", kept)
        return _pieces(behind, found)


def _pieces(behind: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := answer.read1(_PIECE):
            yield piece
    finally:
        behind.close()


@contextmanager
def certificate_route(authority: Authority, port: int, app_port: int) -> Iterator[int]:
    """Run the route until the block ends; the port on which it listens, by TLS. Raises OSError."""
    with TemporaryDirectory() as folder:
        context = authority.issue().ssl_context(Path(folder))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=authority.certificate)
    listener = Listener(CertificateRoute(app_port), port, context)
    listener.start()
    try:
        yield listener.port
    finally:
        listener.stop()
