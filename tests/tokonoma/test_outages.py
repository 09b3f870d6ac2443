"""Outage drills: HANA fails in every way it does in real life; the service says so and recovers by itself."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma import create_app
from tokonoma.bindings import platform_environment, read_hana
from tokonoma.errors import HanaBusy, HanaError
from tokonoma.hana import Hana
from tokonoma.settings import Settings

SETTINGS = Settings(connect_timeout=2, statement_timeout=2, pool_wait=1, threads=4, idle_probe=1)
BOUND = 10.0
"""Seconds in which every answer must be there: connect or statement time-out, and some."""


@dataclass
class Drill:
    """The service in front of a HANA that may be broken, and a caller who may ask."""

    client: FlaskClient
    hana: LocalHana
    headers: dict[str, str]

    def ask(self) -> tuple[int, str]:
        """The status, and the problem's name if it is one; in bounded time."""
        started = time.monotonic()
        answer = self.client.get("/", headers=self.headers)
        assert time.monotonic() - started < BOUND
        assert "Traceback" not in answer.text
        problem = (answer.get_json(silent=True) or {}).get("type", "")
        if answer.status_code == 503 and problem.endswith(("hana-unavailable", "hana-busy")):
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status_code, problem.rpartition(":")[2]

    def health(self) -> int:
        return self.client.get("/health").status_code


@pytest.fixture
def hana(authority: Authority) -> Iterator[LocalHana]:
    """One of its own for every drill."""
    with LocalHana(authority=authority) as server:
        yield server


