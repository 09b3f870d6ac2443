"""Whatever is ordered, the barista stays within the memory that kubernetes.yml gives it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from confluent_kafka import Producer

from barista.headers import MAX_HEADERS
from tests.barista.bar import PROJECT, Bar, Barista, until
from tests.barista.broker import RealKafka
from tests.barista.mock import MockKafka
from tests.barista.test_deploy import KUBERNETES
from tests.barista.test_worker import reason

pytestmark = pytest.mark.slow

Headers = list[tuple[str, str | bytes | None]]


@pytest.fixture
def wide_bar(mock: MockKafka, tmp_path: Path) -> Bar:
    """With many partitions, since the mock keeps 5 MiB of each."""
    bar = Bar(mock.address, tmp_path)
    mock.create(bar.orders, partitions=32)
    for topic in (bar.hot, bar.cold, bar.dead):
        mock.create(topic, partitions=32)
    return bar


def limit() -> int:
    """MiB that the manifest allows."""
    [container] = KUBERNETES["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    return int(container["resources"]["limits"]["memory"].removesuffix("Mi"))


def serve(bar: Bar, orders: int) -> Barista:
    """All of them, by one barista, which then stops."""
    with bar.barista() as barista:
        until(lambda: barista.count("consumed_total") == orders, "all is served")
        print(f"at most {barista.peak()} MiB")
        assert barista.peak() < limit()
        assert barista.stop() == 0
    return barista


def test_many_waiting_orders_fit(mock_bar: Bar) -> None:
    mock_bar.order(range(100_000))
    serve(mock_bar, 100_000)


def test_orders_with_too_many_headers_become_dead_letters_that_say_so(mock_bar: Bar) -> None:
    for number in range(200):
        mock_bar.send(b"%d" % number, key=b"%d" % number, headers=[("h", b"")] * 10_000)
    serve(mock_bar, 200)
    served = mock_bar.served()
    assert served.keys() == {mock_bar.dead}
    assert {letter.value() for letter in served[mock_bar.dead]} == {b"%d" % number for number in range(200)}
    for letter in served[mock_bar.dead]:
        assert reason(letter) == f"The order has 10000 headers, and {MAX_HEADERS} are allowed."
        assert all(name.startswith("x-") for name in dict(letter.headers() or []))


def test_the_headers_of_all_other_orders_travel_along(mock_bar: Bar) -> None:
    headers: Headers = [("ab", b"c")] * MAX_HEADERS
    for number in range(4_000):
        mock_bar.send(b"%d" % number, key=b"%d" % number, headers=headers, flush=number % 50 == 0)
    mock_bar.order(range(0))  # waits until all are there
    serve(mock_bar, 4_000)
    served = mock_bar.served()
    assert {topic: len(drinks) for topic, drinks in served.items()} == {
        mock_bar.hot: 2_000,
        mock_bar.cold: 2_000,
    }
    assert all(drink.headers() == headers for drinks in served.values() for drink in drinks)


def test_orders_with_as_many_headers_as_the_library_reads_fit(mock_bar: Bar) -> None:
    for _ in range(20):
        mock_bar.send(b"1", headers=[("h", b"")] * 100_000, flush=False)
    mock_bar.order(range(0))  # waits until all are there
    serve(mock_bar, 20)


@pytest.mark.parametrize("large", ["value", "key", "header"])
def test_large_orders_fit(wide_bar: Bar, large: str) -> None:
    content = b"7" * 900_000
    value = content if large == "value" else b"7"
    key = content if large == "key" else None
    headers: Headers = [("h", content)] if large == "header" else []
    for number in range(128):
        wide_bar.send(value, key, headers=headers, partition=number % 32)
    serve(wide_bar, 128)


@pytest.mark.parametrize(
    ("batch", "brokers"), [(1_000_000, 1), (262_144, 3)], ids=["kafkas-largest", "as-large-as-advised"]
)
def test_orders_of_one_digit_in_large_batches_fit(tmp_path: Path, batch: int, brokers: int) -> None:
    """Eight bytes of a batch become 300 in the library; it unpacks a batch as a whole."""
    with MockKafka(brokers) as mock:
        bar = Bar(mock.address, tmp_path)
        for topic in (bar.orders, bar.hot, bar.cold, bar.dead):
            mock.create(topic)
        customer = Producer(
            {
                "bootstrap.servers": mock.address,
                "linger.ms": 1_000,
                "batch.size": batch,
                "batch.num.messages": 1_000_000,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        for number in range(390_000):
            customer.produce(bar.orders, b"1", partition=number % 4)
        assert customer.flush(60) == 0
        serve(bar, 390_000)


def test_the_advised_topic_takes_no_batch_that_unpacks_to_more(bar: Bar, kafka: RealKafka) -> None:
    """The library unpacks gzip and snappy without a limit, so the broker has to refuse."""
    [advice] = re.findall(
        r"^kafka-configs.sh (.+)$", (PROJECT / "docs" / "barista.md").read_text(), re.MULTILINE
    )
    here = {"kafka:9092": kafka.address, "orders": bar.orders}
    kafka.run("kafka.admin.ConfigCommand", *(here.get(word, word) for word in advice.split()))
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        said: list[str] = []
        customer = Producer(
            {
                "bootstrap.servers": kafka.address,
                "compression.type": codec,
                "message.max.bytes": 100_000_000,
                "on_delivery": lambda error, _, said=said: said.append(error.name() if error else "taken"),
            }
        )
        customer.produce(bar.orders, b"0" * 20_000_000)
        customer.produce(bar.orders, b"0" * 200_000)
        assert customer.flush(60) == 0
        assert sorted(said) == ["MSG_SIZE_TOO_LARGE", "taken"]
