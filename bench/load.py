"""A load of keep-alive connections, in a process of its own, so that asking costs the same for everybody."""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a load of some seconds met; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


Headers = dict[str, str]


def load(
    port: int,
    headers: Headers | Sequence[Headers],
    *,
    path: str = "/",
    connections: int = 8,
    seconds: float = 3.0,
    requests: int = 0,
    rate: float = 0.0,
) -> Load:
    """Ask `path` over `connections` at once for some seconds, or until so many `requests` are answered.

    Several headers take turns. With a `rate`, all connections together ask no more often than that a second.
    """
    turns = [headers] if isinstance(headers, dict) else list(headers)
    command = [sys.executable, "-m", "bench.load"]
    order = json.dumps([port, turns, path, connections, seconds, requests, rate])
    done = subprocess.run(command, input=order, capture_output=True, text=True, check=True)
    return Load(**json.loads(done.stdout))


def _run(
    port: int,
    turns: list[Headers],
    path: str,
    connections: int,
    seconds: float,
    requests: int,
    rate: float,
) -> dict[str, object]:
    prepared = itertools.cycle([_request(port, path, headers) for headers in turns])
    selector = selectors.DefaultSelector()
    pause = connections / rate if rate else 0.0
    due: deque[tuple[float, selectors.SelectorKey]] = deque()
    latencies: list[float] = []
    statuses: dict[str, int] = {}

    def ask(buffer: bytearray) -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(next(prepared))
        buffer.clear()
        selector.register(connection, selectors.EVENT_READ, [buffer, time.perf_counter()])

    def again(key: selectors.SelectorKey) -> None:
        assert isinstance(key.fileobj, socket.socket)
        key.data[0].clear()
        key.data[1] = time.perf_counter()
        key.fileobj.sendall(next(prepared))

    for _ in range(connections):
        ask(bytearray())
    started = time.perf_counter()
    while (now := time.perf_counter()) - started < seconds and (not requests or len(latencies) < requests):
        while due and due[0][0] <= now:
            again(due.popleft()[1])
        for key, _ in selector.select(timeout=max(due[0][0] - now, 0.0) if due else 1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            buffer, since = key.data
            piece = connection.recv(65536)
            buffer += piece
            whole = _is_whole(buffer)
            if whole:
                now = time.perf_counter()
                latencies.append(now - since)
                status = bytes(buffer[9:12]).decode()
                statuses[status] = statuses.get(status, 0) + 1
            if not piece or (whole and b"connection: close" in buffer.lower()):
                # A server without keep-alive, or one that has just gone.
                selector.unregister(connection)
                connection.close()
                ask(buffer)
            elif whole and pause:
                due.append((since + pause, key))
            elif whole:
                again(key)
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return _told(latencies, statuses, now - started)


def _told(latencies: list[float], statuses: dict[str, int], seconds: float) -> dict[str, object]:
    latencies.sort()
    count = len(latencies)
    return {
        "rate": count / seconds,
        "p50": latencies[count // 2] * 1e3 if count else 0.0,
        "p99": latencies[count * 99 // 100] * 1e3 if count else 0.0,
        "statuses": statuses,
    }


def _request(port: int, path: str, headers: Headers) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *(f"{n}: {v}" for n, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _is_whole(buffer: bytearray) -> bool:
    """Whether the answer is here to its end; one without a length ends with its connection."""
    head, separator, body = bytes(buffer).partition(b"\r\n\r\n")
    if not separator:
        return False
    fields = head.lower()
    if b"transfer-encoding: chunked" in fields:
        return body.endswith(b"0\r\n\r\n")
    place = fields.find(b"content-length:")
    if place < 0:
        return False
    return len(body) >= int(fields[place + 15 :].split(b"\r\n", 1)[0])


if __name__ == "__main__":
    print(json.dumps(_run(*json.load(sys.stdin))))
