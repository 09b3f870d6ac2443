"""`python -m bench.flood`: `/health` while clients hold connections, here and on a gthread without bounds.

What is compared with what, and why, stands in bench/README.md.
"""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from localcloud import cloudfoundry

from .service import Server, Stage

SECONDS = 4.0
"""For which a flood lasts."""
EVERY = 0.1
"""Seconds from one look at `/health` to the next."""
PATIENCE = 15.0
"""Seconds after which a look is given up."""

_HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
# name -> how many at once, how many more a second, what each of them says before it waits
FLOODS: dict[str, tuple[int, int, bytes]] = {
    "nobody": (0, 0, b""),
    "bodies that never come, 50 a second": (0, 50, _HEAD + b"Content-Length: 60000\r\n\r\n"),
    "chunks that never come, 50 a second": (0, 50, _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "clients that do not hang up, 50 a second": (0, 50, _HEAD + b"Connection: close\r\n\r\n"),
    "2,300 that say nothing": (2300, 0, b""),
    "2,300 that send half a head": (2300, 0, _HEAD),
    "2,300 that come and go": (2300, 500, b""),
}


def flood(port: int, name: str) -> None:
    """Hold connections until nobody listens any more to this process."""
    at_once, a_second, said = FLOODS[name]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = [_connect(port, said) for _ in range(at_once)]
    print("ready", flush=True)
    began = time.monotonic()
    for number in range(int(a_second * SECONDS)):
        time.sleep(max(0.0, began + number / a_second - time.monotonic()))
        held.append(_connect(port, said))
    time.sleep(max(0.0, began + SECONDS - time.monotonic()))


def _connect(port: int, said: bytes) -> socket.socket:
    connection = socket.socket()
    connection.setblocking(False)  # a full queue of the server's is not waited for
    connection.connect_ex(("127.0.0.1", port))
    if said:
        connection.setblocking(True)
        connection.sendall(said)
    return connection


def looks(port: int) -> list[float]:
    """Milliseconds of each look at `/health` while a flood lasts; each is a new connection; sorted."""
    taken = []
    end = time.monotonic() + SECONDS
    while (began := time.monotonic()) < end:
        try:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
                connection.sendall(_HEAD + b"Connection: close\r\n\r\n")
                answered = connection.recv(65536).startswith(b"HTTP/1.1 200")
        except TimeoutError:
            answered = False
        taken.append((time.monotonic() - began) * 1e3 if answered else PATIENCE * 1e3)
        time.sleep(max(0.0, began + EVERY - time.monotonic()))
    return sorted(taken)


def beside(server: Server, name: str) -> tuple[float, float]:
    """Median and worst milliseconds of `/health` beside a flood."""
    command = [sys.executable, "-m", "bench.flood", str(server.port), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as attack:
        assert attack.stdout is not None
        assert attack.stdout.readline() == "ready\n"
        taken = looks(server.port)
        attack.kill()
    time.sleep(1)
    return taken[len(taken) // 2], taken[-1]


def main() -> None:
    with ExitStack() as stack:
        stage = Stage(stack)
        ours = stage.start(cloudfoundry.procfile_line())
        bare = stage.start("exec gunicorn -c bench/gunicorn_bare.py bench.bare:app")
        print(f"{'/health beside':42} {'ours, ms':>16} {'bare, ms':>18}  worst, bare / ours")
        for name in FLOODS:
            (median, worst), (their_median, their_worst) = beside(ours, name), beside(bare, name)
            figures = f"{median:7.1f} {worst:8.1f} {their_median:9.1f} {their_worst:8.1f}"
            print(f"{name:42} {figures}  {their_worst / worst:10.1f}", flush=True)
        print(
            f"given up after {PATIENCE:.0f} s; median and worst of a look every {EVERY} s for {SECONDS:.0f} s"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        flood(int(sys.argv[1]), sys.argv[2])
    else:
        main()
