"""One shift at the bar: a consumer and a producer, and transactions that move orders to drinks.

A transaction holds the drinks of some orders together with the orders' offsets, so either both are there or
neither. What makes that hold:

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
from operator import methodcaller
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from .health import Pulse
from .rule import Drink, NotAnOrder, drink_for
from .wiring import Wiring

_log = logging.getLogger(__name__)

SESSION_S = 15
"""How long the broker keeps the partitions of a member of which it hears no more."""
IDLE_S = 0.25
"""How long the loop waits for an order before it turns."""
CALL_S = 2.0
"""How long it waits for a broker's answer before it turns, and asks again."""
SILENCE_S = 5
"""How long a broker may say nothing before the connection counts as broken; some calls hang as long."""
GRACE_S = 4.0
"""After the call to stop, no commit is asked for again; Cloud Foundry kills after ten seconds."""
QUIET_S = 10.0
"""Between two lines in the log about errors of the same kind."""
CHUNK = 5
"""Orders taken from the library at once; it unpacks the headers of all of them, up to 100,000 of each."""
MAX_HEADERS = 1_000
"""Headers that an order may have; one with more becomes a dead letter without them."""
HEADER_BYTES = 100
"""What a header takes in memory beside its name and its value, measured."""
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
"""A broker's way of saying that it has heard of a younger one under the same name."""
_REFUSALS = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_RECORD,
    KafkaError.INVALID_TIMESTAMP,
}
"""A broker's way of saying that it will never take this message."""


