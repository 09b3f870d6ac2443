"""The whole service, with views that read bodies and answer in pieces, as its own will."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Response, request

from server import app
from tests.tokonoma.wsgi.raw_http import LARGE, SECRET
from tokonoma.errors import TokonomaError

PIECE = b"x" * 1000


def _pieces(number: int, pause: float = 0.0) -> Iterator[bytes]:
    for _ in range(number):
        yield PIECE
        time.sleep(pause)


def _failing(error: Exception) -> Iterator[bytes]:
    yield from _pieces(3)
    raise error


@app.route("/reads", methods=["GET", "POST"])
def reads() -> str:
    return str(len(request.get_data()))


@app.route("/large")
def large() -> Response:
    return Response(PIECE * 10 for _ in range(LARGE // 10_000))


@app.route("/endless")
def endless() -> Response:
    return Response(_pieces(1_000_000, pause=0.1))


@app.route("/fails/<kind>")
def fails(kind: str) -> Response:
    """Fails behind three pieces, of which the answer announces more if asked with `?length`."""
    errors = {
        "own": TokonomaError("The schema is being changed."),
        "value": ValueError(SECRET),
        "system": FileNotFoundError(2, SECRET),
    }
    headers = {"Content-Length": "5000"} if "length" in request.args else {}
    return Response(_failing(errors[kind]), headers=headers)


@app.route("/fails-at-once")
def fails_at_once() -> Response:
    def pieces() -> Iterator[bytes]:
        raise FileNotFoundError(2, SECRET)
        yield b""

    return Response(pieces())


@app.route("/short")
def short() -> Response:
    return Response(_pieces(3), headers={"Content-Length": "5000"})
