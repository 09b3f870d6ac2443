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
    """A running redis-server; it can be stopped and asked."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, root: Path) -> None:
        self._process = process
        self._port = port
        self._root = root

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

    def stop(self) -> None:
        self._process.terminate()
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
    log = (folder / "redis.log").open("wb")
    with log, subprocess.Popen([program, *arguments], stdout=log, stderr=log) as process:
        try:
            _wait_for(port, process)
            yield Redis(process, port, root)
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("redis-server does not start")
