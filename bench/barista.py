"""Measures the barista beside a plain loop and beside the recipe's way: `python -m bench.barista`.

Each runs in a process of its own, in turns, with as many orders: on librdkafka's mock cluster, and on a real
Kafka where Java and Maven are installed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from confluent_kafka import Consumer, Producer

from barista.rule import Drink, drink_for
from tests.barista.bar import Bar
from tests.barista.broker import RealKafka, jars
from tests.barista.mock import MockKafka

ROUNDS = 3
FEW = 20_000
"""Orders for the recipe's way, which is slower."""
PATIENCE = 300
REAL = "real Kafka"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        with MockKafka(brokers=1) as mock:
            # It keeps 5 MiB a partition; fewer orders would be two or three transactions.
            wide = partial(mock.create, partitions=32)
            _compare("mock cluster", mock.address, wide, Path(folder), orders=500_000)
        try:
            jars()
        except pytest.skip.Exception as reason:
            print(f"real Kafka: left out, {reason}")
            return 0
        broker = Path(folder) / "kafka"
        broker.mkdir()
        with RealKafka(broker) as kafka:
            _compare(REAL, kafka.address, kafka.create, Path(folder), orders=300_000)
    return 0


def _compare(name: str, address: str, create: Callable[[str], None], folder: Path, orders: int) -> None:
    rates: dict[str, list[float]] = {}
    first: list[float] = []
    memory: list[float] = []
    # kafka-python finds no way into the mock cluster.
    ways = ("barista", "plain", "recipe") if name == REAL else ("barista", "plain")
    for round_ in range(ROUNDS + 1):
        for way in ways:
            count = FEW if way == "recipe" else orders
            bar = Bar(address, folder)
            for topic in (bar.orders, bar.hot, bar.cold, bar.dead):
                create(topic)
            bar.order(range(count))
            started = time.monotonic()
            with _at_work(way, bar) as process:
                early = _wait_for(bar, 1)
                begun = time.monotonic()
                served = _wait_for(bar, count)
                rate = (served - early) / (time.monotonic() - begun)
                if way == "barista":
                    first.append(begun - started)
                    memory.append(_peak(process.pid))
            if round_:  # the first warms the broker up
                rates.setdefault(way, []).append(rate)
    barista = median(rates["barista"])
    print(f"{name}: {barista:,.0f} orders a second, with transactions")
    for way, aim in (("plain", 0.8), ("recipe", 10)):
        if way in rates:
            other = median(rates[way])
            print(f"  {barista / other:6.2f} times the {way} loop ({other:,.0f} a second; aim: {aim})")
    print(f"  first drink {median(first):.2f} s after the start (aim: 3)")
    print(f"  memory {max(memory):.0f} MiB at its highest (aim: 64)")


def _wait_for(bar: Bar, drinks: int) -> int:
    """Until so many are visible to readers; returns how many there are."""
    deadline = time.monotonic() + PATIENCE
    while (served := bar.visible()) < drinks:
        if time.monotonic() > deadline:
            raise SystemExit(f"{served} of {drinks} drinks after {PATIENCE} s")
        time.sleep(0.02)
    return served


def _peak(pid: int) -> float:
    """MiB; Linux keeps the highest value."""
    [line] = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in each]
    return int(line.split()[1]) / 1024


@contextmanager
def _at_work(way: str, bar: Bar) -> Iterator[subprocess.Popen[bytes]]:
    """The process that serves, until the block ends."""
    if way == "barista":
        with bar.barista() as barista:
            yield barista.process
        return
    command = [sys.executable, "-m", "bench.barista", way, bar.address, bar.orders, bar.hot, bar.cold]
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _plain(brokers: str, orders: str, hot: str, cold: str) -> None:
    """What one would write with confluent-kafka: batches, no transactions, no commit that counts."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": orders, "auto.offset.reset": "earliest"})
    producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random"})
    consumer.subscribe([orders])
    while True:
        for order in consumer.consume(1_000, 0.1):
            drink = drink_for(order.value())
            topic = hot if drink is Drink.HOT else cold
            while True:
                try:
                    producer.produce(
                        topic,
                        drink.value,
                        order.key(),
                        timestamp=order.timestamp()[1],
                        headers=order.headers(),
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
        producer.poll(0)


def _recipe(brokers: str, orders: str, hot: str, cold: str) -> None:
    """The loop of Data Flow's Python recipe: kafka-python, one message at a time, nothing flushed."""
    from kafka import KafkaConsumer, KafkaProducer

    consumer = KafkaConsumer(orders, bootstrap_servers=brokers, auto_offset_reset="earliest")
    producer = KafkaProducer(bootstrap_servers=brokers)
    while True:
        for message in consumer:
            if message.value is not None:
                if int(message.value[-1:]) % 2 == 0:
                    producer.send(hot, b"Serve Hot drink")
                else:
                    producer.send(cold, b"Serve Cold drink")


if __name__ == "__main__":
    if sys.argv[1:2] == ["plain"]:
        _plain(*sys.argv[2:])
    elif sys.argv[1:2] == ["recipe"]:
        _recipe(*sys.argv[2:])
    else:
        main()
