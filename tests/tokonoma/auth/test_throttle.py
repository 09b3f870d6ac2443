"""Who waits after a refusal, and what the log says of it."""

from __future__ import annotations

import logging
import threading

import pytest

from tokonoma.auth import throttle as throttle_room
from tokonoma.auth.throttle import UNDELAYED, Throttle


class Pause:
    """Takes the place of `sleep`: ends when told to."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.seated = threading.Semaphore(0)

    def __call__(self, _seconds: float) -> None:
        self.seated.release()
        self.over.wait()


def test_a_few_refusals_a_second_are_not_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause()
    pause.over.set()
    monkeypatch.setattr(throttle_room, "sleep", pause)
    throttle = Throttle("token")
    for second in range(5):
        monkeypatch.setattr(throttle_room, "monotonic", lambda second=second: 1000.0 + second)
        for _ in range(UNDELAYED):
            throttle.refused("it is too long")
    assert not pause.seated.acquire(blocking=False)


def test_the_log_tells_each_reason_once_a_second_and_how_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(throttle_room, "sleep", lambda _seconds: None)
    throttle = Throttle("token")
    for moment, reason in ((1.0, "a"), (1.1, "a"), (1.2, "b"), (1.3, "a"), (2.5, "a"), (2.6, "b")):
        monkeypatch.setattr(throttle_room, "monotonic", lambda moment=moment: moment)
        throttle.refused(reason)
    assert caplog.messages == [
        "token refused: a",
        "token refused: b",
        "token refused: a (2 more since the last line)",
        "token refused: b",
    ]
