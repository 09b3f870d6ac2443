"""The loop of the barista: a consumer and a producer, and transactions that turn orders into drinks.

A transaction holds the drinks of some orders together with the orders' offsets, so either both are there or
neither. Four rules make that hold:

* The broker takes offsets only from the owner of the partitions: the membership is noted when they are
  assigned, and goes along with the offsets. Whoever has lost its partitions and not noticed yet is refused.
  (At the commit it would be too late to ask: a lost member has none, and offsets without one go unchecked.)
* When partitions are to be given away, the open transaction is committed first; when they are lost, aborted.
* Each instance has its own transactional id, and the same after a restart, which ends what was left open.
* After an abort, each partition is read again from where the transaction began.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from .headers import Header, header_size, read_headers
from .health import Health
from .rule import Drink, NotAnOrder, drink_for
from .wiring import Wiring

_log = logging.getLogger(__name__)

SESSION_S = 15
"""Seconds after which the broker gives the partitions of a silent member to others."""
IDLE_S = 0.25
"""Seconds that the loop waits for an order before it comes round."""
CALL_S = 2.0
"""Seconds that it waits for a broker's answer before it asks again."""
SILENCE_S = 5
"""Seconds of silence after which a connection counts as broken; some calls hang as long."""
GRACE_S = 4.0
"""Seconds after the call to stop during which calls are still repeated; Cloud Foundry kills after ten."""
LOG_AGAIN_S = 10.0
"""Seconds between two lines in the log about errors of the same kind."""
CHUNK = 5
"""Orders taken from the library at once; it unpacks the headers of all of them, up to 100,000 of each."""
TRANSACTION_KB = 4_096
"""Kilobytes of orders in a transaction, counted with keys and headers: more is committed first."""
FETCH_KB = 1_024
"""Kilobytes that one broker sends at once; a larger batch comes whole."""

FENCED = {
    KafkaError._FENCED,
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.FENCED_INSTANCE_ID,
}
"""The broker's errors for a client when a younger one uses the same transactional id or group instance id."""
_REFUSALS = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_RECORD,
    KafkaError.INVALID_TIMESTAMP,
}
"""The broker's errors for a message that it will never take."""


