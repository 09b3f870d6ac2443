"""What clients can hold: connections, threads, answers; and what the worker does with its hooks and its end.

Bare sockets against the service as the Procfile starts it.
"""

from __future__ import annotations

import errno
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from tests.programs import Program
from tests.tokonoma.wsgi.conftest import Serve, connecting
from tests.tokonoma.wsgi.raw_http import LARGE, LINE, PATIENCE, Connect, everything, is_served, one
from tokonoma.wsgi.gunicorn_worker import HEAD_SECONDS

MANY = 48
"""More clients than all workers have threads."""
CLOSING = LINE + b"Connection: close\r\n\r\n"


@pytest.mark.slow
def test_half_a_head_holds_no_thread_and_is_not_waited_for_for_ever(connect: Connect) -> None:
    halves = [connect() for _ in range(MANY)]
    for connection in halves:
        connection.sendall(LINE)
    halves[0].settimeout(HEAD_SECONDS / 5)
    assert is_served(connect)
    with pytest.raises(TimeoutError):
        halves[0].recv(1)  # all of them are still there
    # A byte from time to time does not prolong it.
    dripping = halves.pop()
    dripping.settimeout(0.5)
    dripped = 0
    while dripped < HEAD_SECONDS * 4:
        try:
            if dripping.recv(1) == b"":
                break
        except TimeoutError:
            dripping.sendall(b"X")
            dripped += 1
        except OSError:
            break
    assert dripped < HEAD_SECONDS * 4
    for connection in halves:
        connection.settimeout(PATIENCE)
        assert connection.recv(1) == b""


def test_half_a_head_behind_a_whole_one_holds_no_thread(connect: Connect) -> None:
    connections = [connect() for _ in range(MANY)]
    for connection in connections:
        connection.sendall(LINE + b"\r\n" + LINE)
    assert all(one(connection).status == 200 for connection in connections)
    assert is_served(connect)
    # And what comes later makes it whole.
    connections[0].sendall(b"\r\n")
    assert one(connections[0]).status == 200


def test_clients_that_say_nothing_hold_no_thread(connect: Connect) -> None:
    silent = [connect() for _ in range(MANY)]
    assert is_served(connect)
    silent[0].sendall(LINE + b"\r\n")
    assert one(silent[0]).status == 200


def test_clients_that_do_not_hang_up_keep_nobody_waiting(connect: Connect) -> None:
    """Each of them would hold a worker's main loop for two seconds."""
    lingering = [connect() for _ in range(MANY)]
    for connection in lingering:
        connection.sendall(CLOSING)
    for connection in lingering:
        assert one(connection).status == 200
    hurried = connect()
    hurried.settimeout(10)
    hurried.sendall(LINE + b"\r\n")
    assert one(hurried).status == 200


def test_bodies_that_never_come_hold_no_thread(connect: Connect) -> None:
    """Each of them held a thread for five seconds behind its answer."""
    for head in (b"Content-Length: 60000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        for _ in range(MANY * 2):
            connect().sendall(LINE + head)
        hurried = connect()
        hurried.settimeout(4)
        hurried.sendall(LINE + b"\r\n")
        assert one(hurried).status == 200


FEW = 40
"""Connections of a worker, where they are to be used up quickly."""
CROWD = FEW * 2 + 60
"""More than all workers have, and some that wait to be let in."""


@pytest.fixture(scope="module")
def small_service(serve: Serve) -> Iterator[Program]:
    """The service, with few connections."""
    with serve(options=f"--worker-connections {FEW}") as program:
        yield program


@pytest.fixture
def connect_to_small(small_service: Program) -> Iterator[Connect]:
    """Connect to it."""
    with connecting(small_service) as connect:
        yield connect


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(LINE, id="half a head"),
        pytest.param(CLOSING, id="all, and nothing more"),
    ],
)
def test_a_crowd_that_waits_keeps_nobody_out(connect_to_small: Connect, said: bytes) -> None:
    """Nobody was let in before their ten seconds had passed."""
    kept = connect_to_small()
    kept.sendall(LINE + b"\r\n")
    assert one(kept).status == 200
    crowd = [connect_to_small() for _ in range(CROWD)]
    for connection in crowd:
        connection.sendall(said)
    hurried = connect_to_small()
    hurried.settimeout(HEAD_SECONDS / 2)
    hurried.sendall(LINE + b"\r\n")
    assert one(hurried).status == 200
    # Whoever is known already stays.
    kept.sendall(LINE + b"\r\n")
    assert one(kept).status == 200


