"""One set of counters, for Prometheus; right with several workers, who share files in a folder."""

from __future__ import annotations

import os
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# With a folder each process writes its own file, and whoever is asked adds them up.
_registry = CollectorRegistry()

_requests = Counter(
    "tokonoma_requests", "Requests answered.", ["method", "route", "status"], registry=_registry
)
_duration = Histogram(
    "tokonoma_request_duration_seconds", "Time to an answer.", ["route"], buckets=_SECONDS, registry=_registry
)
_parts = Counter(
    "tokonoma_request_part_seconds",
    "Time spent in the parts of requests: auth, pool (waiting), hana, db (HANA's own count).",
    ["part"],
    registry=_registry,
)
_connections = Gauge(
    "tokonoma_hana_connections",
    "Open connections to HANA.",
    registry=_registry,
    multiprocess_mode="livesum",
)


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


@cache
def _counter(method: str, route: str, status: str) -> Counter:
    return _requests.labels(method, route, status)


@cache
def _timer(route: str) -> Histogram:
    return _duration.labels(route)


@cache
def _part(name: str) -> Counter:
    return _parts.labels(name)


def request_answered(method: str, route: str, status: str, seconds: float, parts: dict[str, float]) -> None:
    """Count one request; `route` is the rule that matched, so that callers cannot make up series."""
    _counter(method if method in _METHODS else "other", route, status).inc()
    _timer(route).observe(seconds)
    for name, spent in parts.items():
        _part(name).inc(spent)


_noted = -1


def connections(number: int) -> None:
    """Note how many connections this process has open."""
    global _noted  # noqa: PLW0603 - the gauge cannot be asked cheaply
    if number != _noted:
        _noted = number
        _connections.set(number)


def exposition() -> bytes:
    """Everything, of all workers, in Prometheus' text format."""
    registry = _registry
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
