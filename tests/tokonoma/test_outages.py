"""Outage drills: HANA fails in every way it does in real life; the service says so and recovers by itself.

A drill counts what arrives at HANA: that callers are told from memory is not a matter of clocks. After each
one the first request is served, and no thread and no connection is left over.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests
from flask.testing import FlaskClient
from hdbcli import dbapi

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import running
from tests.tokonoma.relay import Relay
from tokonoma.app import create_app
from tokonoma.errors import HanaError
from tokonoma.settings import Settings

pytestmark = pytest.mark.slow

SETTINGS = Settings(
    connect_timeout=2, statement_timeout=2, pool_wait=1, threads=8, connections=4, idle_probe=1
)
OK = (200, "")
UNAVAILABLE = (503, "hana-unavailable")
REFUSES = (503, "hana-refuses")
BUSY = (503, "hana-busy")
TIMEOUT = (504, "hana-timeout")
Answer = tuple[int, str]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds; pytest ends what never does."""
    while not holds():
        time.sleep(0.05)


@dataclass
class Drill:
    """The service in front of a HANA that may be broken, and callers who ask."""

    client: FlaskClient
    hana: LocalHana
    relay: Relay
    headers: dict[str, str]

    def ask(self, _: int = 0) -> Answer:
        """The status, and the problem's name if it is one."""
        answer = self.client.get("/", headers=self.headers)
        assert "Traceback" not in answer.text
        problem = (answer.get_json(silent=True) or {}).get("type", "")
        if answer.status_code == 503 and problem.endswith(("hana-unavailable", "hana-busy")):
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status_code, problem.rpartition(":")[2]

    def ask_together(self, people: int) -> list[Answer]:
        with ThreadPoolExecutor(people) as crowd:
            return list(crowd.map(self.ask, range(people)))

    def fill(self) -> None:
        """Have all the connections open that may be."""
        with self.hana.failing(Fault.SLOW, seconds=0.3):
            while self.sockets() < SETTINGS.connections:
                self.ask_together(SETTINGS.connections)

    def sockets(self) -> int:
        """This process's connections to HANA's address."""
        own = psutil.Process().net_connections("tcp")
        return sum(bool(each.raddr) and each.raddr.port == self.relay.port for each in own)


@pytest.fixture
def hana(authority: Authority) -> Iterator[LocalHana]:
    """One of its own for every drill."""
    with LocalHana(authority=authority) as server:
        yield server


@pytest.fixture
def relay(hana: LocalHana) -> Iterator[Relay]:
    with Relay(hana.port) as relay:
        yield relay


@pytest.fixture
def drill(
    bind: Callable[..., None], hana: LocalHana, relay: Relay, xsuaa: LocalXsuaa, alice: dict[str, str]
) -> Iterator[Drill]:
    credentials = hana.binding() | {"port": str(relay.port)}
    bind(pyhana=("hana", "hdi-shared", credentials), pyuaa=("xsuaa", "application", xsuaa.binding()))
    before = set(threading.enumerate())
    drill = Drill(create_app(SETTINGS).test_client(), hana, relay, alice)
    assert drill.ask() == OK
    yield drill
    assert drill.ask() == OK
    eventually(lambda: {each.name for each in set(threading.enumerate()) - before} <= {"keys", "metrics"})
    eventually(lambda: drill.sockets() == hana.connections <= SETTINGS.connections)


CONNECT_FAULTS = {
    Fault.REFUSE: UNAVAILABLE,
    Fault.HANG_CONNECT: UNAVAILABLE,
    Fault.REJECT_PASSWORD: REFUSES,
    Fault.EXPIRED_CERTIFICATE: REFUSES,
    Fault.FOREIGN_CERTIFICATE: REFUSES,
}


@pytest.mark.parametrize("fault", CONNECT_FAULTS)
def test_nobody_can_connect(drill: Drill, fault: Fault) -> None:
    """Everyone is told so, each has looked once, and the first after recovery is served."""
    # Refused logons have a drill of their own.
    asked = 1 if fault is Fault.REJECT_PASSWORD else 3
    with drill.hana.failing(fault):
        drill.hana.drop_connections()
        before = drill.relay.connects
        for looks in range(1, asked + 1):
            assert drill.ask() == CONNECT_FAULTS[fault]
            assert drill.relay.connects == before + looks
            assert drill.client.get("/health").status_code == 200
    assert drill.ask() == OK
    # One that proves it, and one for work.
    assert drill.relay.connects == before + asked + 2


@pytest.mark.parametrize("fault", CONNECT_FAULTS)
def test_open_connections_go_on_when_no_new_one_can_be_had(drill: Drill, fault: Fault) -> None:
    with drill.hana.failing(fault):
        assert drill.ask() == OK


