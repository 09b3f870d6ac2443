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
_TOPIC, _VALUE, _HEADERS = 1, 4, 10  # rd_kafka_vtype_t


class _Part(ctypes.Structure):
    """rd_kafka_vu_t: what a value is, and a union of 64 bytes."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("pointer", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("rest", ctypes.c_char * 48),
    ]


def _library() -> ctypes.CDLL:
    """The very library that confluent-kafka has loaded."""
    package = Path(confluent_kafka.__file__).parent
    [file] = (package.parent / "confluent_kafka.libs").glob("librdkafka-*.so*")
    library = ctypes.CDLL(str(file))
    for name in (
        "rd_kafka_new",
        "rd_kafka_mock_cluster_new",
        "rd_kafka_conf_new",
        "rd_kafka_headers_new",
        "rd_kafka_produceva",
    ):
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

    def send(self, topic: str, value: bytes, header: bytes) -> None:
        """Send a message with a header whose name may be any bytes, which Python's client does not allow."""
        library, problem = self._library, ctypes.create_string_buffer(256)
        settings = ctypes.c_void_p(library.rd_kafka_conf_new())
        given = (b"bootstrap.servers", self.address.encode(), problem, ctypes.c_size_t(256))
        assert library.rd_kafka_conf_set(settings, *given) == 0, problem.value
        client = ctypes.c_void_p(library.rd_kafka_new(PRODUCER, settings, problem, ctypes.c_size_t(256)))
        headers = library.rd_kafka_headers_new(ctypes.c_size_t(1))
        one = ctypes.c_ssize_t(1)
        library.rd_kafka_header_add(
            ctypes.c_void_p(headers), header, ctypes.c_ssize_t(len(header)), b"v", one
        )
        name, text = ctypes.create_string_buffer(topic.encode()), ctypes.create_string_buffer(value)
        parts = (_Part * 3)(
            _Part(_TOPIC, ctypes.addressof(name)),
            _Part(_VALUE, ctypes.addressof(text), len(value)),
            _Part(_HEADERS, headers),
        )
        assert not library.rd_kafka_produceva(client, parts, ctypes.c_size_t(3))
        library.rd_kafka_flush(client, 10_000)
        library.rd_kafka_destroy(client)

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
