"""A child process that never outlives this one, and whose output is handed on line by line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class ChildProcess:
    """Runs a shell command; calls `on_line` for each line and `on_end` at the end, from its own threads."""

    def __init__(
        self,
        name: str,
        command: str,
        environment: Mapping[str, str],
        folder: Path,
        *,
        on_line: Callable[[str, str], None],
        on_end: Callable[[ChildProcess], None],
    ) -> None:
        self.name = name
        self._on_line = on_line
        self._on_end = on_end
        # In a session of its own: Ctrl-C in a terminal reaches this process only, which then ends the child.
        self._process = subprocess.Popen(  # noqa: S603 - a command of this project's own files
            [sys.executable, "-I", "-S", _SUPERVISOR, command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._waiter.start()

    @property
    def is_running(self) -> bool:
        """True until every process of the command has ended and the last line was handed on."""
        return self._waiter.is_alive()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.poll()

    def terminate(self) -> None:
        """Send SIGTERM by way of the supervisor, which sends SIGKILL after its grace period."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def kill(self) -> None:
        """Send SIGKILL to the command and to all that it started."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._on_line(self.name, line.decode(errors="replace").rstrip())

    def _wait(self) -> None:
        self._process.wait()
        self.kill()  # what the command left running
        self._reader.join()
        self._on_end(self)
