"""Claims on ports: two local clouds that start at the same moment find the same ports free."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import TextIO

_held: dict[int, TextIO] = {}


def claim(port: int) -> bool:
    """Whether no other process of this user has claimed the port; it is ours then until this process ends."""
    if port in _held:
        return True
    folder = Path(tempfile.gettempdir()) / f"tokonoma-ports-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        file = (folder / str(port)).open("a")
    except OSError:
        return True  # nothing can be written here: as before, who listens first has it
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _held[port] = file
    return True


def give_up(port: int) -> None:
    """Let others have the port."""
    if file := _held.pop(port, None):
        file.close()
