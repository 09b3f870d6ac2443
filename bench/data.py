"""`python -m bench.data`: the doors of the data beside bare views that send the same bytes, in one run.

What is compared with what, and why, stands in bench/README.md.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from localcloud import cloudfoundry

from . import schema_size
from .load import load
from .readings import POLICY, ROWS, fill
from .service import Server, Stage

ROUNDS = 5
REQUESTS = {"plain": 300, "filtered": 40}
"""Of one round of pages; for filtered ones the local HANA looks through all rows."""
PAGES = {
    "plain": "/odata/READING",
    "filtered": "/odata/READING?$count=true&$orderby=DAY%20desc,NAME&$filter="
    + quote("AMOUNT gt 100 and contains(NAME,'7')"),
}
"""The addresses at the service, by the path at the bare view."""
BARE = "exec gunicorn -c bench/gunicorn_bare.py bench.bare:app"


def main() -> None:
    print("| what | service | beside it | ratio | to hold |\n|---|---|---|---|---|")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy, heads = folder / "policy.toml", folder / "heads.json"
        policy.write_text(POLICY)
        stage = Stage(stack)
        fill(stage.hana)
        service = stage.start(f"export TOKONOMA_POLICY={policy}; {cloudfoundry.procfile_line()}")
        asks = Asks(service, stage.headers)
        pages = {path: asks.body(address) for path, address in PAGES.items()}
        heads.write_text(json.dumps({path: _head(body) for path, body in pages.items()}))
        bare = stage.start(f"export BARE_HEADS={heads}; {BARE}")
        for path, body in pages.items():
            assert Asks(bare, {}).body(f"/{path}") == body, "the bare view sends other bytes"
        for path, name in (
            ("plain", "page of 100 rows"),
            ("filtered", "the same, filtered, ordered, counted"),
        ):
            _pages(name, asks.path(PAGES[path]), Asks(bare, {}).path(f"/{path}"), REQUESTS[path])
        _next_pages(asks)
        _exports(stage, service, bare)
        row("memory of two workers after all of this", f"{service.memory():.0f} MiB PSS", hold="<= 115 MiB")
        schema_size.measure_plan(stage, row)
    schema_size.measure(row)


def row(what: str, service: str, beside: str = "", ratio: str = "", hold: str = "") -> None:
    """Print one row of the table."""
    print(f"| {what} | {service} | {beside} | {ratio} | {hold} |", flush=True)


@dataclass(frozen=True)
class Asks:
    """Asks a server for bodies, and measures what its processes spend on one address."""

    server: Server
    headers: dict[str, str]
    address: str = ""

    def path(self, address: str) -> Asks:
        return Asks(self.server, self.headers, address)

    def body(self, address: str, **headers: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("GET", address, headers=self.headers | headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, (answer.status, body)
        return body

    def spend(self, requests: int = REQUESTS["plain"]) -> tuple[float, float]:
        """CPU of the server a request, and the median until the answer, both in ms."""
        cpu = self.server.cpu()
        found = load(
            self.server.port, self.headers, path=self.address, connections=2, seconds=120, requests=requests
        )
        assert found.statuses == {"200": sum(found.statuses.values())}, found.statuses
        return (self.server.cpu() - cpu) / sum(found.statuses.values()) * 1e3, found.p50


def in_turns(*asked: Callable[[], tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """What each of several measured in each round; the first round opens connections and does not count."""
    rounds = [[each() for each in asked] for _ in range(ROUNDS + 1)][1:]
    return [list(each) for each in zip(*rounds, strict=True)]


def _ratio(ours: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]], place: int) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(one[place] / other[place] for one, other in zip(ours, theirs, strict=True))


def _median(measured: Sequence[tuple[float, ...]], place: int) -> float:
    return statistics.median(each[place] for each in measured)


def _head(body: bytes) -> dict[str, dict[str, Any]]:
    """What of a page stands before its rows, and behind them."""
    pairs = list(json.loads(body).items())
    place = [name for name, _ in pairs].index("value")
    before = {name: value for name, value in pairs[:place] if name != "@odata.count"}
    return {"before": before, "behind": dict(pairs[place + 1 :])}


def _pages(name: str, service: Asks, bare: Asks, requests: int) -> None:
    ours, theirs = in_turns(partial(service.spend, requests), partial(bare.spend, requests))
    row(
        f"{name}: CPU a request",
        f"{_median(ours, 0):.2f} ms",
        f"bare {_median(theirs, 0):.2f} ms",
        f"{_ratio(ours, theirs, 0):.2f}",
        "<= 1.25",
    )
    row("its median latency", f"{_median(ours, 1):.1f} ms", f"bare {_median(theirs, 1):.1f} ms")


def _next_pages(asks: Asks) -> None:
    """The page behind row 100 beside the page behind row 49,900, by next links."""
    first = urljoin("/odata/", json.loads(asks.body(PAGES["plain"]))["@odata.nextLink"])
    address, seen = PAGES["plain"], 0
    while seen < ROWS - 100:
        size = 1000 if seen < ROWS - 1000 else 100
        page = json.loads(asks.body(address, Prefer=f"maxpagesize={size}"))
        address = urljoin("/odata/", page["@odata.nextLink"])
        seen += len(page["value"])
    last = json.loads(asks.body(address))["value"]
    assert (len(last), last[-1]["ID"]) == (100, ROWS - 1)
    far, near = in_turns(asks.path(address).spend, asks.path(first).spend)
    row(
        "next page behind row 49,900: CPU a request",
        f"{_median(far, 0):.2f} ms",
        f"behind row 100 {_median(near, 0):.2f} ms",
        f"{_ratio(far, near, 0):.2f}",
        "<= 1.2",
    )
    row(
        "its median latency, the local HANA's work included",
        f"{_median(far, 1):.1f} ms",
        f"behind row 100 {_median(near, 1):.1f} ms",
        f"{_ratio(far, near, 1):.2f}",
        "<= 1.2",
    )


def _exports(stage: Stage, service: Server, bare: Server) -> None:
    ours, theirs = [], []
    for turn in range(ROUNDS + 1):
        one = _download(bare, "/csv", {})
        other = _download(service, "/data/READING.csv", stage.headers)
        if turn:  # the first one opens connections
            theirs.append(one)
            ours.append(other)
    for place, what, form, hold in (
        (0, f"CSV of {ROWS:,} rows, MB/s", ".1f", ">= 0.8 and 5 MB/s"),
        (1, "the same, rows/s", ",.0f", ""),
        (2, "its CPU, s", ".2f", ""),
    ):
        mine, his = (statistics.median(each[place] for each in several) for several in (ours, theirs))
        ratio = statistics.median(one[place] / other[place] for one, other in zip(ours, theirs, strict=True))
        row(what, f"{mine:{form}}", f"bare {his:{form}}", f"{ratio:.2f}", hold)
    lines = [_download(service, "/data/READING.jsonl", stage.headers) for _ in range(ROUNDS)]
    row("JSON Lines, MB/s", f"{_median(lines, 0):.1f}")


def _download(server: Server, path: str, headers: dict[str, str]) -> tuple[float, float, float]:
    """MB/s, rows/s and CPU seconds of one download."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    cpu, began = server.cpu(), time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    size = rows = 0
    while piece := answer.read(1 << 18):
        size += len(piece)
        rows += piece.count(b"\n")
    spent = time.perf_counter() - began
    connection.close()
    assert answer.status == 200, answer.status
    assert ROWS <= rows <= ROWS + 1, rows
    return size / 1e6 / spent, rows / spent, server.cpu() - cpu


if __name__ == "__main__":
    main()
