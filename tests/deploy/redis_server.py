"""A real Redis for tests: TLS and a password, as the platform's has them, and nothing on the disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.ports import LOOPBACK, free_port
from tests.programs import skip_or_fail

PASSWORD = "not-a-secret-of-anybody"


class Redis:
    """A redis-server on one port; it can be stopped, started again, empty, and asked."""

    def __init__(self, command: list[str], port: int, root: Path, log: Path) -> None:
        self._command = command
        self._port = port
        self._root = root
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def binding(self) -> dict[str, Any]:
        """What `redis-cache` puts into a binding."""
        return {
            "cluster_mode": False,
            "hostname": "localhost",
            "port": self._port,
            "password": PASSWORD,
            "tls": True,
            "uri": f"rediss://:{PASSWORD}@localhost:{self._port}",
        }

    def ask(self, *command: str) -> list[str]:
        """The lines that redis-cli prints for a command."""
        client = ["redis-cli", "-h", "localhost", "-p", str(self._port), "--tls", "--cacert", str(self._root)]
        answer = subprocess.run(
            [*client, "--no-auth-warning", "-a", PASSWORD, *command],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return answer.stdout.splitlines()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, self._port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail(f"redis-server does not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Stop it; what it held is lost."""
        if self._process:
            self._process.kill()
            self._process.wait(30)


@contextmanager
def redis_server(authority: Authority, folder: Path) -> Iterator[Redis]:
    """Run one on a free port of loopback."""
    program = shutil.which("redis-server")
    if program is None:
        skip_or_fail("redis-server is missing: on Debian and Ubuntu, `apt install redis-server`")
        return
    port = free_port()
    certificate, key = authority.issue().write(folder, "redis")
    root = folder / "root.pem"
    root.write_text(authority.certificate)
    options = {
        "bind": LOOPBACK,
        "port": 0,
        "tls-port": port,
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": root,
        "tls-auth-clients": "no",
        "requirepass": PASSWORD,
        "save": "",
        "appendonly": "no",
        "dir": folder,
    }
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    server = Redis([program, *arguments], port, root, folder / "redis.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()
