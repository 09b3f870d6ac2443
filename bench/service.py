"""`python -m bench.service`: the service beside the tutorial's way and beside the limit, in one run.

Prints a table of ratios; what is compared with what stands in bench/README.md.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen

import psutil

from localcloud import platform
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.platform import PROJECT, free_port
from localcloud.xsuaa.local import LocalXsuaa

from .load import Load, load

TOOLS = Path(sys.executable).parent
ROUNDS = 5


class Stage:
    """The local cloud, and what runs on it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        authority = Authority()
        self.hana = stack.enter_context(LocalHana(authority=authority))
        self.xsuaa = stack.enter_context(LocalXsuaa(PROJECT / "xs-security.json", authority=authority))
        self._root = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "authority.pem"
        self._root.write_text(authority.certificate)
        pyuaa = ("xsuaa", "application", self.xsuaa.binding())
        self._services = platform.vcap_services(
            {"pyhana": ("hana", "hdi-shared", self.hana.binding()), "pyuaa": pyuaa}
        )
        self.headers = {"Authorization": f"Bearer {self.xsuaa.token('alice', lifetime=7200)}"}

    def start(self, command: str, path: str = "/health") -> "Server":
        port = free_port()
        composed = platform.python_environment(port, self._services, self._root)
        return self._run(command, {**composed, "PYTHONPATH": str(PROJECT)}, PROJECT, port, path)

    def _run(self, command: str, composed: dict[str, str], folder: Path, port: int, path: str) -> "Server":
        began = time.perf_counter()
        process = Popen(  # noqa: S602 - our own commands
            command,
            shell=True,
            cwd=folder,
            env=platform.process_environment(composed, TOOLS),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self._stack.callback(_end, process)
        server = Server(port, process.pid)
        while not _answers(port, path):
            time.sleep(0.01)
        server.started_in = time.perf_counter() - began
        return server


class Server:
    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self.started_in = 0.0

    def memory(self) -> float:
        """MiB of proportional set size, over all of its processes."""
        root = psutil.Process(self.pid)
        return sum(p.memory_full_info().pss for p in [root, *root.children(recursive=True)]) / 2**20


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
