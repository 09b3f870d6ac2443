"""One line a request, whole and readable, whatever others send at the same time."""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.programs import Program
from tests.tokonoma.wsgi.conftest import Serve
from tokonoma.telemetry.log_lines import LINE_BYTES
from tokonoma.telemetry.log_rate import SHARE

FLOODERS = 8
SECONDS = 4
LEAST = 50
"""So many are sent by each, however slow the machine is: more than a second's share of the log."""
ALICES = 100
SLOW_READER = "import os, time\nwhile b := os.read(0, 16384): os.write(1, b); time.sleep(0.05)"
FORGED = "12:00:00 200 GET /admin  0.10 ms"


@pytest.fixture(params=["json", "text"])
def flooded(
    request: pytest.FixtureRequest, serve: Serve, alice: dict[str, str]
) -> Iterator[tuple[str, Program, float]]:
    """The service behind a slow pipe, after eight callers sent long paths without a pause, beside alice."""
    before = f"export TOKONOMA_LOGS={request.param};"
    options = f"| exec {sys.executable} -c {shlex.quote(SLOW_READER)}"
    with serve(before=before, options=options) as program:
        address = f"http://127.0.0.1:{program.port}/"
        path = "%01" * 1300 + "%0a" + FORGED.replace(" ", "%20") + "%0a" + "%e2%80%a8" * 400
        began = time.monotonic()

        def flood(number: int) -> None:
            sent = 0
            with requests.Session() as session:
                while time.monotonic() - began < SECONDS or sent < LEAST:
                    assert session.get(f"{address}{number}{path}", timeout=30).status_code == 404
                    sent += 1

        with ThreadPoolExecutor(FLOODERS) as pool:
            floods = [pool.submit(flood, number) for number in range(FLOODERS)]
            with requests.Session() as session:
                for _ in range(ALICES):
                    assert session.get(address, headers=alice, timeout=30).status_code == 200
            for each in floods:
                each.result()
        took = time.monotonic() - began
        time.sleep(1.5)  # the next second tells what was left out, and the pipe empties itself
        requests.get(f"{address}health", timeout=30)
        while "GET /health" not in program.output[-300:] and '"/health"' not in program.output[-900:]:
            time.sleep(0.05)
        yield str(request.param), program, took


def test_a_flood_of_long_paths_breaks_no_line_and_costs_nobody_a_line(
    flooded: tuple[str, Program, float],
) -> None:
    form, program, took = flooded
    lines = program.output.splitlines(keepends=True)
    assert all(len(line.encode()) <= LINE_BYTES for line in lines)
    if form == "json":
        entries = [json.loads(line) for line in lines]
        served = [entry for entry in entries if entry["type"] == "request" and entry["user_id"] != "-"]
        assert len(served) == ALICES
        assert any("log lines were left out" in entry["msg"] for entry in entries if entry["type"] == "log")
    else:
        assert all(re.match(r"\d\d:\d\d:\d\d (\d\d\d [A-Z]+ /|[a-z]+: )", line) for line in lines)
        assert sum(" 200 GET /  " in line for line in lines) == ALICES
        assert not any(line.startswith(FORGED) for line in lines)
    unknown = [line for line in lines if "/0" in line or "404" in line]
    assert unknown
    assert sum(map(len, unknown)) <= (SHARE + 2 * LINE_BYTES) * (took + 2)
