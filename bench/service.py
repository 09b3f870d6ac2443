"""`python -m bench.service`: the service beside the tutorial's way and beside the limit, in one run.

What is compared with what, and why, stands in bench/README.md.
"""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL, Popen

import certifi
import psutil
from joserfc.jwk import RSAKey

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa

from .load import Load, load

TOOLS = Path(sys.executable).parent
ROUNDS = 7
SECONDS = 2.0
FORGED = 10_000


class Server:
    """A running program that serves, with all of its processes."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.started_in = 0.0
        self._root = psutil.Process(pid)

    def processes(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def memory(self) -> float:
        """MiB of proportional set size."""
        total: int = sum(process.memory_full_info().pss for process in self.processes())
        return total / 2**20

    def cpu(self) -> float:
        """Seconds of CPU that it has used so far, of user and system."""
        # Each process has a clock of its own, in nanoseconds; psutil counts hundredths of a second.
        return sum(time.clock_gettime((~process.pid << 3) | 2) for process in self.processes())


class Stage:
    """The local cloud, and what runs on it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.authority = authority = Authority()
        self.hana = stack.enter_context(LocalHana(authority=authority))
        self.router_ports = (free_port(), free_port())
        self.xsuaa = stack.enter_context(
            LocalXsuaa(
                PROJECT / "xs-security.json",
                authority=authority,
                redirect_uris=[f"http://localhost:{port}/**" for port in self.router_ports],
            )
        )
        self.root = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "authority.pem"
        # As in production: the whole list of public roots, which hdbcli reads for every connection.
        self.root.write_text(Path(certifi.where()).read_text() + authority.certificate)
        self._pyuaa = ("xsuaa", "application", self.xsuaa.binding())
        self.services = self.bound_to(self.hana)
        self.headers = {"Authorization": f"Bearer {self.xsuaa.token('alice', lifetime=7200)}"}

    def bound_to(self, hana: LocalHana) -> str:
        """The bindings with another HANA."""
        return cloudfoundry.vcap_services(
            {"pyhana": ("hana", "hdi-shared", hana.binding()), "pyuaa": self._pyuaa}
        )

    def start(self, command: str, path: str = "/health", services: str = "") -> Server:
        """A Python server, in the environment that the platform would give it."""
        port = free_port()
        composed = cloudfoundry.python_environment(port, services or self.services, self.root)
        return self._run(command, {**composed, "PYTHONPATH": str(PROJECT)}, PROJECT, port, path)

    def start_router(self, port: int, app: Server) -> Server:
        """The approuter in front of `app`."""
        services = cloudfoundry.vcap_services({"pyuaa": self._pyuaa})
        composed = cloudfoundry.router_environment(port, services, app.port)
        return self._run(cloudfoundry.router_line(), composed, PROJECT / "web", port, "/health")

    def _run(self, command: str, composed: dict[str, str], folder: Path, port: int, path: str) -> Server:
        began = time.perf_counter()
        process = Popen(  # noqa: S602 - our own commands
            command,
            shell=True,
            cwd=folder,
            env=cloudfoundry.process_environment(composed, TOOLS),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self._stack.callback(_end, process)
        server = Server(port, process.pid)
        while not _answers(port, path):
            time.sleep(0.01)
        server.started_in = time.perf_counter() - began
        return server


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return bool(connection.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: Popen[bytes]) -> None:
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for each in family:
        each.terminate()
    psutil.wait_procs(family, timeout=15)


def session_of(port: int) -> dict[str, str]:
    """The cookie of somebody who has signed in at the approuter."""
    from tests.chain.people import Person

    with Person(port) as person:
        person.sign_in("alice")
        return {"Cookie": str(person.get("/myapp/").request.headers["Cookie"]), "User-Agent": "Mozilla/5.0"}


def against(
    ours: Callable[[], Load], other: Callable[[], Load], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """Median rates of both, and the median of the rounds' ratios; taken in turn, so that noise meets both."""
    pairs = []
    for _ in range(rounds):
        theirs = other()
        mine = ours()
        assert mine.statuses.keys() == theirs.statuses.keys() == {"200"}, (mine.statuses, theirs.statuses)
        pairs.append((mine.rate, theirs.rate))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), ratio


def microseconds(call: Callable[[], object], times: int = 5000) -> float:
    """CPU time of one call, the best of five runs."""
    call()
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            call()
        best = min(best, (time.process_time() - began) / times)
    return best * 1e6


def gate_and_pool(stage: Stage) -> tuple[float, float]:
    """CPU microseconds of the gate with a remembered token, and of lending a pooled connection."""
    from tokonoma.auth.key_set import KeySet
    from tokonoma.auth.xsuaa import XsuaaGate
    from tokonoma.bindings import platform_environment, read_hana, read_xsuaa
    from tokonoma.hana.connector import Connector
    from tokonoma.hana.pool import Pool
    from tokonoma.settings import Settings

    os.environ.update(VCAP_SERVICES=stage.services, SSL_CERT_FILE=str(stage.root))
    bound = platform_environment()
    binding = read_xsuaa(bound)
    gate = XsuaaGate(binding, KeySet(binding, 12))
    hana = read_hana(bound)
    environ = {"HTTP_AUTHORIZATION": stage.headers["Authorization"]}
    pool = Pool(Connector(hana, Settings()), Settings())

    def lend() -> None:
        pool.release(pool.acquire(0))

    costs = microseconds(lambda: gate.identify(environ)), microseconds(lend)
    pool.close_idle()
    return costs


def flood(stage: Stage, server: Server) -> tuple[Load, Load, Load, Load]:
    """A valid caller alone, beside a flood of forged tokens, beside as many 404s; and the flood itself."""
    attacker = RSAKey.generate_key(2048)
    kinds: tuple[dict[str, str | None], ...] = ({"kid": "nobody"}, {"kid": None}, {"alg": "none"}, {})
    forged = [
        {"Authorization": f"Bearer {stage.xsuaa.mint(header=kinds[n % 4], key=attacker)}"}
        for n in range(FORGED)
    ]
    alone = load(server.port, stage.headers, connections=1, seconds=5)
    attacks: list[Load] = []
    attacking = threading.Thread(
        target=lambda: attacks.append(load(server.port, forged, connections=8, seconds=300, requests=FORGED))
    )
    attacking.start()
    beside = load(server.port, stage.headers, connections=1, seconds=5)
    attacking.join()
    [attack] = attacks
    assert attack.statuses.keys() == {"401"}, attack.statuses
    others = threading.Thread(
        target=lambda: load(server.port, {}, path="/nowhere", connections=8, seconds=6, rate=attack.rate)
    )
    others.start()
    control = load(server.port, stage.headers, connections=1, seconds=5)
    others.join()
    return alone, beside, control, attack


def main() -> None:
    rows: list[tuple[str, str, str, str]] = []
    with ExitStack() as stack:
        stage = Stage(stack)
        tutorial = stage.start("exec python -m bench.tutorial", path="/")
        bare = stage.start("exec gunicorn -c bench/gunicorn_bare.py bench.bare:app")
        ours = stage.start(cloudfoundry.procfile_line())

        def asking(server: Server) -> Callable[[], Load]:
            return lambda: load(server.port, stage.headers, seconds=SECONDS)

        mine, theirs, ratio = against(asking(ours), asking(tutorial), rounds=3)
        rows.append(
            ("GET / against the tutorial's way", f"{mine:.0f}/s, {theirs:.0f}/s", f"{ratio:.1f}", "≥ 40")
        )
        cpu = (ours.cpu(), bare.cpu())
        mine, theirs, ratio = against(asking(ours), asking(bare))
        rows.append(("GET / against a bare view", f"{mine:.0f}/s, {theirs:.0f}/s", f"{ratio:.2f}", "≥ 0.90"))
        spent = [
            (s.cpu() - c) / (r * SECONDS * ROUNDS) * 1e6
            for s, c, r in zip((ours, bare), cpu, (mine, theirs), strict=True)
        ]
        rows.append(
            (
                "CPU of its processes a request",
                f"{spent[0]:.0f} µs, {spent[1]:.0f} µs",
                f"{spent[0] / spent[1]:.2f}",
                "",
            )
        )

        routed = [
            stage.start_router(port, app) for port, app in zip(stage.router_ports, (ours, bare), strict=True)
        ]
        sessions = [session_of(router.port) for router in routed]

        def through(place: int) -> Callable[[], Load]:
            return lambda: load(routed[place].port, sessions[place], path="/myapp/", seconds=SECONDS)

        mine, theirs, ratio = against(through(0), through(1))
        rows.append(
            ("the same through the approuter", f"{mine:.0f}/s, {theirs:.0f}/s", f"{ratio:.2f}", "≥ 0.95")
        )

        gate, pool = gate_and_pool(stage)
        rows.append(("gate, remembered token", f"{gate:.1f} µs", "", "< 20 µs"))
        rows.append(("pool, lend and return", f"{pool:.1f} µs", "", "< 40 µs"))
        alone, beside, control, attack = flood(stage, ours)
        rows.append(
            (
                f"p99 of a valid caller beside {FORGED} forged tokens ({attack.rate:.0f}/s)",
                f"{beside.p99:.1f} ms, {alone.p99:.1f} ms",
                f"{beside.p99 / alone.p99:.2f}",
                "≤ 2",
            )
        )
        rows.append(
            (
                "the same beside as many requests for /nowhere",
                f"{control.p99:.1f} ms, {alone.p99:.1f} ms",
                f"{control.p99 / alone.p99:.2f}",
                "",
            )
        )
        rows.append(
            (
                "and what remains of his requests meanwhile",
                f"{beside.rate:.0f}/s, {alone.rate:.0f}/s",
                f"{beside.rate / alone.rate:.2f}",
                "",
            )
        )
        rows.append(("memory after load, all processes", f"{ours.memory():.0f} MiB", "", "< 100 MiB"))
        rows.append(("start to the first answer", f"{ours.started_in:.2f} s", "", "< 2 s"))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