class TransactionLoop:
    """One consumer and one producer at work, until the process stops or an error needs new ones."""

    def __init__(self, wiring: Wiring, health: Health) -> None:
        self._wiring = wiring
        self._health = health
        self._consumer = Consumer(
            {
                **wiring.clients(),
                "group.id": wiring.group,
                "client.id": wiring.transactional_id,
                # A member with a name gets its partitions back after a restart, and nobody else has to stop.
                **({"group.instance.id": wiring.transactional_id} if wiring.instance else {}),
                "partition.assignment.strategy": "range",
                "session.timeout.ms": SESSION_S * 1000,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "latest" if wiring.latest else "earliest",
                "isolation.level": "read_committed",
                "allow.auto.create.topics": True,
                "topic.metadata.refresh.interval.ms": 30_000,
                # Fetched only when all that was fetched before is taken: the library's other limit, in bytes,
                # counts values and neither keys nor headers.
                "queued.min.messages": 1,
                "fetch.queue.backoff.ms": 10,
                "fetch.message.max.bytes": FETCH_KB * 1024 // 4,
                "fetch.max.bytes": FETCH_KB * 1024,
                **_CONNECTION,
                "statistics.interval.ms": 1000,
                "stats_cb": self._on_statistics,
                "error_cb": self._on_error,
                "logger": _LIBRARY,
            }
        )
        self._producer = Producer(
            {
                **wiring.clients(),
                "client.id": wiring.transactional_id,
                "transactional.id": wiring.transactional_id,
                "transaction.timeout.ms": wiring.transaction_s * 1000,
                # Keys go where Java's clients would send them.
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "queue.buffering.max.messages": 20_000,
                "queue.buffering.max.kbytes": 2 * TRANSACTION_KB,
                "delivery.report.only.error": True,
                "on_delivery": self._on_delivery_error,
                **_CONNECTION,
                "error_cb": _log_error,
                "logger": _LIBRARY,
            }
        )
        self._membership: Any = None
        self._next: dict[int, int] = {}
        """The next offset of each partition that is ours and was read from."""
        self._limit = wiring.batch_orders
        self._broken: KafkaException | None = None
        self._unservable: dict[tuple[int, int], tuple[str, bool]] = {}
        """Orders whose drink the broker refuses: the reason, and whether it refuses the dead letter too."""
        self._aborts = 0
        self._open = False
        self._began = 0.0
        self._away_at = float("-inf")
        """When a broker was last found missing."""
        self._clear()

    def _clear(self) -> None:
        """Forget what the transaction held: it has ended."""
        self._first: dict[int, int] = {}
        self._count = self._bytes = self._hot = self._cold = 0
        self._refusal = ""

    def work(self) -> None:
        """Serve until the process is told to stop, and commit what was begun.

        Raises KafkaException for an error that these clients do not survive.
        """
        self._retry(lambda: self._producer.init_transactions(CALL_S))
        self._consumer.subscribe(
            [self._wiring.orders], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        while not self._health.stopping:
            self._health.turned()
            try:
                self._turn()
            except KafkaException as error:
                if self._broken:
                    raise self._broken from None
                if self._health.stopping:
                    raise
                self._abort(error)
        if self._open:
            self._commit()

    def close(self) -> None:
        """Give the partitions back and disconnect; the broker aborts a transaction that is still open."""
        self._consumer.close()
        self._producer.purge()
        self._health.partitions = 0

    def may_be_fenced_by_itself(self) -> bool:
        """Whether the broker may have fenced us off with no other process involved.

        That is so when the open transaction is older than the broker allows, or when a broker has just come
        back and compares what we asked before, as a member, with our new membership.
        """
        now = time.monotonic()
        just_back = now - self._away_at < SESSION_S
        return just_back or (self._open and now - self._began > self._wiring.transaction_s)

    def _note_away(self) -> None:
        """Note that no broker answers; who has only started has asked nothing that may come back later."""
        self._health.broker = False
        if self._health.has_joined:
            self._away_at = time.monotonic()

    @property
    def unfinished(self) -> bool:
        """Whether a transaction is open."""
        return self._open

    def _turn(self) -> None:
        """Serve the orders that have come, and commit the transaction when it is full or old enough."""
        if orders := self._fetch():
            if not self._open:
                self._producer.begin_transaction()
                self._open = True
                self._began = time.monotonic()
            self._count += len(orders)
            while orders:  # each is freed before the headers of the next one are read
                self._serve(orders.popleft())
        else:
            self._producer.poll(0)
        if self._open and (
            self._count >= self._limit
            or self._bytes >= TRANSACTION_KB * 1024
            or time.monotonic() - self._began >= self._wiring.batch_ms / 1000
        ):
            self._producer.poll(0)
            self._commit()

    def _fetch(self) -> deque[Message]:
        """The orders that have come; waits for the first, then until the transaction is old enough."""
        if self._open:
            age = time.monotonic() - self._began
            wait = min(self._wiring.batch_ms / 1000 - age, IDLE_S)
            room = min(CHUNK, self._limit - self._count)
        else:
            wait, room = IDLE_S, 1
        messages = self._consumer.consume(room, max(wait, 0))
        if self._broken:
            raise self._broken
        orders: deque[Message] = deque()
        for message in messages:
            if error := message.error():
                self._on_error(error)
                continue
            partition, offset = _place(message)
            # Left over from before a rebalance, or read already.
            if offset < self._next.get(partition, 0):
                continue
            self._first.setdefault(partition, offset)
            self._next[partition] = offset + 1
            orders.append(message)
        return orders

    def _serve(self, order: Message) -> None:
        headers: list[Header] = []
        self._bytes += len(order) + len(order.key() or b"")
        try:
            headers = read_headers(order)
            self._bytes += sum(map(header_size, headers))
            if self._unservable:
                self._check_servable(order)
            drink = drink_for(order.value())
            topic = self._wiring.hot if drink is Drink.HOT else self._wiring.cold
            self._send(topic, drink.value, order.key(), order.timestamp()[1], headers)
        except NotAnOrder as reason:
            self._send_dead_letter(order, headers, str(reason))
        else:
            if drink is Drink.HOT:
                self._hot += 1
            else:
                self._cold += 1

    def _check_servable(self, order: Message) -> None:
        known = self._unservable.get(_place(order))
        if known:
            raise NotAnOrder(known[0])

    def _send_dead_letter(self, order: Message, headers: list[Header], reason: str) -> None:
        """Send the order to the dead letters; without its content if it cannot be sent as it is."""
        partition, offset = place = _place(order)
        facts: list[Header] = [
            ("x-original-topic", self._wiring.orders),
            ("x-original-partition", str(partition)),
            ("x-original-offset", str(offset)),
            ("x-original-timestamp", str(order.timestamp()[1])),
            ("x-exception-message", reason),
        ]
        if not self._unservable.get(place, ("", False))[1]:
            with suppress(NotAnOrder):
                self._send(
                    self._wiring.dead, order.value(), order.key(), order.timestamp()[1], headers + facts
                )
                return
        self._send(self._wiring.dead, b"", f"{partition}-{offset}".encode(), 0, facts)

    def _send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        timestamp: int,
        headers: list[Header],
    ) -> None:
        """Hand a message to the producer, and wait while its queue is full.

        Raises NotAnOrder for one that is too large, KafkaException when there is no more time to wait.
        """
        began = time.monotonic()
        while True:
            try:
                self._producer.produce(topic, value, key, timestamp=max(timestamp, 0), headers=headers)
                return
            except BufferError:
                if self._health.stopping_for() > GRACE_S:
                    raise KafkaException(KafkaError(KafkaError._QUEUE_FULL)) from None
                if time.monotonic() - began > SILENCE_S:
                    self._health.broker = False
                self._health.turned()
                self._producer.poll(0.1)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                    raise
                raise NotAnOrder("The order's key and headers are too large to travel along.") from None

    def _commit(self) -> None:
        """End the transaction: drinks and offsets become visible together."""
        offsets = [
            TopicPartition(self._wiring.orders, partition, self._next[partition]) for partition in self._first
        ]
        self._retry(lambda: self._producer.send_offsets_to_transaction(offsets, self._membership, CALL_S))
        self._retry(lambda: self._producer.commit_transaction(CALL_S))
        self._open = False
        dead = self._count - self._hot - self._cold
        self._health.committed(self._hot, self._cold, dead, time.monotonic() - self._began)
        self._aborts = 0
        self._limit = min(self._limit * 2, self._wiring.batch_orders)
        # What is known of orders that still lie ahead is kept.
        self._unservable = {
            place: why for place, why in self._unservable.items() if place[1] >= self._next.get(place[0], 0)
        }
        self._clear()

    def _abort(self, error: KafkaException) -> None:
        """Abort, go back to where the transaction began, and pause, longer after each abort in a row."""
        if error.args[0].fatal():
            raise error
        _log.warning("a transaction of %d orders is aborted: %s", self._count, _described(error))
        if self._open:
            self._retry(lambda: self._producer.abort_transaction(CALL_S))
            self._open = False
        for partition, offset in self._first.items():
            self._consumer.seek(TopicPartition(self._wiring.orders, partition, offset))
            self._next[partition] = offset
        self._health.aborted()
        self._aborts += 1
        if self._refusal and self._halve():
            self._aborts = 0
        else:
            back_off(self._health, self._aborts)
        self._clear()

    def _halve(self) -> bool:
        """Make the next transaction half as large, until the order whose drink is refused is alone in it.

        False if it is alone and even a dead letter without content was refused.
        """
        if self._count > 1:
            self._limit = self._count // 2
            return True
        exhausted = False
        for place in self._first.items():
            known = self._unservable.get(place)
            self._unservable[place] = (self._refusal, known is not None)
            exhausted = known is not None and known[1]
        return not exhausted

    def _retry(self, call: Callable[[], None]) -> None:
        """Repeat the call until a broker answers it; raises KafkaException for errors that do not pass."""
        attempt = 0
        while True:
            try:
                call()
                self._health.broker = True
                return
            except KafkaException as error:
                if not error.args[0].retriable() or self._health.stopping_for() > GRACE_S:
                    raise
            self._note_away()
            attempt += 1
            back_off(self._health, attempt)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._membership = consumer.consumer_group_metadata()
        self._health.has_joined = True
        self._health.committing = True
        self._next.clear()
        self._health.partitions = len(partitions)
        _log.info("%d partitions of %s are ours", len(partitions), self._wiring.orders)

    def _revoked(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """Commit before all our partitions are given away; the next ones come with `_assigned`."""
        self._give_away(self._commit)

    def _lost(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """Abort: others may have our partitions already."""
        _log.warning("our partitions went to others before we noticed")
        self._give_away(lambda: self._retry(lambda: self._producer.abort_transaction(CALL_S)))

    def _give_away(self, end: Callable[[], None]) -> None:
        try:
            if self._open:
                end()
        except KafkaException as error:
            # Raised by `_fetch`: through the library it would take fetched orders with it, and not say which.
            self._broken = error
        self._open = False
        self._clear()
        self._next.clear()
        self._health.partitions = 0

    def _on_delivery_error(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and error.code() in _REFUSALS:
            self._refusal = f"The broker refuses the drink: {error.name()}."

    def _on_error(self, error: KafkaError) -> None:
        """Note an error that the consumer reports by itself, or in the place of a message."""
        if error.code() == KafkaError._FATAL:
            # Only being fenced is fatal to a member; the library does not give its code here.
            self._broken = KafkaException(KafkaError(KafkaError.FENCED_INSTANCE_ID, error.str()))
        else:
            _log_error(error)

    def _on_statistics(self, text: str) -> None:
        """Read once a second from librdkafka's statistics: is a broker there, how many orders wait."""
        figures = json.loads(text)
        brokers = figures["brokers"].values()
        self._health.broker = any(broker["state"] == "UP" for broker in brokers)
        if not self._health.broker:
            self._note_away()
        partitions = figures["topics"].get(self._wiring.orders, {}).get("partitions", {})
        waiting = 0
        for number, partition in partitions.items():
            last = partition["ls_offset"] if partition["ls_offset"] >= 0 else partition["hi_offset"]
            position = self._next.get(int(number), partition["committed_offset"])
            if partition["desired"] and last >= 0 and position >= 0:
                waiting += max(0, last - position)
        self._health.set_lag(waiting)


_CONNECTION = {
    "socket.timeout.ms": SILENCE_S * 1000,
    "reconnect.backoff.max.ms": 2_000,
    "log.connection.close": False,
}
_LIBRARY = logging.getLogger("barista.librdkafka")
_logged: dict[int, float] = {}
"""When an error was logged last, by its code."""


def _place(message: Message) -> tuple[int, int]:
    """Partition and offset, which every message without an error has."""
    return message.partition(), message.offset()  # type: ignore[return-value]


def _log_error(error: KafkaError) -> None:
    """Log an error that a client reports by itself; one kind again after `LOG_AGAIN_S` only."""
    now = time.monotonic()
    if now - _logged.get(error.code(), float("-inf")) >= LOG_AGAIN_S:
        _logged[error.code()] = now
        _log.warning("kafka: %s", error.str())


def _described(error: KafkaException) -> str:
    return f"{error.args[0].name()}: {error.args[0].str()}"


def back_off(health: Health, attempt: int) -> None:
    """Wait a quarter of a second, twice as long after each attempt up to 8 s; end early when told to stop."""
    until = time.monotonic() + 0.125 * 2 ** min(attempt, 6)
    while True:
        health.turned()
        time.sleep(0.1)
        if health.stopping or time.monotonic() >= until:
            return
