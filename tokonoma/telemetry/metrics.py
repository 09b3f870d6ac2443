"""One set of counters, for Prometheus; right with several workers, who share files in a folder.

A request is only noted, and a thread counts what was noted once a second: the library takes a lock and writes
to a file for each number, seven of them a request.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import Counter as Tally
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from tokonoma.telemetry.request_notes import RequestNotes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
FLUSH_SECONDS = 1.0
"""How far the counters of another worker may be behind."""
MAX_PENDING = 10_000
"""Requests that are noted before the next one counts them itself."""
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_Noted = tuple[str, str, float, RequestNotes]
"""Method, status, seconds and notes of a request."""

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
_rows = Counter("tokonoma_data_rows", "Rows sent by the doors of the data.", ["door"], registry=_registry)
_bytes = Counter(
    "tokonoma_data_bytes",
    "Bytes sent by the doors of the data, without refusals and before any compression.",
    ["door"],
    registry=_registry,
)
_exports = Counter(
    "tokonoma_exports",
    "Exports that began, by their end: whole, failed, left (by the client).",
    ["door", "end"],
    registry=_registry,
)
_refusals = Counter(
    "tokonoma_refusals",
    "Errors answered, by the name of their problem; each part of a batch for itself.",
    ["door", "problem"],
    registry=_registry,
)
_connections = Gauge(
    "tokonoma_hana_connections",
    "Open connections to HANA.",
    registry=_registry,
    multiprocess_mode="livesum",
)

_pending: deque[_Noted] = deque()
_flushing = threading.Lock()
_flusher: threading.Thread | None = None
_open_connections: Callable[[], int] | None = None


def count(method: str, status: str, seconds: float, notes: RequestNotes) -> None:
    """Note one request; what its notes name is ours, so that callers cannot make up series."""
    _pending.append((method, status, seconds, notes))
    if _flusher is None:
        _start()
    if len(_pending) > MAX_PENDING:
        flush()


def count_piece(door: str, rows: int, size: int) -> None:
    """Count a piece of a streamed answer; they are so large that counting takes no time beside them."""
    _rows.labels(door).inc(rows)
    _bytes.labels(door).inc(size)


def count_export_end(door: str, end: str) -> None:
    """Count an export; `end` says how it ended."""
    _exports.labels(door, end).inc()


def count_connections_with(number: Callable[[], int]) -> None:
    """Name the function that tells how many connections this process has open."""
    global _open_connections  # noqa: PLW0603 - one process, one set of counters
    _open_connections = number


def flush() -> None:
    """Count what was noted."""
    with _flushing:
        noted = [_pending.popleft() for _ in range(len(_pending))]
        _count_requests(noted)
        _count_data([notes for *_, notes in noted])
        if _open_connections is not None:
            _connections.set(_open_connections())


def _count_requests(noted: Iterable[_Noted]) -> None:
    requests: Tally[tuple[str, str, str]] = Tally()
    durations: defaultdict[str, list[float]] = defaultdict(list)
    parts: Tally[str] = Tally()
    for method, status, seconds, notes in noted:
        requests[method if method in _METHODS else "other", notes.route, status] += 1
        durations[notes.route].append(seconds)
        for part, some in notes.parts.items():
            parts[part] += some  # type: ignore[assignment]
    for labels, number in requests.items():
        _requests.labels(*labels).inc(number)
    for route, several in durations.items():
        observe = _duration.labels(route).observe
        for seconds in several:
            observe(seconds)
    for part, total in parts.items():
        _parts.labels(part).inc(total)


def _count_data(noted: Iterable[RequestNotes]) -> None:
    rows: Tally[str] = Tally()
    sizes: Tally[str] = Tally()
    refusals: Tally[tuple[str, str]] = Tally()
    for notes in noted:
        if notes.size:
            rows[notes.door] += notes.rows
            sizes[notes.door] += notes.size
        for problem in notes.refusals:
            refusals[notes.door, problem] += 1
    for door, size in sizes.items():
        count_piece(door, rows[door], size)
    for labels, number in refusals.items():
        _refusals.labels(*labels).inc(number)


def exposition() -> bytes:
    """Everything, of all workers, in Prometheus' text format."""
    flush()
    registry = _registry
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _start() -> None:
    """Count once a second from now on; not earlier, because threads do not survive a fork."""
    global _flusher  # noqa: PLW0603 - one process, one set of counters
    with _flushing:
        if _flusher is None:
            _flusher = threading.Thread(target=_flush_for_ever, name="metrics", daemon=True)
            _flusher.start()
            atexit.register(flush)


def _flush_for_ever() -> None:
    while True:
        time.sleep(FLUSH_SECONDS)
        flush()
