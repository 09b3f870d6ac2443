"""A flood of one kind of lines leaves room for the others, and what was left out is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import yaml

from tests.tokonoma.telemetry.test_log_lines import message_record, request_record
from tokonoma.telemetry import log_rate
from tokonoma.telemetry.log_rate import MAX_KINDS, SHARE, LogRate

PROJECT = Path(__file__).parents[3]


class Clock:
    """Seconds that pass when the test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(log_rate, "monotonic", clock)
    return clock


def written(rate: LogRate, record: logging.LogRecord, times: int, size: int = 1000) -> int:
    """How many of so many equal lines are written."""
    number = 0
    for _ in range(times):
        if rate.admits(record):
            rate.count(record, size)
            number += 1
    return number


def test_the_manifests_allow_four_such_floods() -> None:
    for name in ("manifest.yml", "deploy/docker/manifest.yml", "deploy/cloudfoundry/internal-route.yml"):
        [app] = [
            app
            for app in yaml.safe_load((PROJECT / name).read_text())["applications"]
            if app["name"] == "myapp"
        ]
        allowed = {each["log-rate-limit-per-second"] for each in app.get("processes", [app])}
        assert allowed == {f"{SHARE * 4 // 1024}K"}


def test_requests_of_unknown_callers_are_bounded_together(clock: Clock) -> None:
    rate = LogRate()
    assert written(rate, request_record("/a"), 1000) == SHARE // 1000 + 1
    assert written(rate, request_record("/b", method="POST"), 1000) == 0


def test_a_known_callers_request_always_gets_its_line(clock: Clock) -> None:
    rate = LogRate()
    written(rate, request_record(), 1000)
    assert written(rate, request_record(user_id="alice"), 1000) == 1000


def test_messages_are_bounded_by_their_words(clock: Clock) -> None:
    rate = LogRate()
    assert written(rate, message_record("a client is slow"), 1000) == SHARE // 1000 + 1
    assert written(rate, message_record("HANA is away"), 1) == 1


def test_messages_that_are_all_different_are_bounded_too(clock: Clock) -> None:
    rate = LogRate()
    number = sum(written(rate, message_record(f"a client said {n}"), 1) for n in range(1000))
    assert number <= MAX_KINDS + SHARE // 1000 + 1


def test_workers_share(clock: Clock) -> None:
    assert written(LogRate(8), request_record(), 1000) == SHARE // 8 // 1000 + 1
    assert written(LogRate(32), request_record(), 1000, size=4000) == 1


def test_the_next_second_begins_anew_and_tells_what_was_left_out(clock: Clock) -> None:
    rate = LogRate()
    assert rate.report() == []
    left_out = 1000 - written(rate, message_record("a client is slow"), 1000)
    assert rate.report() == []
    clock.now += 1
    [report] = rate.report()
    assert report.getMessage().startswith(f"{left_out} log lines were left out")
    assert report.getMessage().endswith("tokonoma.test: a client is slow")
    assert rate.report() == []
    assert written(rate, message_record("a client is slow"), 1) == 1
