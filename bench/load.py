"""A load of keep-alive connections, in a process of its own, so that asking costs the same for everybody."""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
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


class _Connection:
    """One connection that asks again and again; it opens itself anew where a server closes it."""

    def __init__(self, port: int, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
        self._port, self._requests, self._selector = port, requests, selector
        self._buffer = bytearray()
        self.open()

    def open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, selectors.EVENT_READ, self)
        self.ask()

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()

    def ask(self) -> None:
        self._buffer.clear()
        self.since = time.perf_counter()
        self._socket.sendall(next(self._requests))

    def receive(self) -> tuple[str, bool]:
        """The status of the answer if it is whole, else an empty text; and whether the connection is over."""
        piece = self._socket.recv(65536)
        self._buffer += piece
        whole = _is_whole(self._buffer)
        status = bytes(self._buffer[9:12]).decode() if whole else ""
        return status, not piece or (whole and b"connection: close" in self._buffer.lower())


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
    due: deque[tuple[float, _Connection]] = deque()
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    everybody = [_Connection(port, prepared, selector) for _ in range(connections)]
    started = time.perf_counter()
    while (now := time.perf_counter()) - started < seconds and (not requests or len(latencies) < requests):
        while due and due[0][0] <= now:
            due.popleft()[1].ask()
        for key, _ in selector.select(timeout=max(due[0][0] - now, 0.0) if due else 1):
            connection: _Connection = key.data
            status, over = connection.receive()
            if status:
                latencies.append(time.perf_counter() - connection.since)
                statuses[status] += 1
            if over:
                connection.close()
                connection.open()
            elif status and pause:
                due.append((connection.since + pause, connection))
            elif status:
                connection.ask()
    for connection in everybody:
        connection.close()
    return _told(latencies, statuses, now - started)


def _told(latencies: list[float], statuses: Mapping[str, int], seconds: float) -> dict[str, object]:
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
