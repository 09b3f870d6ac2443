"""Counters that are noted at once and flushed in a while."""

from __future__ import annotations

import re
import threading
import time

import pytest
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tokonoma.telemetry import metrics
from tokonoma.telemetry.request_notes import RequestNotes


def notes(route: str, **parts: float) -> RequestNotes:
    """What a request to a route leaves behind."""
    found = RequestNotes()
    found.route, found.parts = route, parts
    return found


def samples(name: str) -> dict[tuple[str, ...], float]:
    """Values by label values, without counting first."""
    text = generate_latest(metrics._registry).decode()
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_what_nobody_asks_for_is_counted_all_the_same(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.flush()
    monkeypatch.setattr(metrics, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(metrics, "_flusher", None)
    place = ("GET", "/health", "200")
    before = samples("tokonoma_requests_total").get(place, 0)
    client.get("/health")
    until = time.monotonic() + 30
    while samples("tokonoma_requests_total").get(place, 0) == before and time.monotonic() < until:
        time.sleep(0.01)
    assert samples("tokonoma_requests_total")[place] == before + 1


def test_a_burst_is_counted_before_it_takes_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MAX_PENDING", 50)
    monkeypatch.setattr(metrics, "_flusher", threading.current_thread())
    for _ in range(200):
        metrics.count("GET", "200", 0.001, notes("/burst"))
    assert len(metrics._pending) <= 50
    assert samples("tokonoma_requests_total")["GET", "/burst", "200"] >= 150


def test_times_fall_into_the_buckets_that_the_library_would_choose() -> None:
    for seconds in (0.0, 0.002, 0.0021, 0.3, 30.0, 31.0):
        metrics.count("GET", "200", seconds, notes("/times", hana=seconds))
        metrics._duration.labels("/reference").observe(seconds)
    text = metrics.exposition().decode()
    mine = re.findall(r'duration_seconds_((?:bucket|count|sum)\{.*)route="/times"\} (.*)', text)
    assert mine == re.findall(r'duration_seconds_((?:bucket|count|sum)\{.*)route="/reference"\} (.*)', text)
    assert ("count{", "6.0") in mine


def test_methods_that_callers_make_up_are_one_series() -> None:
    for method in ("BREW", "WHEN", "get"):
        metrics.count(method, "405", 0.001, notes("/pot"))
    metrics.flush()
    assert samples("tokonoma_requests_total")["other", "/pot", "405"] == 3


def test_open_connections_are_counted(client: FlaskClient, alice: dict[str, str]) -> None:
    assert client.get("/", headers=alice).status_code == 200
    text = client.get("/metrics", headers=alice).text
    assert re.search(r"tokonoma_hana_connections(\{.*\})? [1-9]", text)


def test_rows_bytes_and_refusals_are_counted_by_door() -> None:
    before = samples("tokonoma_data_rows_total"), samples("tokonoma_data_bytes_total")
    page = notes("/tea")
    page.door, page.rows, page.size = "teahouse", 100, 5000
    refused = notes("/tea")
    refused.door, refused.refusals = "teahouse", ("query-invalid", "unknown-object", "query-invalid")
    for each in (page, page, refused):
        metrics.count("GET", "200", 0.001, each)
    metrics.flush()
    assert ("teahouse",) not in before[0]
    assert samples("tokonoma_data_rows_total")["teahouse",] == 200
    assert samples("tokonoma_data_bytes_total")["teahouse",] == 10_000
    assert samples("tokonoma_refusals_total")["teahouse", "query-invalid"] == 2
    assert samples("tokonoma_refusals_total")["teahouse", "unknown-object"] == 1
