"""What is refused before the app sees it is answered in the same shape, on a real socket."""

from __future__ import annotations

import json
import socket

import pytest
from gunicorn.http import errors

from tokonoma.errors import UNEXPECTED, Answer
from tokonoma.wsgi.problems import PROBLEM
from tokonoma.wsgi.raw_problems import refusal_of, send_problem
from tokonoma.wsgi.request import InvalidHost


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.LimitRequestLine(9000, 8190), 414),
        (errors.LimitRequestHeaders("X-Secret"), 431),
        (errors.ExpectationFailed("more"), 417),
        (errors.UnsupportedTransferCoding("br"), 501),
        (InvalidHost("HOST"), 400),
        (errors.InvalidRequestLine("<script>"), 400),
        (errors.InvalidHeader("secret"), 400),
        (errors.InvalidResponseHeader("ours"), 500),
        (errors.InvalidResponseHeaderName("ours"), 500),
        (ValueError("ours"), 500),
    ],
)
def test_each_refusal_has_its_status_and_quotes_nothing(error: Exception, status: int) -> None:
    answer, detail = refusal_of(error)
    assert answer.status == status
    assert (answer is UNEXPECTED) == (status == 500)
    assert not any(word in detail for word in ("script", "ecret", "9000"))


def received(answer: Answer) -> tuple[str, dict[str, str], str]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_problem(ours, answer, "Try again.")
        ours.close()
        head, _, body = theirs.makefile("rb").read().decode().partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


def test_the_answer_is_whole_and_the_last_on_its_connection() -> None:
    status, headers, body = received(Answer(503, "restarting", "Restarting", retry_after=10))
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert headers["Content-Type"] == PROBLEM
    assert int(headers["Content-Length"]) == len(body.encode())
    assert headers["Connection"] == "close"
    assert headers["Retry-After"] == "10"
    assert headers["Cache-Control"] == "no-store"
    assert json.loads(body)["detail"] == "Try again."


def test_without_a_time_to_come_again_none_is_named() -> None:
    assert "Retry-After" not in received(Answer(400, "about:blank", "Bad Request"))[1]


def test_a_client_that_has_hung_up_is_no_error() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        send_problem(ours, UNEXPECTED, "Gone.")
        assert ours.fileno() > 0
