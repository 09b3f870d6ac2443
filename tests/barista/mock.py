"""librdkafka's mock cluster, with its switches: broker errors, outages, chosen partitions.

The library hands them out in C only, so they are called through ctypes. The mock knows no isolation: what a
transaction took back is seen by all readers, and offsets of transactions are forgotten. It can show that no
order is left without its drink, and not that none has two.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Self

import confluent_kafka

# Numbers of Kafka's protocol (https://kafka.apache.org/protocol#protocol_api_keys).
PRODUCE, ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, END_TXN, TXN_OFFSET_COMMIT = 0, 24, 25, 26, 28
PRODUCER = 0


def _library() -> ctypes.CDLL:
    """The very library that confluent-kafka has loaded."""
    package = Path(confluent_kafka.__file__).parent
    [file] = (package.parent / "confluent_kafka.libs").glob("librdkafka-*.so*")
    library = ctypes.CDLL(str(file))
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class MockKafka:
    """A mock cluster in this process, for as long as the block lasts."""

    def __init__(self, brokers: int = 3) -> None:
        self._count = brokers
        self._library = _library()
        problem = ctypes.create_string_buffer(256)
        client = self._library.rd_kafka_new(PRODUCER, None, problem, ctypes.c_size_t(256))
        assert client, problem.value
        self._client = ctypes.c_void_p(client)
        self._cluster = ctypes.c_void_p(self._library.rd_kafka_mock_cluster_new(self._client, brokers))
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)

    @property
    def address(self) -> str:
        found: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return found.decode()

    def create(self, topic: str, partitions: int = 4) -> None:
        self._check(self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1))

    def fail(self, request: int, *errors: int) -> None:
        """Answer the next requests of a kind with these errors."""
        array = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(request), ctypes.c_size_t(len(errors)), array
        )

    def go_down(self) -> None:
        for number in range(1, self._count + 1):
            self._check(self._library.rd_kafka_mock_broker_set_down(self._cluster, number))

    def come_up(self) -> None:
        for number in range(1, self._count + 1):
            self._check(self._library.rd_kafka_mock_broker_set_up(self._cluster, number))

    def _check(self, error: int) -> None:
        assert error == 0, confluent_kafka.KafkaError(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)
