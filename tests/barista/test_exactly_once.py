"""Against a real Kafka: killed, frozen, fenced, refused, and still exactly one drink for each order."""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack

import pytest

from .bar import Bar

ORDERS = int(os.environ.get("BARISTA_ORDERS", "100000"))
KILLS = int(os.environ.get("BARISTA_KILLS", "20"))


@pytest.mark.timeout(420)
def test_twenty_kills_of_two_baristas_leave_each_order_with_exactly_one_drink(
    bar: Bar, record_property: pytest.RecordProperty
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
    assert bar.drinks() == bar.right(range(ORDERS))
    assert codes == [0, 0]
    written = sum(map(len, bar.served(committed=False).values()))
    record_property("seconds", seconds)
    record_property("drinks that were taken back", written - ORDERS)
    print(f"{ORDERS} orders, {KILLS} kills, {seconds:.0f} s, {written - ORDERS} drinks taken back")
    assert written > ORDERS, "no kill has hit a transaction, so nothing is proved"
