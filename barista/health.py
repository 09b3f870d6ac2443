"""The state of the barista: whether it is alive and ready, and its counters."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tokonoma.health_document import DOWN, OUT_OF_SERVICE, UP

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Health:
    """The state. The loop's thread writes it, the actuator's read it, one field at a time: no lock needed."""

    def __init__(self, stuck_s: float) -> None:
        self.stuck_s = stuck_s
        """Seconds that the loop may stand still and count as alive."""
        self._turned = time.monotonic()
        self.broker = False
        """Whether a broker answers."""
        self.partitions = 0
        """How many are assigned to this instance."""
        self.has_joined = False
        """Whether this process has been a member of its group."""
        self.committing = True
        """Whether the last transaction was committed."""
        self._stopped = 0.0

        self._registry = CollectorRegistry()
        self._consumed = self._counter("consumed", "Orders in committed transactions.")
        self._hot = self._counter("hot", "Hot drinks served.")
        self._cold = self._counter("cold", "Cold drinks served.")
        self._dead = self._counter("dead_lettered", "Orders for which there was no drink.")
        self._aborted = self._counter("aborted_transactions", "Transactions that were aborted.")
        self._lag = Gauge("barista_lag", "Orders that wait in our partitions.", registry=self._registry)
        self._seconds = Histogram(
            "barista_transaction_seconds",
            "From a transaction's first order to its commit.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def _counter(self, name: str, sentence: str) -> Counter:
        return Counter(f"barista_{name}", sentence, registry=self._registry)

    def stop(self) -> None:
        """Note that the process has been told to stop."""
        self._stopped = self._stopped or time.monotonic()

    @property
    def stopping(self) -> bool:
        """Whether the process has been told to stop."""
        return self._stopped > 0

    def stopping_for(self) -> float:
        """Seconds since the process was told to stop; 0 if it was not."""
        return time.monotonic() - self._stopped if self._stopped else 0.0

    def turned(self) -> None:
        """Note that the loop has come round: it does not hang."""
        self._turned = time.monotonic()

    def committed(self, hot: int, cold: int, dead: int, seconds: float) -> None:
        """Count a committed transaction: its drinks, its dead letters, and the seconds it took."""
        self.committing = True
        self._consumed.inc(hot + cold + dead)
        self._hot.inc(hot)
        self._cold.inc(cold)
        self._dead.inc(dead)
        self._seconds.observe(seconds)

    def aborted(self) -> None:
        """Count an aborted transaction."""
        self.committing = False
        self._aborted.inc()

    def set_lag(self, orders: int) -> None:
        """Note how many orders wait in our partitions."""
        self._lag.set(orders)

    def is_alive(self) -> bool:
        """Whether the loop has turned within the time that it may stand still."""
        return time.monotonic() - self._turned < self.stuck_s

    def components(self) -> dict[str, str]:
        """The status of each component: UP, DOWN, or OUT_OF_SERVICE for a process that is about to stop."""
        return {
            "broker": _status(self.broker),
            "assignment": _status(self.partitions > 0),
            "transactions": _status(self.committing),
            "loop": _status(self.is_alive()),
            "process": OUT_OF_SERVICE if self.stopping else UP,
        }

    def exposition(self) -> bytes:
        """The counters in Prometheus' text format."""
        return generate_latest(self._registry)


def _status(up: bool) -> str:
    return UP if up else DOWN
