"""The lock beside a file of data: one local HANA has the file, until it ends in whatever way."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DataInUseError(ValueError):
    """Another local HANA has the file."""


class DataLock:
    """Held from its making to `free`, or to the end of the process. Raises DataInUseError, or OSError."""

    def __init__(self, data: Path) -> None:
        self._file = data.resolve().with_name(f"{data.resolve().name}.lock")
        self._descriptor = _locked(self._file)
        if self._descriptor is None:
            raise DataInUseError(f"{data}: another local HANA has this file")

    def free(self) -> None:
        """Let others have the file; twice is no error."""
        if self._descriptor is not None:
            self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def _locked(file: Path) -> int | None:
    """The descriptor of the locked file, or None if another one has it."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_there(file, descriptor):
            return descriptor
        # Whoever had it has removed it meanwhile.
        os.close(descriptor)


def _is_there(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
