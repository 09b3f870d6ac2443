"""`python supervisor.py COMMAND`: runs a shell command until it ends or standard input is closed.

Standard input is a pipe to the parent process. The system closes it however the parent ends, by kill -9
too, on Linux and on macOS, so the command never outlives its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

GRACE = 10.0
"""Seconds from SIGTERM to SIGKILL, as on Cloud Foundry."""


def main() -> int:
    """Return the exit code if the command ends by itself; kill the process group if the input closes."""
    command = subprocess.Popen(  # noqa: S603 - a command of this project's own files
        ["/bin/sh", "-c", sys.argv[1]], stdin=subprocess.DEVNULL
    )
    closed = threading.Event()

    def watch() -> None:
        while os.read(0, 1024):
            pass
        closed.set()
        command.terminate()
        with suppress(subprocess.TimeoutExpired):
            command.wait(GRACE)
        os.killpg(0, signal.SIGKILL)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    code = command.wait()
    if closed.is_set():
        watcher.join()
    return code


if __name__ == "__main__":
    sys.exit(main())
