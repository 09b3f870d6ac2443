"""Requests as bytes, for what no client library would send, and programs of Node."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import cloudfoundry
from localcloud.ports import LOOPBACK
from tests.programs import TOOLS, needs_node

WEB = Path(__file__).parents[2] / "web"
BROWSER = "User-Agent: Mozilla/5.0"
PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    """What came back; a `status` of 0 is a connection that was closed without a word."""

    status: int
    headers: Mapping[str, str]
    body: str


def request(
    target: str,
    *headers: str,
    method: str = "GET",
    host: str | None = "localhost",
    version: str = "HTTP/1.1",
    body: str = "",
) -> bytes:
    """A request that is not to be followed by another one; without a Host header for None."""
    fields = [*([] if host is None else [f"Host: {host}"]), *headers]
    if body:
        fields.append(f"Content-Length: {len(body)}")
    if not any(field.lower().startswith("connection:") for field in fields):
        fields.append("Connection: close")
    return "\r\n".join([f"{method} {target} {version}", *fields, "", body]).encode("latin-1")


def exchange(port: int, sent: bytes) -> Answer:
    """Send bytes to loopback and read one answer. Raises TimeoutError for one that does not end."""
    with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(sent)
            response = http.client.HTTPResponse(connection, method=sent.split(b" ", 1)[0].decode("latin-1"))
            response.begin()
            body = response.read().decode("utf-8", "replace")
        except (ConnectionError, http.client.BadStatusLine):
            return Answer(0, {}, "")
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def node(script: str, environment: Mapping[str, str], given: Any = None) -> subprocess.CompletedProcess[str]:
    """Run a script in the folder of the approuter; `given` comes as JSON on its standard input."""
    needs_node()
    return subprocess.run(
        ["node", "-e", script],
        input=json.dumps(given),
        env=cloudfoundry.process_environment(environment, TOOLS),
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Start the approuter as a platform does, to see it stop. TimeoutExpired: it does not."""
    needs_node()
    process = subprocess.Popen(
        ["/bin/sh", "-c", cloudfoundry.router_line()],
        env=cloudfoundry.process_environment(environment, TOOLS),
        cwd=WEB,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, complaints = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # `node` may be a script that has started the real one
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, complaints)


def told_by_node(script: str, given: Any = None, **environment: str) -> Any:
    """What a script prints as JSON; `input` is what it was given."""
    reading = "const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
    answer = node(f"{reading}{script}", environment, given)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)
