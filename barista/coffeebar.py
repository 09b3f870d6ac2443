"""`make barista`: a coffee bar on one terminal, around the real worker and librdkafka's own mock broker.

A customer orders, `python -m barista` runs in a process of its own as its container would run it, and two
lines show the hot and the cold drinks that come out.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

ORDERS, HOT, COLD = "orders", "hotDrinks", "coldDrinks"
PROJECT = Path(__file__).parent.parent
LOG = PROJECT / ".localcloud" / "barista.log"
GROUP = "bar-pipeline"
DEAD = f"error.{ORDERS}.{GROUP}"
NAMES = ("Anna", "Ben", "Chika", "Dmitri", "Elif", "Femi", "Gabriela", "Hiro", "Ines", "Jonas")
FRAMES_A_SECOND = 10
TIMEOUT_S = 15


def main() -> int:
    """Open the bar, and keep it open until Ctrl-C or for as long as asked; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m barista.coffeebar", description="A coffee bar in Kafka.")
    parser.add_argument("--rate", type=_positive, default=200, help="orders a second (default 200)")
    parser.add_argument("--seconds", type=_positive, help="close after this time (default: Ctrl-C)")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        # The broker lives as long as the client that was made with it.
        broker = Producer({"test.mock.num.brokers": 1, "log_level": 2})
        port = _free_port()
        worker = stack.enter_context(_worker(address := _address(broker), port))
        bar = _Bar(address, port, worker)
        # Not as an exception: one that is raised in the client's `consume` loses what it has fetched.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: bar.stop())
        return bar.run(arguments.rate, arguments.seconds)


class _Bar:
    """A producer of orders, a consumer of drinks, and the lines on the terminal."""

    def __init__(self, address: str, port: int, worker: subprocess.Popen[bytes]) -> None:
        self._worker = worker
        self._port = port
        self._terminal = sys.stdout.isatty()
        self._producer = Producer({"bootstrap.servers": address, "linger.ms": 20, "log_level": 2})
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": "coffeebar",
                "enable.auto.commit": False,
                "log_level": 2,
            }
        )
        # It reads every partition, and needs no group for that.
        self._consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in (HOT, COLD, DEAD)
                for partition in self._producer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
            ]
        )
        self._ordered = 0
        self._served: Counter[str] = Counter()
        self._last: dict[str, deque[str]] = {topic: deque(maxlen=4) for topic in (HOT, COLD, DEAD)}
        self._started = time.monotonic()
        self._rate = 0.0
        self._lines = 0
        self._stopping = False

    def stop(self) -> None:
        """Have `run` close the bar."""
        self._stopping = True

    def run(self, rate: int, seconds: int | None) -> int:
        """Order at `rate`, and show what comes out."""
        page = f"http://127.0.0.1:{self._port}/actuator/health"
        print(f"The bar is open. How the barista is: {page}\n", flush=True)
        before, since = 0, self._started
        while not self._stopping and (seconds is None or time.monotonic() - self._started < seconds):
            self._order(rate)
            self._consume(1 / FRAMES_A_SECOND)
            now = time.monotonic()
            if now - since >= 1:
                self._rate = (self._served.total() - before) / (now - since)
                before, since = self._served.total(), now
                if not self._terminal:
                    self._show()
            if self._terminal:
                self._show()
            if self._worker.poll() is not None:
                print("\nThe barista has gone home.", file=sys.stderr)
                return 1
        return self.close()

    def close(self) -> int:
        """Take no more orders, wait for the last drinks, and say how it was."""
        self._producer.flush(5)
        deadline = time.monotonic() + TIMEOUT_S
        while self._served.total() < self._ordered and time.monotonic() < deadline:
            self._consume(0.1)
            if self._terminal:
                self._show()
        self._consumer.close()
        missing = self._ordered - self._served.total()
        print(
            f"\nThe bar is closed: {self._ordered} orders, {self._served[HOT]} hot and {self._served[COLD]} "
            f"cold drinks, {self._served[DEAD]} dead letters, {missing or 'nobody'} still waiting."
        )
        return 1 if missing else 0

    def _order(self, rate: int) -> None:
        """Send the orders that are due by now at `rate`; one in two hundred has no number."""
        due = int((time.monotonic() - self._started) * rate)
        while self._ordered < due:
            stamp = int(time.time() * 1000) + self._ordered
            text = str(stamp) if self._ordered % 200 != 99 else "the usual, please"
            try:
                self._producer.produce(ORDERS, text, key=random.choice(NAMES))  # noqa: S311
            except BufferError:
                break
            self._ordered += 1
        self._producer.poll(0)

    def _consume(self, seconds: float) -> None:
        for message in self._consumer.consume(2_000, seconds):
            if not message.error():
                topic = message.topic() or ""
                self._served[topic] += 1
                self._last[topic].append((message.key() or b"").decode())

    def _show(self) -> None:
        width = min(shutil.get_terminal_size().columns, 100)
        lines = [
            f"  {self._ordered:>9,} orders     {self._rate:>8,.0f} drinks a second",
            f"  {self._served[HOT]:>9,} hot   {_cups(self._last[HOT], '♨')}",
            f"  {self._served[COLD]:>9,} cold  {_cups(self._last[COLD], '❄')}",
            f"  {self._served[DEAD]:>9,} dead letters: orders without a number",
        ]
        if self._terminal:
            print(f"\x1b[{self._lines}F" if self._lines else "", end="")
            print("\n".join(f"\x1b[2K{line[:width]}" for line in lines), flush=True)
            self._lines = len(lines)
        else:
            print(" |".join(line.rstrip() for line in lines), flush=True)


def _cups(names: deque[str], sign: str) -> str:
    return "".join(f"{sign} {name:<10}" for name in names)


@contextmanager
def _worker(brokers: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The barista as Data Flow would start it, in exec style; its log goes to a file."""
    bindings = "--spring.cloud.stream.bindings"
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("wb") as log:
        worker = subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-m", "barista"),
                f"{bindings}.orders.destination={ORDERS}",
                f"{bindings}.orders.group={GROUP}",
                f"{bindings}.hot.drink.destination={HOT}",
                f"{bindings}.cold.drink.destination={COLD}",
                f"--spring.cloud.stream.kafka.binder.brokers=PLAINTEXT://{brokers}",
                "--management.server.address=127.0.0.1",
                f"--management.server.port={port}",
                "--barista.logs=text",
            ],
            cwd=PROJECT,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C on this terminal is for us: the barista finishes what has been ordered.
            start_new_session=True,
        )
        try:
            yield worker
        finally:
            worker.terminate()
            worker.wait(TIMEOUT_S)


def _address(broker: Producer) -> str:
    """Where the mock broker listens: it takes a free port on loopback."""
    try:
        [found] = broker.list_topics(timeout=10).brokers.values()
    except KafkaException as error:
        raise SystemExit(f"The mock broker does not answer: {error.args[0].str()}") from None
    return f"{found.host}:{found.port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
