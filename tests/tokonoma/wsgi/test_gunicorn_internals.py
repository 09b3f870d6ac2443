"""What the service uses of gunicorn though it is undocumented: each test names what a new release broke."""

from __future__ import annotations

import inspect
import re

import pytest
from gunicorn.http import wsgi
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers import gthread
from gunicorn.workers.gthread import TConn, ThreadWorker


@pytest.mark.parametrize(
    "method",
    ["default_headers", "send_headers", "should_close", "force_close", "start_response", "write", "close"],
)
def test_a_response_has_the_method(method: str) -> None:
    assert inspect.isfunction(getattr(wsgi.Response, method))


@pytest.mark.parametrize(
    "name", ["_omits_body", "chunked", "headers", "headers_sent", "req", "response_length", "sent", "sock"]
)
def test_a_response_has_the_attribute(name: str) -> None:
    assert name in wsgi.Response.__init__.__code__.co_names


@pytest.mark.parametrize(
    "method",
    [
        "_keepalive_after",
        "accept",
        "enqueue_req",
        "finish_request",
        "handle",
        "handle_error",
        "handle_request",
        "murder_pending",
        "on_client_socket_readable",
        "on_pending_socket_readable",
    ],
)
def test_the_worker_calls_the_method_that_is_replaced(method: str) -> None:
    """Base classes and all: what nobody calls any more would be replaced in vain."""
    assert inspect.isfunction(getattr(ThreadWorker, method))
    assert re.search(rf"self\.{method}\b", inspect.getsource(gthread))


def test_a_connection_has_the_parser_and_the_time() -> None:
    assert {"parser", "timeout", "data_ready", "initialized"} <= {
        *TConn.__init__.__code__.co_names,
        *TConn.init.__code__.co_names,
    }


def test_a_request_can_be_closed_and_a_body_has_a_reader() -> None:
    assert inspect.isfunction(Request.force_close)
    assert list(inspect.signature(Body.__init__).parameters)[1:] == ["reader"]
    assert "length" in LengthReader.__init__.__code__.co_names
    assert inspect.isfunction(SocketUnreader.chunk)