def test_who_has_just_come_does_not_go_for_those_who_have_had_their_answer(connect_to_small: Connect) -> None:
    """It was hung up on before its request came, where all others had been answered and stayed."""
    for _ in range(3):
        answered = [connect_to_small() for _ in range(FEW)]
        for connection in answered[:-1]:
            connection.sendall(CLOSING)
        for connection in answered[:-1]:
            assert one(connection).status == 200
        time.sleep(0.1)  # its request is on its way
        answered[-1].sendall(LINE + b"\r\n")
        assert one(answered[-1]).status == 200


def test_those_who_have_waited_longest_go_first(connect_to_small: Connect) -> None:
    crowd = [connect_to_small() for _ in range(CROWD)]
    assert is_served(connect_to_small)
    gone = []
    for place, connection in enumerate(crowd):
        connection.settimeout(0.01 if place else HEAD_SECONDS / 4)
        try:
            gone.append(connection.recv(1) == b"")
        except TimeoutError:
            gone.append(False)
    assert gone[0]
    assert not gone[-1]
    assert sum(gone) <= CROWD - FEW
    crowd[-1].settimeout(PATIENCE)
    crowd[-1].sendall(LINE + b"\r\n")
    assert one(crowd[-1]).status == 200


def test_a_worker_lets_no_more_in_than_it_may_have_files(serve: Serve) -> None:
    """It ended with "Too many open files", and so did the next one."""
    with serve(before="ulimit -n 190;") as program, connecting(program) as connect:
        for _ in range(400):
            connect()
        hurried = connect()
        hurried.settimeout(HEAD_SECONDS / 2)
        hurried.sendall(LINE + b"\r\n")
        assert one(hurried).status == 200
        assert program.output.count("Booting worker") == 2
        assert "Too many open files" not in program.output


def test_a_worker_that_has_no_files_left_goes_on(serve: Serve) -> None:
    with serve(before="ulimit -n 28;") as program:
        with connecting(program) as connect:
            for _ in range(400):
                connect()
            program.wait_until_it_says("cannot let a client in: Too many open files")
        program.wait_until_it_answers()
        assert program.output.count("Booting worker") == 2


