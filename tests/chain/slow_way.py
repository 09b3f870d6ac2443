"""A way to a server on which the bytes come a few at a time, as on a phone in a train."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

BYTES, PAUSE = 700, 0.05
"""So many come at once, and so many seconds pass before the next."""


@contextmanager
def slow_way(to: int) -> Iterator[int]:
    """A port that leads to the port `to`; what is asked goes at once, what is answered comes slowly."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_accept, args=(listener, to), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, to: int) -> None:
    while True:
        try:
            asking, _ = listener.accept()
        except OSError:
            return  # the test is over
        answering = socket.create_connection(("127.0.0.1", to))
        for source, target, size, pause in (
            (asking, answering, 65_536, 0.0),
            (answering, asking, BYTES, PAUSE),
        ):
            Thread(target=_carry, args=(source, target, size, pause), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, size: int, pause: float) -> None:
    try:
        while data := source.recv(size):
            target.sendall(data)
            time.sleep(pause)
    except OSError:
        pass  # one of them has gone
    finally:
        for each in (source, target):
            with suppress(OSError):  # gone before
                each.shutdown(socket.SHUT_RDWR)
