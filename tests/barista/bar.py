"""The bar around a barista under test: a customer, the baristas' processes, and a guest who counts."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition

from localcloud.ports import LOOPBACK, free_port

PROJECT = Path(__file__).parents[2]
PATIENCE = 60
PASSWORD = "of-the-bars-operator"
OPERATOR = {"Authorization": f"Basic {base64.b64encode(f'user:{PASSWORD}'.encode()).decode()}"}


def until(promised: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until it is so; fail if it does not come."""
    deadline = time.monotonic() + patience
    while not promised():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(0.05)


class Barista:
    """One process of the worker, with its own port, that can be killed and started again."""

    def __init__(self, bar: Bar, number: int | None, properties: Mapping[str, str]) -> None:
        self.port = free_port()
        bindings = "spring.cloud.stream.bindings"
        given = {
            f"{bindings}.orders.destination": bar.orders,
            f"{bindings}.orders.group": bar.group,
            f"{bindings}.hot.drink.destination": bar.hot,
            f"{bindings}.cold.drink.destination": bar.cold,
            "spring.cloud.stream.kafka.binder.brokers": f"PLAINTEXT://{bar.address}",
            "management.server.address": LOOPBACK,
            "management.server.port": str(self.port),
            "spring.security.user.password": PASSWORD,
            "barista.logs": "text",
            **({} if number is None else {"spring.cloud.stream.instance-index": str(number)}),
            **{name.replace("_", "."): value for name, value in properties.items()},
        }
        self._arguments = [f"--{name}={value}" for name, value in given.items()]
        self.log = bar.folder / f"barista-{self.port}.log"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "barista", *self._arguments],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def kill(self) -> None:
        """End it as an out-of-memory killer does."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to stop as a platform does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def ask(self, path: str) -> tuple[int, str]:
        """Status and body, as its operator is told; 0 while nobody answers."""
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.port}{path}", headers=OPERATOR)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def status(self) -> str:
        """What Linux knows of the process."""
        return Path(f"/proc/{self.process.pid}/status").read_text()

    def peak(self) -> int:
        """MiB that it has taken at most."""
        lines = dict(line.split(":", 1) for line in self.status().splitlines())
        return int(lines["VmHWM"].split()[0]) // 1024

    def components(self) -> dict[str, str]:
        _, body = self.ask("/actuator/health")
        return {name: each["status"] for name, each in json.loads(body or "{}").get("components", {}).items()}

    def is_ready(self) -> bool:
        return self.ask("/actuator/health/readiness")[0] == 200

    def count(self, name: str) -> float:
        """One of its figures by its name in /metrics."""
        lines = dict(line.rsplit(" ", 1) for line in self.ask("/metrics")[1].splitlines())
        return float(lines.get(f"barista_{name}", "0"))


class Bar:
    """Topics of its own on a broker that others may use as well."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.folder = folder
        mark = uuid4().hex[:8]
        self.orders, self.hot, self.cold = (f"{name}-{mark}" for name in ("orders", "hot", "cold"))
        self.group = f"bar-{mark}"
        self.dead = f"error.{self.orders}.{self.group}"
        self._counter: Consumer | None = None
        self._customer = Producer(
            {"bootstrap.servers": address, "linger.ms": 5, "log_level": 2, "enable.idempotence": True}
        )

    @contextmanager
    def barista(self, number: int | None = 0, **properties: str) -> Iterator[Barista]:
        """One at work, until the block ends."""
        barista = Barista(self, number, properties)
        try:
            yield barista
        except BaseException:
            print(barista.log.read_text()[-4000:])
            raise
        finally:
            barista.kill()

    def order(self, numbers: range) -> None:
        """Each order's key is its number, too."""
        for number in numbers:
            self.send(str(number).encode(), key=str(number).encode(), flush=False)
        self._customer.flush(PATIENCE)

    def send(
        self,
        value: bytes | None,
        key: bytes | None = None,
        timestamp: int = 0,
        headers: list[tuple[str, str | bytes | None]] | None = None,
        *,
        partition: int = -1,
        flush: bool = True,
    ) -> None:
        while True:
            try:
                self._customer.produce(
                    self.orders, value, key, partition=partition, timestamp=timestamp, headers=headers
                )
                break
            except BufferError:
                self._customer.poll(0.1)
        if flush:
            self._customer.flush(PATIENCE)

    def served(self, *, committed: bool = True) -> dict[str, list[Message]]:
        """All messages of the three outgoing topics, by topic; nobody may be at work any more."""
        guest = self._guest(committed=committed)
        found: dict[str, list[Message]] = defaultdict(list)
        unread = {(place.topic, place.partition) for place in guest.assignment()}
        deadline = time.monotonic() + PATIENCE
        while unread:
            assert time.monotonic() < deadline, f"the guest waits in vain at {unread}"
            for message in guest.consume(2000, 0.2):
                error = message.error()
                if error is None:
                    found[message.topic() or ""].append(message)
                else:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    unread.discard((message.topic() or "", message.partition() or 0))
        guest.close()
        return found

    def wait_for(self, orders: int, patience: float = PATIENCE) -> None:
        """Until as many different orders have something."""
        guest = self._guest(committed=True)
        seen: set[bytes | None] = set()

        def are_there() -> bool:
            seen.update(each.key() for each in guest.consume(2000, 0.1) if not each.error())
            return len(seen) >= orders

        until(are_there, f"{orders} orders are served", patience)
        guest.close()

    def visible(self) -> int:
        """How far readers of committed messages can read, over all partitions of what goes out."""
        if self._counter is None:
            self._counter = self._guest(committed=True)
        ends = (self._counter.get_watermark_offsets(each, PATIENCE) for each in self._counter.assignment())
        return sum(end[1] for end in ends if end)

    def _guest(self, *, committed: bool) -> Consumer:
        """Sits at all partitions of what goes out, from the beginning."""
        guest = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": "guest",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed" if committed else "read_uncommitted",
                "log_level": 2,
            }
        )
        guest.assign(
            [
                TopicPartition(name, partition, OFFSET_BEGINNING)
                for name in (self.hot, self.cold, self.dead)
                for partition in _partitions(guest, name)
            ]
        )
        return guest

    def drinks(self) -> dict[int, list[str]]:
        """The topics in which something was served for each order."""
        found: dict[int, list[str]] = defaultdict(list)
        for topic, messages in self.served().items():
            for message in messages:
                found[int(message.key() or b"-1")].append(topic)
        return found

    def faults(self, numbers: range, dead: Sequence[int] = ()) -> dict[int, list[str]]:
        """The first orders that were not served as they must be, and where they were: even ones hot, odd ones
        cold, those in `dead` as dead letters, each exactly once and nothing else."""
        found = self.drinks()
        right = {number: [self.cold if number % 2 else self.hot] for number in numbers}
        right |= {number: [self.dead] for number in dead}
        wrong = [each for each in sorted(found.keys() | right.keys()) if found.get(each) != right.get(each)]
        return {number: found.get(number, []) for number in wrong[:20]}


def _partitions(guest: Consumer, topic: str) -> list[int]:
    """The partitions of a topic, as soon as the broker knows them; one that has just started may not."""
    known: dict[int, object] = {}

    def are_known() -> bool:
        described = guest.list_topics(topic, PATIENCE).topics[topic]
        known.update(described.partitions)
        return described.error is None and bool(known)

    until(are_known, f"the broker knows the partitions of {topic}")
    return sorted(known)