@pytest.mark.slow
def test_a_client_that_reads_nothing_is_hung_up_on(
    connect_to_views: Connect, service_with_views: Program
) -> None:
    stalled = [connect_to_views() for _ in range(MANY)]
    for connection in stalled:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    hurried = connect_to_views()
    hurried.settimeout(PATIENCE / 2)
    hurried.sendall(LINE + b"\r\n")
    assert one(hurried).status == 200
    deadline = time.monotonic() + PATIENCE
    while not any(
        each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET for each in stalled
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "an answer was not taken" in service_with_views.output


def test_a_client_that_reads_a_few_bytes_now_and_then_is_hung_up_on(service_with_views: Program) -> None:
    before = service_with_views.output.count("an answer was not taken")
    with socket.socket() as dripping:
        dripping.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        dripping.connect(("127.0.0.1", service_with_views.port))
        dripping.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        deadline = time.monotonic() + PATIENCE / 2
        while service_with_views.output.count("an answer was not taken") == before:
            assert time.monotonic() < deadline
            assert dripping.recv(100)
            time.sleep(0.1)


def test_a_client_that_reads_slowly_but_steadily_gets_all(connect_to_views: Connect) -> None:
    steady = connect_to_views()
    steady.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = 0
    began = time.monotonic()
    while piece := steady.recv(32768):
        received += len(piece)
        if time.monotonic() - began < 8:
            time.sleep(0.3)
    assert received > LARGE


HOOKS = """
exec(compile(open("gunicorn.conf.py").read(), "gunicorn.conf.py", "exec"))

def pre_request(worker, req):
    worker.log.info("before %s", req.path)

def post_request(worker, req, environ, resp):
    worker.log.info("behind %s: %s", environ["PATH_INFO"], resp.status)
    if req.path == "/nowhere":
        raise RuntimeError("a hook that fails")
"""
HOOK_AT_THE_END = """
exec(compile(open("gunicorn.conf.py").read(), "gunicorn.conf.py", "exec"))

def worker_exit(server, worker):
    worker.log.info("worker %s of %s ends", worker.pid, server.pid)
    raise RuntimeError("a hook that fails")
"""


def test_the_hooks_around_a_request_are_called(serve: Serve, tmp_path: Path) -> None:
    configuration = tmp_path / "hooks.py"
    configuration.write_text(HOOKS)
    with serve(options=f"--config {configuration}") as program, connecting(program) as connect:
        connection = connect()
        for path in (b"/nowhere", b"/elsewhere"):
            connection.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
            one(connection)
        assert program.stop() == 0
        said = re.findall(r"before /\w+where|behind /\w+where: \d+|the hook \w+ failed", program.output)
        assert said == [
            "before /nowhere", "behind /nowhere: 404", "the hook post_request failed",
            "before /elsewhere", "behind /elsewhere: 404",
        ]  # fmt: skip


@pytest.mark.parametrize("late", [False, True])
def test_the_hook_at_the_end_of_a_worker_is_called(serve: Serve, tmp_path: Path, late: bool) -> None:
    """Also if a request is under way by then; the worker does not wait for it."""
    configuration = tmp_path / "hooks.py"
    configuration.write_text(HOOK_AT_THE_END)
    options = f"--config {configuration} --workers 1"
    with serve(views=True, options=options) as program, connecting(program) as connect:
        if late:
            connection = connect()
            connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536)
        assert program.stop() == 0
        assert ("unfinished requests" in program.output) == late
        assert len(re.findall(r"worker \d+ of \d+ ends", program.output)) == 1
        assert "the hook worker_exit failed" in program.output


def test_a_connection_ends_with_its_answer_where_none_are_to_be_kept(serve: Serve) -> None:
    with serve(options="--keep-alive 0") as program, connecting(program) as connect:
        connection = connect()
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in everything(connection)


def test_tls_is_refused_at_the_start_and_not_at_the_first_request(
    serve: Serve, authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.issue().write(tmp_path, "server")
    options = f"--certfile {certificate} --keyfile {key}"
    with (
        pytest.raises(pytest.fail.Exception, match="Tokonoma does not start: it speaks no TLS"),
        serve(options=options),
    ):
        pass


@pytest.mark.parametrize(("version", "framed"), [(b"HTTP/1.1", True), (b"HTTP/1.0", False)])
def test_an_answer_that_is_under_way_when_the_service_stops_is_cut(
    serve: Serve, version: bytes, framed: bool
) -> None:
    with serve(views=True) as program, connecting(program) as connect:
        connection = connect()
        connection.sendall(b"GET /endless " + version + b"\r\nHost: x\r\n\r\n")
        received = connection.recv(65536)
        program.process.send_signal(signal.SIGTERM)
        if framed:
            received += everything(connection)
            assert not received.endswith(b"0\r\n\r\n")
        else:
            with pytest.raises(ConnectionResetError):
                everything(connection)
        assert received.count(b"HTTP/1.") == 1, "another answer was written into it"
