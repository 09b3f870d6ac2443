"""What Data Flow and Kubernetes are told."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from barista.actuator import AT_ONCE, Actuator
from barista.pulse import Pulse
from barista.wiring import Wiring
from localcloud.ports import LOOPBACK, free_port

SECRET = "very-secret"


@pytest.fixture
def pulse() -> Pulse:
    """Of a barista that is well."""
    pulse = Pulse(stuck_s=3600)
    pulse.broker = True
    pulse.partitions = 4
    return pulse


@pytest.fixture
def port(pulse: Pulse) -> Iterator[int]:
    """Where the actuator of that pulse listens."""
    port = free_port()
    arguments = [
        "--spring.cloud.stream.bindings.orders.destination=orders",
        "--spring.cloud.stream.bindings.hot.drink.destination=hotDrinks",
        "--spring.cloud.stream.bindings.cold.drink.destination=coldDrinks",
        "--spring.cloud.stream.kafka.binder.brokers=kafka",
        "--spring.cloud.stream.kafka.binder.configuration.sasl.username=bar",
        f"--spring.cloud.stream.kafka.binder.configuration.sasl.password={SECRET}",
        f"--management.server.address={LOOPBACK}",
        f"--management.server.port={port}",
    ]
    actuator = Actuator(Wiring.read(arguments, {}), pulse)
    actuator.start()
    yield port
    actuator.shutdown()
    actuator.server_close()


def ask(port: int, path: str, method: str = "GET") -> tuple[int, HTTPResponse | urllib.error.HTTPError, str]:
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error, error.read().decode()


PROBES = ["/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness", "/actuator/info"]


@pytest.mark.parametrize("path", [*PROBES, "/health", "/metrics"])
def test_every_probe_of_data_flow_is_answered_with_200_by_a_barista_that_is_well(
    port: int, path: str
) -> None:
    status, answer, body = ask(port, path)
    assert status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert SECRET not in body


@pytest.mark.parametrize(
    ("component", "change"),
    [
        ("broker", {"broker": False}),
        ("assignment", {"partitions": 0}),
        ("transactions", {"flowing": False}),
    ],
)
def test_readiness_names_what_is_missing_and_liveness_does_not_mind(
    pulse: Pulse, port: int, component: str, change: dict[str, object]
) -> None:
    for name, value in change.items():
        setattr(pulse, name, value)
    status, _, body = ask(port, "/actuator/health/readiness")
    assert status == 503
    down = {name for name, each in json.loads(body)["components"].items() if each["status"] != "UP"}
    assert down == {component}
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_on_the_way_out_it_is_not_ready_and_alive(pulse: Pulse, port: int) -> None:
    pulse.leave()
    status, _, body = ask(port, "/actuator/health")
    assert status == 503
    assert json.loads(body)["components"]["process"] == {"status": "OUT_OF_SERVICE"}
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_a_loop_that_hangs_is_not_alive_until_it_turns(pulse: Pulse, port: int) -> None:
    pulse.stuck_s = 0
    assert ask(port, "/actuator/health/liveness")[0] == 503
    pulse.stuck_s = 3600
    pulse.turn()
    assert ask(port, "/actuator/health/liveness")[0] == 200


def test_the_counters_say_what_was_served(pulse: Pulse, port: int) -> None:
    pulse.committed(hot=3, cold=2, dead=1, seconds=0.2)
    pulse.lags(7)
    lines = ask(port, "/metrics")[2].splitlines()
    assert {
        "barista_consumed_total 6.0",
        "barista_hot_total 3.0",
        "barista_cold_total 2.0",
        "barista_dead_lettered_total 1.0",
        "barista_lag 7.0",
        "barista_transaction_seconds_count 1.0",
    } <= set(lines)


def test_info_tells_the_topics_and_the_instance(port: int) -> None:
    info = json.loads(ask(port, "/actuator/info")[2])
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


def test_callers_that_say_little_by_little_do_not_keep_the_probes_out_for_long(port: int) -> None:
    slow = [socket.create_connection((LOOPBACK, port)) for _ in range(AT_ONCE)]
    deadline = time.monotonic() + 30
    while slow and time.monotonic() < deadline:
        for each in list(slow):
            try:
                each.sendall(b"G")
            except OSError:
                slow.remove(each)
        time.sleep(0.5)
    assert not slow
    assert ask(port, "/health")[0] == 200


def test_callers_that_say_nothing_do_not_keep_the_probes_out_for_long(port: int) -> None:
    """As many as are answered at once, and still the next one gets through once they are hung up on."""
    silent = [socket.create_connection((LOOPBACK, port)) for _ in range(AT_ONCE)]
    for each in silent:
        each.settimeout(30)
        assert each.recv(1) == b""
    assert ask(port, "/health")[0] == 200