@pytest.fixture
def drill(
    bind: Callable[..., None], hana: LocalHana, xsuaa: LocalXsuaa, alice: dict[str, str]
) -> Iterator[Drill]:
    bind(pyhana=("hana", "hdi-shared", hana.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    client = create_app(SETTINGS).test_client()
    client.get("/", headers=alice)  # the key keeper's thread is there from now on
    threads = threading.active_count()
    yield Drill(client, hana, alice)
    assert threading.active_count() <= threads
    assert hana.connections <= SETTINGS.threads


OK = (200, "")
UNAVAILABLE = (503, "hana-unavailable")
REFUSES = (503, "hana-refuses")
TIMEOUT = (504, "hana-timeout")

CONNECT_FAULTS = {
    Fault.REFUSE: UNAVAILABLE,
    Fault.HANG_CONNECT: UNAVAILABLE,
    Fault.REJECT_PASSWORD: REFUSES,
    Fault.EXPIRED_CERTIFICATE: REFUSES,
    Fault.FOREIGN_CERTIFICATE: REFUSES,
}


@pytest.mark.parametrize("fault", CONNECT_FAULTS)
def test_no_new_connection(drill: Drill, fault: Fault) -> None:
    """Nobody can connect: everyone is told so, all the time, and the first after recovery is served."""
    with drill.hana.failing(fault):
        drill.hana.drop_connections()
        for _ in range(3):
            assert drill.ask() == CONNECT_FAULTS[fault]
            assert drill.health() == 200
    assert drill.ask() == OK


@pytest.mark.parametrize("fault", CONNECT_FAULTS)
def test_open_connections_go_on_when_no_new_one_can_be_had(drill: Drill, fault: Fault) -> None:
    with drill.hana.failing(fault):
        assert drill.ask() == OK


def test_a_hang_in_a_statement_ends_in_a_timeout(drill: Drill) -> None:
    with drill.hana.failing(Fault.HANG_STATEMENT):
        assert drill.ask() == TIMEOUT
        assert drill.health() == 200
    assert drill.ask() == OK


def test_dropped_idle_connections_are_not_noticed(drill: Drill) -> None:
    for _ in range(3):
        assert drill.hana.drop_connections() == 1
        assert drill.ask() == OK


def test_a_connection_dropped_in_mid_query_is_answered(drill: Drill) -> None:
    """The read is tried once more; when that is cut as well, the caller is told."""
    with drill.hana.failing(Fault.DROP_STATEMENT):
        assert drill.ask() == UNAVAILABLE
    assert drill.ask() == OK


@pytest.mark.parametrize("keep_data", [True, False])
def test_a_restart_is_not_noticed(drill: Drill, keep_data: bool) -> None:
    drill.hana.restart(keep_data=keep_data)
    assert drill.ask() == OK


def test_hana_stopped_and_started_again(drill: Drill) -> None:
    drill.hana.stop()
    for _ in range(3):
        assert drill.ask() == UNAVAILABLE
        assert drill.health() == 200
    drill.hana.start()
    assert drill.ask() == OK


def test_slow_beyond_the_pools_patience(drill: Drill) -> None:
    """More callers than connections: those who cannot have one in time are told to come back."""
    with drill.hana.failing(Fault.SLOW, seconds=1.5), ThreadPoolExecutor(12) as crowd:
        answers = [each.result() for each in [crowd.submit(drill.ask) for _ in range(12)]]
    assert set(answers) == {OK, (503, "hana-busy")}
    assert drill.ask() == OK


def test_while_hana_is_away_for_long_nobody_waits_for_a_full_connect(drill: Drill) -> None:
    """One looks whether it is back; the others are told what is known."""
    with drill.hana.failing(Fault.HANG_CONNECT):
        drill.hana.drop_connections()
        assert drill.ask() == UNAVAILABLE
        with ThreadPoolExecutor(4) as crowd:
            looking = crowd.submit(drill.ask)
            time.sleep(0.3)  # it is on its way now
            told = [crowd.submit(drill.ask) for _ in range(10)]
            assert {each.result() for each in told} == {UNAVAILABLE}
            assert looking.result() == UNAVAILABLE
    assert drill.ask() == OK


def test_readiness_follows_hana_and_liveness_does_not(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokonoma.readiness.FRESH", 0.0)
    ready, alive = "/actuator/health/readiness", "/actuator/health/liveness"
    assert drill.client.get(ready).status_code == 200
    drill.hana.stop()
    assert drill.client.get(ready).status_code == 503
    assert drill.client.get(alive).status_code == 200
    drill.hana.start()
    assert drill.client.get(ready).status_code == 200


def test_an_old_connection_is_replaced(bind: Callable[..., None], hana: LocalHana) -> None:
    bind(pyhana=("hana", "hdi-shared", hana.binding()))
    pool = Hana(read_hana(platform_environment()), Settings(connection_lifetime=1))
    query = "SELECT CURRENT_CONNECTION AS C FROM DUMMY"
    first = pool.select(query)[0]["C"]
    assert pool.select(query)[0]["C"] == first
    time.sleep(1.1)
    assert pool.select(query)[0]["C"] != first
    pool.close()
    assert pool.connections() == 0


def test_more_readers_than_connections_wait_for_one(bind: Callable[..., None], hana: LocalHana) -> None:
    bind(pyhana=("hana", "hdi-shared", hana.binding()))
    pool = Hana(read_hana(platform_environment()), Settings(threads=2, pool_wait=30))
    with ThreadPoolExecutor(8) as crowd:
        rows = [
            each.result() for each in [crowd.submit(pool.select, "SELECT 1 FROM DUMMY") for _ in range(40)]
        ]
    assert len(rows) == 40
    assert pool.connections() <= 2
    pool.close()


def test_who_waits_too_long_for_a_connection_is_told(bind: Callable[..., None], hana: LocalHana) -> None:
    bind(pyhana=("hana", "hdi-shared", hana.binding()))
    pool = Hana(read_hana(platform_environment()), Settings(threads=1, pool_wait=1))
    with hana.failing(Fault.SLOW, seconds=3), ThreadPoolExecutor(1) as other:
        running = other.submit(pool.select, "SELECT 1 FROM DUMMY")
        time.sleep(0.5)
        with pytest.raises(HanaBusy):
            pool.select("SELECT 1 FROM DUMMY")
        assert running.result()
    pool.close()


def test_the_person_is_known_to_hana_and_never_mixed_up(bind: Callable[..., None], hana: LocalHana) -> None:
    """Many people over few connections: every query sees its own caller, none sees another's."""
    bind(pyhana=("hana", "hdi-shared", hana.binding()))
    pool = Hana(read_hana(platform_environment()), Settings(threads=4, pool_wait=60))
    query = "SELECT SESSION_CONTEXT('APPLICATIONUSER') AS U, SESSION_CONTEXT('APPLICATION') AS A FROM DUMMY"

    def ask(person: str) -> tuple[str, str, str]:
        [row] = pool.select(query, user=person)
        return person, row["U"], row["A"]

    people = [f"person-{n % 17}@example" for n in range(400)]
    with ThreadPoolExecutor(16) as crowd:
        for person, seen, application in crowd.map(ask, people):
            assert seen == person
            assert application == "tokonoma"
    pool.close()


def test_a_failure_leaves_nothing_that_keeps_a_connection_alive(drill: Drill) -> None:
    """An error in a cycle with the frames that it passed would hold its connection until Python looks."""
    gc.collect()
    gc.disable()
    try:
        with drill.hana.failing(Fault.DROP_STATEMENT):
            for _ in range(10):
                assert drill.ask() == UNAVAILABLE
        assert not [each for each in gc.get_objects() if isinstance(each, HanaError)]
    finally:
        gc.enable()
