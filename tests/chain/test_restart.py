"""Stopping and starting under load: readiness turns false first, and no request is lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests

from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program


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
        assert program.stop() == 0
        asking.join()
    assert answers == [200]
