"""What Data Flow and Kubernetes are told."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from barista.actuator import MAX_CALLERS, MAX_HEAD, Actuator
from barista.health import Health
from barista.wiring import Wiring
from localcloud.ports import LOOPBACK, free_port
from tests.barista.bar import OPERATOR, PASSWORD, PROJECT

SECRET = "very-secret"


@pytest.fixture
def health() -> Health:
    """Of a barista that is well."""
    health = Health(stuck_s=3600)
    health.broker = True
    health.partitions = 4
    return health


@pytest.fixture
def port(health: Health) -> Iterator[int]:
    """Where the actuator of that health listens; it has an operator."""
    yield from listening(health, f"--spring.security.user.password={PASSWORD}")


@pytest.fixture
def port_without_operator(health: Health) -> Iterator[int]:
    yield from listening(health)


def listening(health: Health, *more: str) -> Iterator[int]:
    port = free_port()
    arguments = [
        *more,
        "--spring.cloud.stream.bindings.orders.destination=orders",
        "--spring.cloud.stream.bindings.hot.drink.destination=hotDrinks",
        "--spring.cloud.stream.bindings.cold.drink.destination=coldDrinks",
        "--spring.cloud.stream.kafka.binder.brokers=kafka",
        "--spring.cloud.stream.kafka.binder.configuration.sasl.username=bar",
        f"--spring.cloud.stream.kafka.binder.configuration.sasl.password={SECRET}",
        f"--management.server.address={LOOPBACK}",
        f"--management.server.port={port}",
    ]
    actuator = Actuator(Wiring.read(arguments, {}), health)
    actuator.start()
    yield port
    actuator.shutdown()
    actuator.server_close()


def ask(
    port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, HTTPResponse | urllib.error.HTTPError, str]:
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}{path}", method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error, error.read().decode()


PROBES = ["/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness", "/actuator/info"]


@pytest.mark.parametrize("path", [*PROBES, "/health"])
def test_every_probe_of_data_flow_is_answered_with_200_by_a_barista_that_is_well(
    port: int, path: str
) -> None:
    status, answer, _ = ask(port, path)
    assert status == 200
    assert answer.headers["Cache-Control"] == "no-store"


NOBODY = [
    {},
    {"Authorization": "Basic"},
    {"Authorization": "Basic %%%"},
    {"Authorization": f"Bearer {PASSWORD}"},
    {"Authorization": "Basic " + base64.b64encode(b"user:").decode()},
    {"Authorization": "Basic " + base64.b64encode(f"User:{PASSWORD}".encode()).decode()},
    {"Authorization": "Basic " + base64.b64encode(f"user:{PASSWORD}x".encode()).decode()},
    {"Authorization": "Basic \xe9"},
]


@pytest.mark.parametrize("headers", NOBODY, ids=lambda headers: headers.get("Authorization", "none")[:20])
def test_who_is_not_the_operator_is_told_the_status_and_nothing_else(
    port: int, headers: dict[str, str]
) -> None:
    for path in ("/health", "/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness"):
        assert json.loads(ask(port, path, headers=headers)[2]) == {"status": "UP"}
    assert ask(port, "/actuator/info", headers=headers)[2] == "{}"
    status, answer, body = ask(port, "/metrics", headers=headers)
    assert (status, json.loads(body)["status"]) == (401, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "headers", [{}, OPERATOR, {"Authorization": "Basic "}, {"Authorization": "Basic Og=="}]
)
def test_without_a_password_nobody_is_the_operator(
    port_without_operator: int, headers: dict[str, str]
) -> None:
    assert ask(port_without_operator, "/metrics", headers=headers)[0] == 401
    assert ask(port_without_operator, "/actuator/info", headers=headers)[2] == "{}"
    assert json.loads(ask(port_without_operator, "/actuator/health", headers=headers)[2]) == {"status": "UP"}


@pytest.mark.parametrize("path", [*PROBES, "/metrics"])
def test_the_operator_is_told_no_secret(port: int, path: str) -> None:
    status, _, body = ask(port, path, headers=OPERATOR)
    assert status == 200
    assert SECRET not in body
    assert PASSWORD not in body


@pytest.mark.parametrize(
    ("component", "change"),
    [
        ("broker", {"broker": False}),
        ("assignment", {"partitions": 0}),
        ("transactions", {"committing": False}),
    ],
)
def test_readiness_names_what_is_missing_and_liveness_does_not_mind(
    health: Health, port: int, component: str, change: dict[str, object]
) -> None:
    for name, value in change.items():
        setattr(health, name, value)
    assert ask(port, "/actuator/health/readiness")[2] == '{"status": "DOWN"}'
    status, _, body = ask(port, "/actuator/health/readiness", headers=OPERATOR)
    assert status == 503
    down = {name for name, each in json.loads(body)["components"].items() if each["status"] != "UP"}
    assert down == {component}
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_on_the_way_out_it_is_not_ready_and_alive(health: Health, port: int) -> None:
    health.stop()
    status, _, body = ask(port, "/actuator/health", headers=OPERATOR)
    assert status == 503
    assert json.loads(body)["components"]["process"] == {"status": "OUT_OF_SERVICE"}
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_a_loop_that_hangs_is_not_alive_until_it_turns(health: Health, port: int) -> None:
    health.stuck_s = 0
    assert ask(port, "/actuator/health/liveness")[0] == 503
    health.stuck_s = 3600
    health.turned()
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_the_counters_say_what_was_served(health: Health, port: int) -> None:
    health.committed(hot=3, cold=2, dead=1, seconds=0.2)
    health.set_lag(7)
    lines = ask(port, "/metrics", headers=OPERATOR)[2].splitlines()
    assert {
        "barista_consumed_total 6.0",
        "barista_hot_total 3.0",
        "barista_cold_total 2.0",
        "barista_dead_lettered_total 1.0",
        "barista_lag 7.0",
        "barista_transaction_seconds_count 1.0",
    } <= set(lines)


def test_the_command_of_the_page_shows_the_operator_the_counters(port: int) -> None:
    [command] = re.findall(r"^    (curl .*)$", (PROJECT / "docs" / "barista.md").read_text(), re.MULTILINE)
    environment = {"PASSWORD": PASSWORD, "PATH": os.environ["PATH"], "no_proxy": LOOPBACK}
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("8080", str(port))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "barista_consumed_total 0.0" in done.stdout


def test_info_tells_the_topics_and_the_instance(port: int) -> None:
    info = json.loads(ask(port, "/actuator/info", headers=OPERATOR)[2])
    assert info["topics"] == {
        "orders": "orders",
        "hot.drink": "hotDrinks",
        "cold.drink": "coldDrinks",
        "dead": "error.orders.barista",
    }
    assert info["instance"].startswith("barista-barista-")


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/health", "POST", 501)])
def test_what_is_not_there_is_a_problem(port: int, path: str, method: str, status: int) -> None:
    got, answer, body = ask(port, path, method)
    assert (got, json.loads(body)["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


def silent_callers(port: int, count: int) -> list[socket.socket]:
    return [socket.create_connection((LOOPBACK, port)) for _ in range(count)]


def test_callers_that_say_nothing_do_not_keep_the_probes_out(port: int) -> None:
    """Three times as many as are answered at once: each new one takes the place of the oldest."""
    silent = silent_callers(port, 3 * MAX_CALLERS)
    for _ in range(20):
        assert ask(port, "/health")[0] == 200
    for each in silent:
        each.close()


def test_a_flood_of_silent_callers_does_not_keep_the_probes_out(port: int) -> None:
    over = threading.Event()

    def flood() -> None:
        silent: list[socket.socket] = []
        while not over.is_set():
            silent += silent_callers(port, 10)
            for each in silent[: -2 * MAX_CALLERS]:
                each.close()
            del silent[: -2 * MAX_CALLERS]
            over.wait(0.01)
        for each in silent:
            each.close()

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        for _ in range(50):
            assert ask(port, "/actuator/health/liveness")[0] == 200
            time.sleep(0.05)
    finally:
        over.set()
        flooding.join()


@pytest.mark.parametrize("words", [b"", b"G"], ids=["nothing", "little-by-little"])
def test_who_does_not_get_on_with_the_request_is_hung_up_on(port: int, words: bytes) -> None:
    slow = silent_callers(port, 5)
    deadline = time.monotonic() + 30
    while slow and time.monotonic() < deadline:
        for each in list(slow):
            each.settimeout(0.5)
            try:
                each.sendall(words)
                if each.recv(1) != b"":
                    continue
            except TimeoutError:
                continue
            except OSError:
                pass
            each.close()
            slow.remove(each)
    assert not slow


def test_a_request_without_an_end_is_refused_before_it_takes_memory(port: int) -> None:
    with socket.create_connection((LOOPBACK, port), timeout=10) as caller:
        caller.sendall(b"GET /health HTTP/1.1\r\nX: ".ljust(MAX_HEAD, b"x"))
        assert caller.recv(100).startswith(b"HTTP/1.0 431 ")
    assert ask(port, "/health", headers={"X": "x" * (MAX_HEAD - 500)})[0] == 200
