"""Starts real programs for tests, and gets rid of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from localcloud import cloudfoundry

TOOLS = Path(sys.executable).parent
PATIENCE = 60


def skip_or_fail(reason: str) -> None:
    """Skip where a tool may be missing; in CI nothing may be."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def needs_node() -> None:
    """Node and the approuter, or a sentence about how to get them."""
    path = f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"
    router = cloudfoundry.PROJECT / "web" / "node_modules" / "@sap" / "approuter"
    if shutil.which("node", path=path) is None or not router.exists():
        skip_or_fail("Node or web/node_modules is missing; `make test` installs both")


class Program:
    """A running program, its address and everything that it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process = process
        self.port = port
        self._output = output

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def wait_until_it_answers(self, path: str = "/health") -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        pytest.fail(f"it does not answer; it printed:\n{self.output}")

    def wait_until_it_says(self, words: str) -> None:
        """Wait for words in what it prints."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.output:
            if time.monotonic() > deadline:
                pytest.fail(f"it does not say {words!r}; it printed:\n{self.output}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to stop as a platform does, wait, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """End it and all that it started: `node` may be a script that starts the real one."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def measured() -> dict[str, str]:
    """The variables by which programs take part in a measurement of coverage; none where there is none."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS_")}


@contextmanager
def running(
    command: str, environment: Mapping[str, str], folder: Path, output: Path, port: int
) -> Iterator[Program]:
    """Run a shell command until the block ends; nothing of it is left behind."""
    with output.open("wb") as sink:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            env=cloudfoundry.process_environment({**measured(), **environment}, TOOLS),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        program = Program(process, port, output)
        try:
            yield program
        finally:
            program.end()
