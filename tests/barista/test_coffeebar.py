"""`make barista`: the bar opens, serves what was ordered, and closes in order."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from localcloud.cloudfoundry import PROJECT

CLOSED = re.compile(
    r"The bar is closed: (\d+) orders, (\d+) hot and (\d+) cold drinks, (\d+) dead letters, "
    r"nobody still waiting\."
)


def line_of_the_makefile() -> list[str]:
    """What `make barista` runs after it has installed what it needs."""
    text = (PROJECT / "Makefile").read_text()
    [line] = re.findall(
        r"^barista:.*\n(?:\t.*\n)*?\t@exec \$\(BIN\)/python (.*) \$\(ARGS\)$", text, re.MULTILINE
    )
    return [sys.executable, *line.split()]


@pytest.mark.parametrize("arguments", ["", "--rate 5000"])  # make barista ARGS="--rate 5000"
def test_everybody_has_a_drink_when_ctrl_c_closes_the_bar(arguments: str, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with output.open("wb") as sink:
        bar = subprocess.Popen(
            [*line_of_the_makefile(), *arguments.split()], cwd=PROJECT, stdout=sink, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + 60
    while " hot   ♨" not in output.read_text() and bar.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    worker = psutil.Process(bar.pid).children()
    bar.send_signal(signal.SIGINT)
    assert bar.wait(60) == 0
    said = CLOSED.search(output.read_text())
    assert said, output.read_text()
    orders, hot, cold, dead = map(int, said.groups())
    assert orders == hot + cold + dead
    assert min(hot, cold, dead) > 0
    assert len(worker) == 1
    assert not worker[0].is_running()


def test_it_closes_by_itself_when_told_how_long() -> None:
    command = [*line_of_the_makefile(), "--seconds", "1", "--rate", "100"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert CLOSED.search(done.stdout)


@pytest.mark.parametrize("rate", ["0", "-1", "many", "1" * 40, "00000019999999"])
def test_a_rate_that_is_none_is_refused_in_a_sentence(rate: str) -> None:
    command = [*line_of_the_makefile(), f"--rate={rate}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "is not a number from 1 to 1000000" in done.stderr
    assert "Traceback" not in done.stderr
