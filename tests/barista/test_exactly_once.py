"""Against a real Kafka: killed, frozen, fenced, refused, and still exactly one drink for each order."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.barista.bar import Bar, until
from tests.barista.broker import RealKafka

ORDERS = int(os.environ.get("BARISTA_ORDERS", "100000"))
KILLS = int(os.environ.get("BARISTA_KILLS", "20"))


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_twenty_kills_of_two_baristas_leave_each_order_with_exactly_one_drink(
    bar: Bar, record_property: Callable[[str, object], None]
) -> None:
    """Small transactions make the work last, so that every kill hits somebody who is at work."""
    portion = ORDERS // KILLS
    chance = random.Random()  # noqa: S311 - no secret
    small = {"barista_batch_orders": "500", "barista_batch_ms": "10"}
    with ExitStack() as stack:
        baristas = [stack.enter_context(bar.barista(number, **small)) for number in range(2)]
        started = time.monotonic()
        for kill in range(KILLS):
            bar.order(range(kill * portion, (kill + 1) * portion))
            time.sleep(chance.uniform(0.1, 1.2))
            victim = chance.choice(baristas)
            victim.kill()
            victim.start()
        bar.order(range(KILLS * portion, ORDERS))
        bar.wait_for(ORDERS, patience=180)
        seconds = time.monotonic() - started
        codes = [barista.stop() for barista in baristas]
    assert bar.faults(range(ORDERS)) == {}
    assert codes == [0, 0]
    written = sum(map(len, bar.served(committed=False).values()))
    record_property("seconds", seconds)
    record_property("drinks that were taken back", written - ORDERS)
    print(f"{ORDERS} orders, {KILLS} kills, {seconds:.0f} s, {written - ORDERS} drinks taken back")
    assert written > ORDERS, "no kill has hit a transaction, so nothing is proved"


@pytest.mark.slow
def test_a_barista_without_a_number_that_is_killed_leaves_its_orders_to_the_other(bar: Bar) -> None:
    brief = {"barista_transaction_s": "10"}  # so long do readers wait for whom nobody brings back
    with bar.barista(None, **brief) as first, bar.barista(None, **brief) as second:
        until(lambda: first.is_ready() and second.is_ready(), "both have partitions")
        bar.order(range(20_000))
        first.kill()
        bar.order(range(20_000, 40_000))
        bar.wait_for(40_000)
        assert second.stop() == 0
    assert bar.faults(range(40_000)) == {}


@pytest.mark.slow
def test_a_barista_that_was_frozen_until_others_had_its_orders_serves_none_of_them_again(bar: Bar) -> None:
    slow = {"barista_batch_ms": "2000", "barista_transaction_s": "10"}
    with bar.barista(0, **slow) as frozen, bar.barista(1) as other:
        until(lambda: frozen.is_ready() and other.is_ready(), "both have partitions")
        bar.order(range(2_000))
        time.sleep(0.5)  # in the middle of its long transaction
        frozen.process.send_signal(signal.SIGSTOP)
        bar.wait_for(2_000)
        frozen.process.send_signal(signal.SIGCONT)
        bar.order(range(2_000, 4_000))
        bar.wait_for(4_000)
        until(lambda: frozen.is_ready() or frozen.process.poll() is not None, "it is back, or has left")
        assert other.stop() == 0
    assert bar.faults(range(4_000)) == {}


@pytest.mark.parametrize("is_slow", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_of_two_under_one_name_the_older_leaves_and_nothing_is_served_twice(
    bar: Bar, kafka: RealKafka, is_slow: bool
) -> None:
    """Also where the older one waited for the broker at its start: it stayed, and the younger left."""
    with bar.barista(0) as older:
        if is_slow:
            kafka.signal(signal.SIGSTOP)
            time.sleep(3)  # the library tells of its brokers once a second
            kafka.signal(signal.SIGCONT)
        bar.order(range(1_000))
        until(lambda: older.count("consumed_total") == 1_000, "the older works")
        with bar.barista(0) as younger:
            until(lambda: older.process.poll() is not None, "the older leaves")
            assert older.process.returncode == 3
            assert "give each its own spring.cloud.stream.instance-index" in older.log.read_text()
            bar.order(range(1_000, 2_000))
            bar.wait_for(2_000)
            assert younger.stop() == 0
    assert bar.faults(range(2_000)) == {}


@pytest.mark.slow
def test_baristas_that_come_and_go_share_the_work_and_each_order_is_served_once(bar: Bar) -> None:
    with bar.barista(0) as first:
        until(first.is_ready, "the first has partitions")
        bar.order(range(10_000))
        with bar.barista(None) as second:
            bar.order(range(10_000, 20_000))
            until(second.is_ready, "the second has partitions")
            bar.order(range(20_000, 40_000))
            until(lambda: second.count("consumed_total") > 0, "the second works")
            assert second.stop() == 0
        bar.order(range(40_000, 50_000))
        bar.wait_for(50_000)
        assert first.stop() == 0
    assert bar.faults(range(50_000)) == {}


@pytest.mark.slow
def test_told_to_stop_in_the_middle_it_finishes_its_transaction_and_the_next_one_goes_on(bar: Bar) -> None:
    bar.order(range(50_000))
    for _ in range(3):
        with bar.barista(0, barista_batch_orders="1000") as barista:
            until(lambda: barista.count("consumed_total") > 0, "it works")
            assert barista.stop() == 0
            assert "nothing left unfinished" in barista.log.read_text()
    with bar.barista(0):
        bar.wait_for(50_000)
    assert bar.faults(range(50_000)) == {}


@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.slow)], ids=["shorter", "longer"])
def test_a_broker_that_is_away_is_waited_for(bar: Bar, kafka: RealKafka, seconds: int) -> None:
    """Shorter and longer than the broker keeps the members of a group."""
    with bar.barista(0, barista_batch_ms="1000") as barista:
        until(barista.is_ready, "it is ready")
        bar.order(range(1_000))
        time.sleep(0.3)  # in the middle of a transaction
        kafka.kill()
        until(lambda: barista.components().get("broker") == "DOWN", "it says that the broker is away")
        assert barista.ask("/actuator/health/liveness")[0] == 200
        assert barista.ask("/actuator/health/readiness")[0] == 503
        time.sleep(seconds)
        kafka.start()
        bar.order(range(1_000, 2_000))
        bar.wait_for(2_000)
        until(barista.is_ready, "it is ready again")
        assert barista.stop() == 0
    assert bar.faults(range(2_000)) == {}


@pytest.mark.slow
def test_a_broker_that_hangs_is_waited_for(bar: Bar, kafka: RealKafka) -> None:
    with bar.barista(0) as barista:
        until(barista.is_ready, "it is ready")
        kafka.signal(signal.SIGSTOP)
        try:
            until(lambda: barista.components().get("broker") == "DOWN", "it says that the broker is away")
            assert barista.ask("/actuator/health/liveness")[0] == 200
        finally:
            kafka.signal(signal.SIGCONT)
        bar.order(range(1_000))
        bar.wait_for(1_000)
        assert barista.stop() == 0
    assert bar.faults(range(1_000)) == {}


@pytest.mark.slow
def test_told_to_stop_while_the_broker_is_away_it_leaves_in_time_and_nothing_is_lost(
    bar: Bar, kafka: RealKafka
) -> None:
    with bar.barista(0, barista_batch_ms="1000") as barista:
        until(barista.is_ready, "it is ready")
        bar.order(range(1_000))
        time.sleep(0.3)
        kafka.kill()
        barista.process.send_signal(signal.SIGTERM)
        assert barista.process.wait(10) == 1  # Cloud Foundry waits as long
        kafka.start()
        barista.start()
        bar.wait_for(1_000)
        assert barista.stop() == 0
    assert bar.faults(range(1_000)) == {}


@pytest.mark.slow
def test_a_drink_that_the_broker_refuses_becomes_a_dead_letter_and_the_stream_goes_on(
    bar: Bar, kafka: RealKafka
) -> None:
    """Topics have limits of their own; the order is found among a thousand by halving."""
    kafka.limit(bar.cold, max_message_bytes="2000")
    bar.order(range(1_001))
    bar.send(b"1001", key=b"1001", headers=[("long", b"x" * 5_000)])
    bar.order(range(1_002, 2_000))
    with bar.barista(0) as barista:
        bar.wait_for(2_000)
        until(barista.is_ready, "it is ready")
        assert barista.stop() == 0
    [letter] = bar.served()[bar.dead]
    assert letter.value() == b"1001"
    assert b"MSG_SIZE_TOO_LARGE" in dict(letter.headers() or [])["x-exception-message"]  # type: ignore[operator]
    assert bar.faults(range(2_000), dead=[1_001]) == {}
