"""On the mock cluster: no order without its drink, whatever the brokers do."""

from __future__ import annotations

import signal
import time

import pytest
from confluent_kafka import KafkaError, Message

from tests.barista.bar import Bar, until
from tests.barista.mock import (
    ADD_OFFSETS_TO_TXN,
    ADD_PARTITIONS_TO_TXN,
    END_TXN,
    PRODUCE,
    TXN_OFFSET_COMMIT,
    MockKafka,
)


def reason(message: Message) -> str:
    return dict(message.headers() or [])["x-exception-message"].decode()  # type: ignore[union-attr]


def test_each_order_gets_its_drink(mock_bar: Bar) -> None:
    mock_bar.order(range(5_000))
    with mock_bar.barista() as barista:
        mock_bar.wait_for(5_000)
        assert barista.stop() == 0
    assert mock_bar.faults(range(5_000)) == {}


def test_key_timestamp_and_headers_travel_along(mock_bar: Bar) -> None:
    headers: list[tuple[str, str | bytes | None]] = [
        ("table", b"7"),
        ("table", b"8"),
        ("empty", b""),
        ("none", None),
        ("b", b"\xff\x00"),
    ]
    mock_bar.send(b"42", key=b"\xffAnna", timestamp=1_700_000_000_123, headers=headers)
    with mock_bar.barista():
        mock_bar.wait_for(1)
    [[drink]] = mock_bar.served().values()
    assert drink.topic() == mock_bar.hot
    assert drink.value() == b"Serve Hot drink"
    assert drink.key() == b"\xffAnna"
    assert drink.timestamp()[1] == 1_700_000_000_123
    assert drink.headers() == headers


def test_what_is_no_order_becomes_a_dead_letter_with_the_reason_and_the_stream_goes_on(mock_bar: Bar) -> None:
    mock_bar.send(b"tea, please", key=b"a", timestamp=1_700_000_000_000, headers=[("table", b"7")])
    mock_bar.send(None, key=b"b")
    mock_bar.send(b"", key=b"c")
    mock_bar.send(b"7", key=b"d")
    with mock_bar.barista() as barista:
        mock_bar.wait_for(4)
        assert barista.count("dead_lettered_total") == 3
    served = mock_bar.served()
    assert [drink.key() for drink in served[mock_bar.cold]] == [b"d"]
    letters = {letter.key(): letter for letter in served[mock_bar.dead]}
    assert {key: letter.value() for key, letter in letters.items()} == {
        b"a": b"tea, please",
        b"b": None,
        b"c": b"",
    }
    assert reason(letters[b"a"]) == "The order does not end in a digit."
    assert reason(letters[b"b"]) == "The order has no value."
    headers = dict(letters[b"a"].headers() or [])
    assert headers["table"] == b"7"
    assert headers["x-original-topic"] == mock_bar.orders.encode()
    assert {"x-original-partition", "x-original-offset"} <= headers.keys()
    assert letters[b"a"].timestamp()[1] == 1_700_000_000_000


def test_a_header_that_cannot_be_read_does_not_stop_the_stream(mock_bar: Bar, mock: MockKafka) -> None:
    """Late enough for the interpreter to have specialised the call that reads it."""
    mock_bar.order(range(500))
    with mock_bar.barista() as barista:
        until(lambda: barista.count("consumed_total") == 500, "the first are served")
        mock.send(mock_bar.orders, b"42", header=b"\xff\xfe")
        mock_bar.order(range(500, 1_000))
        until(lambda: barista.count("consumed_total") == 1_001, "all are served")
        assert barista.stop() == 0
    served = mock_bar.served()
    [letter] = served[mock_bar.dead]
    assert letter.value() == b"42"
    assert reason(letter) == "A header of the order has a name that is not UTF-8."
    assert all(name.startswith("x-") for name in dict(letter.headers() or []))
    assert len(served[mock_bar.hot]) == len(served[mock_bar.cold]) == 500


def test_an_order_that_is_too_large_to_travel_on_becomes_a_dead_letter_without_its_content(
    mock_bar: Bar,
) -> None:
    """Its value just fits into a message; with the reason beside it, it does not."""
    mock_bar.send(b"x" * 999_850, key=b"7")
    mock_bar.send(b"8", key=b"8")
    with mock_bar.barista():
        until(lambda: len(mock_bar.served()) == 2, "both are served")
    served = mock_bar.served()
    [letter] = served[mock_bar.dead]
    assert not letter.value()
    assert reason(letter) == "The order does not end in a digit."
    assert len(served[mock_bar.hot]) == 1


