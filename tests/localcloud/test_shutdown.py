"""Requests to shut down reach the thread that waits for them."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from localcloud.shutdown import Shutdown, ShutdownRequested

# Two threads that want Python's lock make the moment long in which a signal wakes nobody.
_WAITS = """
import threading
from localcloud.shutdown import Shutdown, ShutdownRequested

def busy():
    while True:
        sum(range(1000))

for _ in range(2):
    threading.Thread(target=busy, daemon=True).start()
shutdown = Shutdown()
shutdown.listen()
while True:
    print(flush=True)
    try:
        shutdown.wait()
    except ShutdownRequested:
        pass
"""


def test_every_signal_ends_a_wait_whenever_it_comes() -> None:
    chance = random.Random(7)  # noqa: S311 - moments, no secrets
    with subprocess.Popen([sys.executable, "-c", _WAITS], stdout=subprocess.PIPE) as waiting:
        assert waiting.stdout
        for _ in range(60):
            assert waiting.stdout.readline() == b"\n"
            time.sleep(chance.random() / 50)
            waiting.send_signal(signal.SIGTERM)
        assert waiting.stdout.readline() == b"\n"
        waiting.kill()


def test_a_wait_for_some_time_ends_without_a_request() -> None:
    shutdown = Shutdown()
    shutdown.wait(0)
    shutdown.request("The part has stopped.")
    with pytest.raises(ShutdownRequested) as raised:
        shutdown.wait()
    assert raised.value.reason == "The part has stopped."
    shutdown.wait(0.01)
