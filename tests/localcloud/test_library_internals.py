"""What the stand-ins use of libraries though it is undocumented: each test names what a new release broke."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Iterable
from typing import Any
from urllib.request import urlopen

import pytest
from joserfc import jws
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from localcloud.listener import CONNECTION, Listener
from localcloud.xsuaa import tokens


def test_werkzeugs_server_takes_a_socket_that_is_listening_already() -> None:
    parameters = list(inspect.signature(ThreadedWSGIServer).parameters)
    assert parameters[:4] == ["host", "port", "app", "handler"]
    assert "fd" in parameters


@pytest.mark.parametrize(
    "method",
    ["get_request", "process_request", "process_request_thread", "finish_request", "handle_error"],
)
def test_werkzeugs_server_has_the_methods_that_the_listener_overrides_or_calls(method: str) -> None:
    assert callable(getattr(ThreadedWSGIServer, method, None))


@pytest.mark.parametrize("method", ["log", "version_string"])
def test_werkzeugs_request_handler_has_the_methods_that_the_listener_overrides(method: str) -> None:
    assert callable(getattr(WSGIRequestHandler, method, None))


def test_werkzeugs_environment_holds_the_connection() -> None:
    found: list[object] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found.append(environ.get(CONNECTION))
        start_response("204 No Content", [])
        return []

    listener = Listener(app)
    listener.start()
    try:
        urlopen(f"http://127.0.0.1:{listener.port}/", timeout=10).close()
    finally:
        listener.stop()
    assert isinstance(found[0], socket.socket)


def test_joserfcs_table_of_algorithms_signs() -> None:
    assert {"RS256", "HS256", "none"} <= set(JWSRegistry.algorithms)
    key = OctKey.generate_key(256)
    token = tokens.sign({"alg": "HS256"}, b"{}", key)
    assert jws.deserialize_compact(token, key, algorithms=["HS256"]).payload == b"{}"