def test_hana_stopped_and_started_again(
    bind: Callable[..., None], hana: LocalHana, xsuaa: LocalXsuaa, alice: dict[str, str], relay: Relay
) -> None:
    """As in the night: nobody listens at its address."""
    bind(pyhana=("hana", "hdi-shared", hana.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    drill = Drill(create_app(SETTINGS).test_client(), hana, relay, alice)
    assert drill.ask() == OK
    hana.stop()
    for _ in range(3):
        assert drill.ask() == UNAVAILABLE
    hana.start()
    assert drill.ask() == OK


def test_a_hana_that_takes_its_time_to_connect_comes_back(drill: Drill) -> None:
    drill.hana.stop()
    assert drill.ask() == UNAVAILABLE
    drill.hana.start()
    drill.relay.delay = 1.5
    assert drill.ask() == OK


def test_while_somebody_looks_the_others_are_told_from_memory(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokonoma.hana.pool.CONNECT_STAGGER", 60.0)
    with drill.hana.failing(Fault.HANG_CONNECT):
        drill.hana.drop_connections()
        assert drill.ask() == UNAVAILABLE
        before = drill.relay.connects
        assert set(drill.ask_together(8)) == {UNAVAILABLE}
        assert drill.relay.connects == before + 1


def test_a_look_that_takes_long_keeps_nobody_from_looking(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HANA may have come back behind the look's back."""
    with drill.hana.failing(Fault.HANG_CONNECT):
        drill.hana.drop_connections()
        assert drill.ask() == UNAVAILABLE
        monkeypatch.setattr("tokonoma.hana.pool.CONNECT_STAGGER", 0.0)
        before = drill.relay.connects
        assert set(drill.ask_together(4)) == {UNAVAILABLE}
        assert drill.relay.connects == before + 4


def test_refused_logons_are_not_repeated_until_the_user_is_locked(
    drill: Drill, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with drill.hana.failing(Fault.REJECT_PASSWORD):
        drill.hana.drop_connections()
        before = drill.relay.connects
        for _ in range(5):
            assert drill.ask() == REFUSES
        assert drill.relay.connects == before + 2
        assert caplog.text.count("2 logons refused") == 1
        # The pause is over, and it is one logon again.
        monkeypatch.setattr("tokonoma.hana.connector.monotonic", lambda: time.monotonic() + 61)
        assert drill.ask() == REFUSES
        assert drill.ask() == REFUSES
        assert drill.relay.connects == before + 3
    monkeypatch.setattr("tokonoma.hana.connector.monotonic", lambda: time.monotonic() + 200)
    assert drill.ask() == OK
    # And it counts from the beginning.
    with drill.hana.failing(Fault.REJECT_PASSWORD):
        drill.hana.drop_connections()
        assert drill.ask() == REFUSES
    assert drill.ask() == OK


def test_a_hana_that_hangs_is_left_alone_until_a_statement_proves_its_return(drill: Drill) -> None:
    """Twice it neither answers nor cancels; then there are short looks, for which a connect is no proof."""
    with drill.hana.failing(Fault.HANG_STATEMENT):
        assert drill.ask() == TIMEOUT
        assert drill.ask() == TIMEOUT
        for _ in range(2):
            assert drill.ask() == UNAVAILABLE
        assert drill.client.get("/health").status_code == 200
    assert drill.ask() == OK


def test_while_hana_hangs_callers_are_told_from_memory(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokonoma.hana.pool.CONNECT_STAGGER", 60.0)
    drill.fill()
    with drill.hana.failing(Fault.HANG_STATEMENT):
        assert set(drill.ask_together(2)) == {TIMEOUT}
        before = drill.relay.connects
        # Those that were idle meanwhile are not tried.
        assert set(drill.ask_together(8)) == {UNAVAILABLE}
        assert drill.relay.connects == before + 1


def test_a_statement_without_an_answer_now_and_then_is_no_outage(drill: Drill) -> None:
    """It may be the statement; whoever else asks goes to HANA, on a new connection and without a look."""
    for _ in range(2):
        with drill.hana.failing(Fault.HANG_STATEMENT):
            assert drill.ask() == TIMEOUT
        before = drill.relay.connects
        assert drill.ask() == OK
        assert drill.relay.connects == before + 1


def test_dropped_idle_connections_are_not_noticed(drill: Drill) -> None:
    for _ in range(3):
        assert drill.hana.drop_connections() == 1
        assert drill.ask() == OK


def test_idle_connections_that_were_swallowed_in_silence_are_not_noticed(drill: Drill) -> None:
    """A firewall has forgotten them: one is found out by a probe, and the others go with it."""
    drill.fill()
    time.sleep(SETTINGS.idle_probe + 0.1)
    drill.relay.swallow()
    before = drill.relay.connects
    assert drill.ask() == OK
    assert drill.ask() == OK
    assert drill.relay.connects == before + 1


def test_a_busy_connection_that_is_swallowed_costs_one_timeout(drill: Drill) -> None:
    drill.relay.swallow()
    assert drill.ask() == TIMEOUT
    assert drill.ask() == OK


def test_a_connection_dropped_in_mid_query_is_answered(drill: Drill) -> None:
    """The read is tried once more; when that is cut as well, the caller is told."""
    with drill.hana.failing(Fault.DROP_STATEMENT):
        before = drill.relay.connects
        assert drill.ask() == UNAVAILABLE
        assert drill.relay.connects == before + 1
    assert drill.ask() == OK


def test_a_statement_that_ran_for_long_before_it_was_cut_is_not_repeated(drill: Drill) -> None:
    """Its connection was not stale, and the time for another one is not there."""
    with drill.hana.failing(Fault.SLOW, seconds=1.9), ThreadPoolExecutor(1) as other:
        asking = other.submit(drill.ask)
        time.sleep(1.4)
        drill.hana.drop_connections()
        assert asking.result() == UNAVAILABLE


@pytest.mark.parametrize("keep_data", [True, False])
def test_a_restart_is_not_noticed(drill: Drill, keep_data: bool) -> None:
    drill.hana.restart(keep_data=keep_data)
    assert drill.ask() == OK


def test_after_a_restart_there_is_no_stampede(drill: Drill) -> None:
    drill.fill()
    drill.relay.delay = 0.1
    drill.relay.most_at_once = 0
    drill.hana.restart()
    assert set(drill.ask_together(SETTINGS.connections)) == {OK}
    assert drill.relay.most_at_once == 1


def test_slow_beyond_the_pools_patience(drill: Drill) -> None:
    """More callers than connections: those who cannot have one in time are told to come back."""
    drill.fill()
    with drill.hana.failing(Fault.SLOW, seconds=1.5):
        answers = drill.ask_together(8)
    assert sorted(answers) == [OK] * 4 + [BUSY] * 4


def test_readiness_follows_hana_and_liveness_does_not(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokonoma.readiness.MAX_AGE", -1.0)
    ready, alive = "/actuator/health/readiness", "/actuator/health/liveness"
    assert drill.client.get(ready).status_code == 200
    drill.hana.stop()
    assert drill.client.get(ready).status_code == 503
    assert drill.client.get(alive).status_code == 200
    drill.hana.start()
    assert drill.client.get(ready).status_code == 200


def test_a_failure_leaves_nothing_that_keeps_a_connection_alive(drill: Drill) -> None:
    """An error in a cycle with the frames that it passed would hold its connection until Python looks."""
    gc.collect()
    gc.disable()
    # Held, so that nothing new takes the place of one of them.
    others = errors_in_memory()
    try:
        for fault in (Fault.DROP_STATEMENT, Fault.REFUSE):
            with drill.hana.failing(fault):
                drill.hana.drop_connections()
                for _ in range(10):
                    assert drill.ask() == UNAVAILABLE
        # Nobody remembers the failure any more.
        assert drill.ask() == OK
        assert not [each for each in errors_in_memory() if not any(each is other for other in others)]
    finally:
        gc.enable()


def errors_in_memory() -> list[Exception]:
    return [each for each in gc.get_objects() if isinstance(each, HanaError | dbapi.Error)]


@pytest.mark.timeout(180)
def test_a_worker_whose_connections_all_hang_still_says_that_it_lives(
    hana: LocalHana, xsuaa: LocalXsuaa, alice: dict[str, str], authority_file: Path, tmp_path: Path
) -> None:
    """Production's gunicorn, one worker, and more callers than it has threads."""
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", xsuaa.binding()),
        }
    )
    port = free_port()
    environment = cloudfoundry.python_environment(port, services, authority_file) | {
        "TOKONOMA_WORKERS": "1",
        "TOKONOMA_HANA_STATEMENT_TIMEOUT": "4",
        "TOKONOMA_HANA_CONNECT_TIMEOUT": "2",
    }

    def ask(path: str, timeout: float) -> int:
        address = f"http://127.0.0.1:{port}{path}"
        return requests.get(address, headers=alice, timeout=timeout).status_code

    with ExitStack() as stack:
        line = cloudfoundry.procfile_line()
        program = stack.enter_context(
            running(line, environment, cloudfoundry.PROJECT, tmp_path / "output", port)
        )
        program.wait_until_it_answers()
        assert ask("/", timeout=10) == 200
        crowd = stack.enter_context(ThreadPoolExecutor(40))
        with hana.failing(Fault.HANG_STATEMENT):
            callers = [crowd.submit(ask, "/", timeout=30) for _ in range(40)]
            answers = 0
            while not all(caller.done() for caller in callers):
                # What a platform gives its health checks.
                assert ask("/health", timeout=3) == 200
                answers += 1
                time.sleep(0.1)
            assert answers > 5
            assert {caller.result() for caller in callers} <= {503, 504}
        assert ask("/", timeout=10) == 200