class Shift:
    """From the first connection until somebody ends it, or an error does that new clients may survive."""

    def __init__(self, wiring: Wiring, pulse: Pulse) -> None:
        self._wiring = wiring
        self._pulse = pulse
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
                "stats_cb": self._look,
                "error_cb": self._hear,
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
                "linger.ms": 5,
                "queue.buffering.max.messages": 20_000,
                "queue.buffering.max.kbytes": 2 * TRANSACTION_KB,
                "delivery.report.only.error": True,
                "on_delivery": self._not_delivered,
                **_CONNECTION,
                "error_cb": _complain,
                "logger": _LIBRARY,
            }
        )
        self._membership: Any = None
        self._next: dict[int, int] = {}
        """For each partition that we own and have read: the offset that comes next."""
        self._limit = wiring.batch_orders
        self._broken: KafkaException | None = None
        self._unservable: dict[tuple[int, int], tuple[str, bool]] = {}
        """Orders whose drink the broker refuses: why, and whether it refuses the dead letter as well."""
        self._aborts = 0
        self._open = False
        self._began = 0.0
        self._away_at = float("-inf")
        """When last no broker was there."""
        self._clear()

    def _clear(self) -> None:
        """Nothing is in the transaction."""
        self._first: dict[int, int] = {}
        self._count = self._bytes = self._hot = self._cold = 0
        self._refusal = ""

    def work(self) -> None:
        """Serve until the process is told to stop, and finish what was begun.

        Raises KafkaException for what these clients cannot go on after.
        """
        self._persist(lambda: self._producer.init_transactions(CALL_S))
        self._consumer.subscribe(
            [self._wiring.orders], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        while not self._pulse.leaving:
            self._pulse.turn()
            try:
                self._turn()
            except KafkaException as error:
                if self._broken:
                    raise self._broken from None
                if self._pulse.leaving:
                    raise
                self._take_back(error)
        if self._open:
            self._commit()

    def close(self) -> None:
        """Give the partitions back and hang up; what is still open is ended by the broker."""
        self._consumer.close()
        self._producer.purge()
        self._pulse.partitions = 0

    def may_be_fenced_by_itself(self) -> bool:
        """Whether it takes nobody else for the broker to say that we are fenced off.

        The open transaction is older than the broker lets it become; or no broker was there for a while, and
        our own return crosses with what we had asked under the old membership.
        """
        now = time.monotonic()
        just_back = now - self._away_at < SESSION_S
        return just_back or (self._open and now - self._began > self._wiring.transaction_s)

    @property
    def unfinished(self) -> bool:
        """Whether a transaction is open."""
        return self._open

    def _turn(self) -> None:
        """Take what has come into the transaction, and commit it when it is full or old enough."""
        if orders := self._fetch():
            if not self._open:
                self._producer.begin_transaction()
                self._open = True
                self._began = time.monotonic()
            self._count += len(orders)
            while orders:  # each is let go before the next one's headers are read
                self._serve(orders.popleft())
        self._producer.poll(0)
        if self._open and (
            self._count >= self._limit
            or self._bytes >= TRANSACTION_KB * 1024
            or time.monotonic() - self._began >= self._wiring.batch_ms / 1000
        ):
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
                self._hear(error)
                continue
            partition, offset = _place(message)
            # Nothing that was ours before a rebalance, and nothing twice.
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
            headers = _headers(order)
            self._bytes += sum(map(_size, headers))
            if self._unservable:
                self._remember(order)
            drink = drink_for(order.value())
            topic = self._wiring.hot if drink is Drink.HOT else self._wiring.cold
            self._send(topic, drink.value, order.key(), order.timestamp()[1], headers)
        except NotAnOrder as reason:
            self._bury(order, headers, str(reason))
        else:
            if drink is Drink.HOT:
                self._hot += 1
            else:
                self._cold += 1

    def _remember(self, order: Message) -> None:
        known = self._unservable.get(_place(order))
        if known:
            raise NotAnOrder(known[0])

    def _bury(self, order: Message, headers: list[Header], reason: str) -> None:
        """Send an order to the dead letters as it came; without its content if that cannot be sent either."""
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
                if self._pulse.leaving_for() > GRACE_S:
                    raise KafkaException(KafkaError(KafkaError._QUEUE_FULL)) from None
                if time.monotonic() - began > SILENCE_S:
                    self._pulse.broker = False
                self._pulse.turn()
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
        self._persist(lambda: self._producer.send_offsets_to_transaction(offsets, self._membership, CALL_S))
        self._persist(lambda: self._producer.commit_transaction(CALL_S))
        self._open = False
        dead = self._count - self._hot - self._cold
        self._pulse.committed(self._hot, self._cold, dead, time.monotonic() - self._began)
        self._aborts = 0
        self._limit = min(self._limit * 2, self._wiring.batch_orders)
        # Others may have been committed; what was found out about those ahead is still needed.
        self._unservable = {
            place: why for place, why in self._unservable.items() if place[1] >= self._next.get(place[0], 0)
        }
        self._clear()

    def _take_back(self, error: KafkaException) -> None:
        """Abort, go back to where the transaction began, and rest; longer after each that fails."""
        if error.args[0].fatal():
            raise error
        _log.warning("a transaction of %d orders is taken back: %s", self._count, _words(error))
        if self._open:
            self._persist(lambda: self._producer.abort_transaction(CALL_S))
            self._open = False
        for partition, offset in self._first.items():
            self._consumer.seek(TopicPartition(self._wiring.orders, partition, offset))
            self._next[partition] = offset
        self._pulse.aborted()
        self._aborts += 1
        if self._refusal and self._sift():
            self._aborts = 0
        else:
            rest(self._pulse, self._aborts)
        self._clear()

    def _sift(self) -> bool:
        """Find the order whose drink is refused: half as many at a time, until it is alone.

        False if it is alone, and the last that could be sent in its place was refused as well.
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

    def _persist(self, call: Callable[[], None]) -> None:
        """Ask again until a broker has answered; raises what asking again does not help against."""
        attempt = 0
        while True:
            try:
                call()
                self._pulse.broker = True
                return
            except KafkaException as error:
                if not error.args[0].retriable() or self._pulse.leaving_for() > GRACE_S:
                    raise
            self._pulse.broker = False
            self._away_at = time.monotonic()
            attempt += 1
            rest(self._pulse, attempt)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._membership = consumer.consumer_group_metadata()
        self._pulse.flowing = True
        self._next.clear()
        self._pulse.partitions = len(partitions)
        _log.info("%d partitions of %s are ours", len(partitions), self._wiring.orders)

    def _revoked(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """Partitions are to be given away, all of them: the next ones come with `_assigned`."""
        self._give_away(self._commit)

    def _lost(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        """Somebody else may have our partitions already."""
        _log.warning("our partitions went to others before we noticed")
        self._give_away(lambda: self._persist(lambda: self._producer.abort_transaction(CALL_S)))

    def _give_away(self, end: Callable[[], None]) -> None:
        try:
            if self._open:
                end()
        except KafkaException as error:
            # Not raised through the library: it would drop what it has fetched, and we would not know what.
            self._broken = error
        self._open = False
        self._clear()
        self._next.clear()
        self._pulse.partitions = 0

    def _not_delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and error.code() in _REFUSALS:
            self._refusal = f"The broker refuses the drink: {error.name()}."

    def _hear(self, error: KafkaError) -> None:
        """What the consumer says unasked."""
        if error.code() == KafkaError._FATAL:
            # There is one thing that a member cannot survive, and the library does not tell its name here.
            self._broken = KafkaException(KafkaError(KafkaError.FENCED_INSTANCE_ID, error.str()))
        else:
            _complain(error)

    def _look(self, text: str) -> None:
        """Read the library's own figures, once a second: is a broker there, how many orders wait."""
        figures = json.loads(text)
        brokers = figures["brokers"].values()
        self._pulse.broker = any(broker["state"] == "UP" for broker in brokers)
        if not self._pulse.broker:
            self._away_at = time.monotonic()
        partitions = figures["topics"].get(self._wiring.orders, {}).get("partitions", {})
        waiting = 0
        for number, partition in partitions.items():
            last = partition["ls_offset"] if partition["ls_offset"] >= 0 else partition["hi_offset"]
            position = self._next.get(int(number), partition["committed_offset"])
            if partition["desired"] and last >= 0 and position >= 0:
                waiting += max(0, last - position)
        self._pulse.lags(waiting)


_CONNECTION = {
    "socket.timeout.ms": SILENCE_S * 1000,
    "reconnect.backoff.max.ms": 2_000,
    "log.connection.close": False,
}
_LIBRARY = logging.getLogger("barista.librdkafka")
_complained: dict[int, float] = {}
"""When, by the error's code."""


Header = tuple[str, str | bytes | None]
_read_headers = methodcaller("headers")


def _headers(order: Message) -> list[Header]:
    """The order's headers; raises NotAnOrder where they are too many, or cannot be read.

    To be asked once: after a name that is not UTF-8 the client hands out tuples with a hole in them. It also
    leaves its exception pending, which a plain call of the method may not notice; one made in C does.
    """
    try:
        headers: list[Header] | None = _read_headers(order)
    except (UnicodeDecodeError, SystemError):
        raise NotAnOrder("A header of the order has a name that is not UTF-8.") from None
    if headers and len(headers) > MAX_HEADERS:
        raise NotAnOrder(f"The order has {len(headers)} headers, and {MAX_HEADERS} are allowed.")
    return headers or []


def _size(header: Header) -> int:
    """Bytes that the header takes in memory."""
    name, value = header
    return len(name) + len(value or b"") + HEADER_BYTES


def _place(message: Message) -> tuple[int, int]:
    """Partition and offset; a message without an error has both."""
    return message.partition(), message.offset()  # type: ignore[return-value]


def _complain(error: KafkaError) -> None:
    """Log what a client says unasked; it says the same ten times a second, so not all of it."""
    now = time.monotonic()
    if now - _complained.get(error.code(), float("-inf")) >= QUIET_S:
        _complained[error.code()] = now
        _log.warning("kafka: %s", error.str())


def _words(error: KafkaException) -> str:
    return f"{error.args[0].name()}: {error.args[0].str()}"


def rest(pulse: Pulse, attempt: int) -> None:
    """Wait a quarter of a second, with each attempt twice as long up to 8 s; less after the call to stop."""
    until = time.monotonic() + 0.125 * 2 ** min(attempt, 6)
    while True:
        pulse.turn()
        time.sleep(0.1)
        if pulse.leaving or time.monotonic() >= until:
            return
