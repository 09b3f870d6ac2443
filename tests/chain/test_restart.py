"""Starting, stopping and losing workers: who waits, who is answered, and what is left behind."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import requests

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.endpoints import TOKEN_KEYS
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program

PROJECT = Path(__file__).parents[2]


@dataclass
class Balancer:
    """Sends requests in turn to the instances that say they are ready, as a platform's router does."""

    instances: list[Program]
    headers: dict[str, str]
    ready: list[Program] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self.stopping.is_set():
            self.ready = [program for program in self.instances if self._is_ready(program)]
            time.sleep(0.1)

    def ask(self, turn: int) -> None:
        with requests.Session() as session:
            while not self.stopping.is_set():
                ready = self.ready
                if not ready:
                    time.sleep(0.05)
                    continue
                turn += 1
                port = ready[turn % len(ready)].port
                # A new connection each time: a router retries on another one if an idle one was closed.
                headers = {**self.headers, "Connection": "close"}
                try:
                    answer = session.get(f"http://127.0.0.1:{port}/", headers=headers, timeout=30)
                    self.answers[str(answer.status_code)] += 1
                except requests.RequestException as error:
                    self.answers[type(error).__name__] += 1

    @staticmethod
    def _is_ready(program: Program) -> bool:
        try:
            address = f"http://127.0.0.1:{program.port}/actuator/health/readiness"
            return requests.get(address, timeout=2).status_code == 200
        except requests.RequestException:
            return False


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_request_is_lost_in_a_rolling_restart(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa
) -> None:
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    balancer = Balancer([start_service(), start_service()], headers)
    threads = [threading.Thread(target=balancer.look)]
    threads += [threading.Thread(target=balancer.ask, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        for place in range(2):
            newcomer = start_service()
            old = balancer.instances[place]
            balancer.instances = [*balancer.instances, newcomer]
            time.sleep(0.5)
            assert old.stop() == 0
            balancer.instances = [each for each in balancer.instances if each is not old]
    finally:
        time.sleep(0.5)
        balancer.stopping.set()
        for thread in threads:
            thread.join()
    assert balancer.answers.keys() == {"200"}
    assert balancer.answers["200"] > 100


def test_readiness_turns_false_before_the_process_stops(start_service: Callable[..., Program]) -> None:
    program = start_service()
    base = f"http://127.0.0.1:{program.port}"
    ready = f"{base}/actuator/health/readiness"
    assert requests.get(ready, timeout=10).status_code == 200
    stopping = threading.Thread(target=program.stop)
    stopping.start()
    deadline = time.monotonic() + 10
    while requests.get(ready, timeout=10).status_code == 200:
        assert time.monotonic() < deadline
    # It still serves those who come.
    assert requests.get(f"{base}/health", timeout=10).status_code == 200
    stopping.join()


GRACE = 10
"""Seconds between Cloud Foundry's SIGTERM and its SIGKILL."""


def test_a_request_in_flight_is_finished(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa, hana: LocalHana
) -> None:
    program = start_service()
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    address = f"http://127.0.0.1:{program.port}/"
    assert requests.get(address, headers=headers, timeout=10).ok
    answers: list[int] = []
    with hana.failing(Fault.SLOW, seconds=3):
        asking = threading.Thread(
            target=lambda: answers.append(requests.get(address, headers=headers, timeout=30).status_code)
        )
        asking.start()
        time.sleep(1)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(GRACE) == 0
        asking.join()
    assert answers == [200]


@pytest.mark.slow
def test_who_takes_longer_than_the_grace_is_told_and_the_process_is_gone(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa, hana: LocalHana
) -> None:
    program = start_service()
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    address = f"http://127.0.0.1:{program.port}/"
    assert requests.get(address, headers=headers, timeout=10).ok
    answers: list[requests.Response] = []
    with hana.failing(Fault.HANG_STATEMENT):
        asking = [
            threading.Thread(
                target=lambda: answers.append(requests.get(address, headers=headers, timeout=60))
            )
            for _ in range(4)
        ]
        for thread in asking:
            thread.start()
        time.sleep(1)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(GRACE) == 0
        for thread in asking:
            thread.join()
    assert [answer.status_code for answer in answers] == [503] * 4
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"] == "10"
        assert answer.json()["type"] == "urn:tokonoma:problem:restarting"
    assert "unfinished requests" in program.output
    assert "SIGKILL" not in program.output


def test_idle_and_silent_connections_do_not_keep_the_process(start_service: Callable[..., Program]) -> None:
    program = start_service()
    with ExitStack() as stack:
        for words in (b"", b"GET / HTTP/1.1\r\nHo", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", program.port)))
            connection.sendall(words)
        time.sleep(0.5)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(GRACE) == 0
    assert "unfinished" not in program.output


@pytest.fixture
def fresh_xsuaa(authority: Authority) -> Iterator[LocalXsuaa]:
    """One that nobody has asked yet."""
    with LocalXsuaa(PROJECT / "xs-security.json", authority=authority) as server:
        yield server


def services(xsuaa: LocalXsuaa) -> str:
    """Without a bound key: it is the fetched ones or none."""
    binding = {name: value for name, value in xsuaa.binding().items() if name != "verificationkey"}
    return cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", binding)})


def test_keys_are_fetched_ahead_and_once_for_all_workers(
    start_service: Callable[..., Program], fresh_xsuaa: LocalXsuaa
) -> None:
    program = start_service(VCAP_SERVICES=services(fresh_xsuaa), TOKONOMA_WORKERS="4")
    # Nobody has shown a token, and nobody has asked whether the service is ready.
    deadline = time.monotonic() + 30
    while not fresh_xsuaa.requests[TOKEN_KEYS]:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    def ask(token: str) -> int:
        """On a new connection, so that it reaches any worker."""
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        return requests.get(f"http://127.0.0.1:{program.port}/hello", headers=headers, timeout=30).status_code

    alice = fresh_xsuaa.token("alice")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, [alice] * 60)) == {200}
        forged = [fresh_xsuaa.mint(header={"kid": f"nobody-{n}"}) for n in range(60)]
        assert set(pool.map(ask, forged)) == {401}
    assert fresh_xsuaa.requests[TOKEN_KEYS] == 1


def test_the_counters_of_a_worker_that_died_are_not_shown(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa, tmp_path: Path
) -> None:
    program = start_service(PROMETHEUS_MULTIPROC_DIR=str(tmp_path), TOKONOMA_WORKERS="1")
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    assert requests.get(f"http://127.0.0.1:{program.port}/", headers=headers, timeout=10).ok
    [worker] = psutil.Process(program.process.pid).children()
    live = tmp_path / f"gauge_livesum_{worker.pid}.db"
    deadline = time.monotonic() + 30
    while not live.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.kill()
    while live.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.wait_until_it_answers()
