"""Prints whole lines from many threads, until standard output is closed."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable

_COLOURS = (36, 33, 35)  # of an ANSI terminal: cyan, yellow, magenta


class Console:
    """Standard output; `on_loss` is called once when it cannot be written to any more.

    The names of other programs take `width` characters before their lines.
    """

    def __init__(self, on_loss: Callable[[], None], width: int = 5) -> None:
        self._on_loss = on_loss
        self._width = width
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}
        self._colourful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")

    def say(self, text: str = "") -> None:
        try:
            with self._lock:
                sys.stdout.write(f"{text}\n")
                sys.stdout.flush()
        except OSError:  # the terminal was closed, or the reader of a pipe has gone
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            os.close(nowhere)
            self._on_loss()

    def say_of(self, name: str, line: str) -> None:
        """A line of another program, with its name before it."""
        label = f"{name:<{self._width}} |"
        if self._colourful:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            label = f"\033[{colour}m{label}\033[0m"
        self.say(f"{label} {line}")
