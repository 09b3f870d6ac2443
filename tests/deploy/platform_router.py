"""Plays Cloud Foundry's router in front of several instances of an app: turns, and sessions that stick.

As gorouter does ("Session affinity"): an answer that sets JSESSIONID gets `__VCAP_ID__` beside it, and a
request with both goes to that instance; if it is gone, to another one, which the cookie names from then on.
"""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from localcloud.ports import LOOPBACK

SESSION, INSTANCE = "JSESSIONID", "__VCAP_ID__"
SERVED_BY = "X-Instance"
"""Which instance has answered, for the tests."""
_OWN = {"connection", "keep-alive", "transfer-encoding", "content-length", SERVED_BY.lower()}


@contextmanager
def platform_router(port: int, instances: Mapping[str, int]) -> Iterator[None]:
    """Listen on `port` for the instances, name to port; ones that refuse are passed over."""
    turns = itertools.cycle(instances)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
            wanted = cookies[INSTANCE].value if {SESSION, INSTANCE} <= cookies.keys() else ""
            first = [wanted] if wanted in instances else []
            for name in [*first, next(turns), *instances]:
                try:
                    self._pass_on(name, named=wanted)
                    return
                except ConnectionRefusedError:
                    continue
            self.send_error(http.HTTPStatus.BAD_GATEWAY)

        do_POST = do_GET  # noqa: N815 - the library asks for this name

        def _pass_on(self, name: str, named: str) -> None:
            connection = http.client.HTTPConnection(LOOPBACK, instances[name], timeout=30)
            connection.connect()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in _OWN:
                    self.send_header(key, value)
            starts = any(
                value.startswith(f"{SESSION}=") for value in answer.headers.get_all("Set-Cookie", [])
            )
            if starts or (named and named != name):
                self.send_header("Set-Cookie", f"{INSTANCE}={name}; Path=/; HttpOnly")
            self.send_header("Content-Length", str(len(content)))
            self.send_header(SERVED_BY, name)
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
