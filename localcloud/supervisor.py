"""`python supervisor.py COMMAND`: runs a shell command for as long as somebody holds our standard input open.

The system closes a pipe however its owner ends, by kill -9 too, and on macOS as on Linux.
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
    """Returns the command's exit code if it ended by itself; else it ends with all of our process group."""
    command = subprocess.Popen(  # noqa: S603 - a command of this project's own files
        ["/bin/sh", "-c", sys.argv[1]], stdin=subprocess.DEVNULL
    )
    let_go = threading.Event()

    def follow() -> None:
        while os.read(0, 1024):
            pass
        let_go.set()
        command.terminate()
        with suppress(subprocess.TimeoutExpired):
            command.wait(GRACE)
        os.killpg(0, signal.SIGKILL)

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    code = command.wait()
    if let_go.is_set():
        follower.join()
    return code


if __name__ == "__main__":
    sys.exit(main())