@pytest.mark.slow
def test_two_baristas_share_the_orders_and_one_takes_all_when_the_other_leaves(mock_bar: Bar) -> None:
    with mock_bar.barista(None) as first, mock_bar.barista(None) as second:
        until(lambda: first.is_ready() and second.is_ready(), "both have partitions")
        mock_bar.order(range(4_000))
        mock_bar.wait_for(4_000)
        assert first.count("consumed_total") > 0
        assert second.count("consumed_total") > 0
        assert first.stop() == 0
        mock_bar.order(range(4_000, 6_000))
        mock_bar.wait_for(6_000)


RETRIED = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.REQUEST_TIMED_OUT)
COORDINATOR = (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.NOT_COORDINATOR)


@pytest.mark.parametrize(
    ("request_kind", "errors"),
    [
        (PRODUCE, RETRIED),
        (ADD_PARTITIONS_TO_TXN, (*COORDINATOR, KafkaError.CONCURRENT_TRANSACTIONS)),
        (ADD_OFFSETS_TO_TXN, COORDINATOR),
        (TXN_OFFSET_COMMIT, COORDINATOR),
        (END_TXN, COORDINATOR),
    ],
    ids=["produce", "add-partitions", "add-offsets", "offset-commit", "end"],
)
def test_errors_that_pass_leave_no_order_without_its_drink(
    mock: MockKafka, mock_bar: Bar, request_kind: int, errors: tuple[int, ...]
) -> None:
    mock_bar.order(range(2_000))
    mock.fail(request_kind, *errors)
    with mock_bar.barista() as barista:
        mock_bar.wait_for(2_000)
        assert barista.stop() == 0


@pytest.mark.parametrize(
    ("request_kind", "error"),
    [
        (PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED),
        (ADD_PARTITIONS_TO_TXN, KafkaError.TOPIC_AUTHORIZATION_FAILED),
        (TXN_OFFSET_COMMIT, KafkaError.ILLEGAL_GENERATION),
        (TXN_OFFSET_COMMIT, KafkaError.GROUP_AUTHORIZATION_FAILED),
    ],
    ids=["produce", "add-partitions", "generation", "group"],
)
def test_a_transaction_that_has_to_be_aborted_is_done_again(
    mock: MockKafka, mock_bar: Bar, request_kind: int, error: int
) -> None:
    mock_bar.order(range(2_000))
    mock.fail(request_kind, error)
    with mock_bar.barista() as barista:
        until(lambda: barista.count("consumed_total") == 2_000, "all is committed")
        assert barista.count("aborted_transactions_total") > 0
        until(barista.is_ready, "it is ready")
    assert mock_bar.drinks().keys() == set(range(2_000))


def test_an_outage_is_waited_for_and_told(mock: MockKafka, mock_bar: Bar) -> None:
    with mock_bar.barista() as barista:
        until(barista.is_ready, "it is ready")
        mock_bar.order(range(1_000))
        mock.go_down()
        until(lambda: barista.components().get("broker") == "DOWN", "it says that no broker is there")
        assert barista.ask("/actuator/health/liveness")[0] == 200
        time.sleep(3)
        mock.come_up()
        mock_bar.order(range(1_000, 2_000))
        mock_bar.wait_for(2_000)
        until(barista.is_ready, "it is ready again")


def test_a_barista_that_starts_before_its_broker_waits_for_it(mock: MockKafka, mock_bar: Bar) -> None:
    mock_bar.order(range(100))
    mock.go_down()
    with mock_bar.barista() as barista:
        until(lambda: barista.ask("/actuator/health/liveness")[0] == 200, "it answers")
        assert barista.ask("/actuator/health/readiness")[0] == 503
        mock.come_up()
        mock_bar.wait_for(100)


@pytest.mark.slow
def test_restarted_in_the_middle_it_leaves_no_order_without_its_drink(mock_bar: Bar) -> None:
    with mock_bar.barista(barista_batch_orders="100") as barista:
        mock_bar.order(range(20_000))
        until(lambda: barista.count("consumed_total") > 0, "it works")
        barista.kill()
        barista.start()
        mock_bar.wait_for(20_000)
        barista.process.send_signal(signal.SIGTERM)
        assert barista.process.wait(30) == 0
