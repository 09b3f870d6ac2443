"""What a large schema costs: reading its catalogue, its `$metadata`, and what one request looks up of it."""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from tokonoma.bindings import HanaBinding
from tokonoma.data import catalogue
from tokonoma.data.plan import Options
from tokonoma.data.policy.access import AccessControl, Applied, apply
from tokonoma.data.policy.file import Policy, parse
from tokonoma.data.reader import Reader
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

from .readings import COLUMNS, LARGE_POLICY, OBJECTS, POLICY, SHOWN, make_tables
from .service import Stage

Row = Callable[..., None]
CALLS = 5000
METADATA_ROUNDS = 50
SPIN = 0.0005


@dataclass(frozen=True)
class Asker:
    """Holds the scope of viewers."""

    name: str = "alice"
    id: str = "1-2-3"
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, scope: str) -> bool:
        return scope.endswith(".Display")


def measure_plan(stage: Stage, row: Row) -> None:
    """What policy and plan of a request cost that was seen before, of a grant with a condition."""
    schema = Schema(_bound(stage.hana), Settings())
    policy = parse(POLICY)
    reader = Reader(_control(policy, schema, stage.hana.schema), schema, b"a secret of more than 16")
    asker = Asker()
    options = Options(filter="AMOUNT gt 100 and contains(NAME,'7')", orderby="DAY desc,NAME", count=True)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(CALLS):
            reader.check(asker, reader.control.object(asker, "READING"), options)
        best = min(best, (time.perf_counter() - began) / CALLS)
    schema.close()
    row("policy and plan of a request seen before", f"{best * 1e6:.0f} µs", hold="< 100 µs")


def measure(row: Row) -> None:
    """The catalogue and `$metadata` of a large schema."""
    with ExitStack() as stack:
        stage = Stage(stack)
        hana = stack.enter_context(LocalHana(authority=stage.authority, schema="LARGE"))
        make_tables(hana)
        told = json.dumps(_binding(hana))
        done = subprocess.run(
            [sys.executable, "-m", "bench.schema_size"],
            input=told,
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, first, again, pause = json.loads(done.stdout)
        row(f"catalogue of {OBJECTS:,} tables of {COLUMNS} columns", f"{seconds:.1f} s", hold="< 3 s")
        row("its memory, at the most while it is read", f"{first:.0f} MiB", hold="<= 40 MiB")
        row("the same while an older one serves", f"{again:.0f} MiB more")
        row("longest pause of another thread meanwhile", f"{pause * 1e3:.0f} ms")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = folder / "policy.toml"
        policy.write_text(LARGE_POLICY)
        command = f"export TOKONOMA_POLICY={policy}; {cloudfoundry.procfile_line()}"
        service = stage.start(command, services=stage.bound_to(hana))
        spent, size = _metadata(service.port, stage.headers)
        row(f"$metadata of {SHOWN} tables ({size / 1e6:.1f} MB)", f"{spent * 1e3:.1f} ms", hold="< 5 ms")
        row("memory of two workers beside it", f"{service.memory():.0f} MiB PSS")


def _metadata(port: int, headers: dict[str, str]) -> tuple[float, int]:
    """The median until the document is there whole, and its size; each worker has written it before."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    spent: list[float] = []
    size = 0
    while len(spent) < METADATA_ROUNDS:
        began = time.perf_counter()
        connection.request("GET", "/odata/$metadata", headers=headers)
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status == 503 and not spent:  # a worker still reads its catalogue
            time.sleep(0.5)
            continue
        assert answer.status == 200, answer.status
        spent.append(time.perf_counter() - began)
    connection.close()
    return statistics.median(spent), size


def _binding(hana: LocalHana) -> dict[str, str | int]:
    return {
        "name": "pyhana",
        "host": "127.0.0.1",
        "port": hana.port,
        "user": hana.user,
        "password": hana.password,
        "schema": hana.schema,
        "certificate": hana.certificate,
    }


def _bound(hana: LocalHana) -> HanaBinding:
    return HanaBinding(**_binding(hana))  # type: ignore[arg-type]


def _control(policy: Policy, schema: Schema, name: str) -> AccessControl:
    def load() -> Applied:
        return apply(policy, catalogue.read(schema.rows, name, policy.names), schema.select)

    return AccessControl(policy, "xsuaa", load)


# In a process of its own, whose memory is nobody else's ---------------------------------------------


def _read_twice(binding: HanaBinding) -> tuple[float, float, float, float]:
    """Seconds, MiB at the most of a first and of a second reading, and another thread's longest pause."""
    schema = Schema(binding, Settings())
    schema.select("SELECT 1 FROM DUMMY")
    before = psutil.Process().memory_info().rss / 2**20
    longest, is_over = 0.0, threading.Event()

    def spin() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not is_over.is_set():
            time.sleep(SPIN)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    other = threading.Thread(target=spin)
    other.start()
    kept, peaks, seconds = [], [], []
    for _ in range(2):
        Path("/proc/self/clear_refs").write_text("5")  # forget the highest resident set
        began = time.perf_counter()
        kept.append(catalogue.read(schema.rows, binding.schema))
        seconds.append(time.perf_counter() - began)
        peaks.append(_highest() - before)
    is_over.set()
    other.join()
    assert all(len(each.tables) == OBJECTS for each in kept)
    schema.close()
    return max(seconds), peaks[0], peaks[1], longest


def _highest() -> float:
    """MiB of the highest resident set."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [kibibytes] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(kibibytes) / 1024


if __name__ == "__main__":
    print(json.dumps(_read_twice(HanaBinding(**json.load(sys.stdin)))))
