"""The running local cloud: one in a folder at a time, described in a file that the other commands read."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .cloudfoundry import PROJECT

FOLDER = PROJECT / ".localcloud"
"""The usual folder of the running local cloud."""


class NotRunningError(Exception):
    """No local cloud is running in the folder."""


class AlreadyRunningError(Exception):
    """Another local cloud runs in the folder."""


def usual_folder() -> Path:
    """The folder that commands look into unless told: that of the project around the current folder, if one
    was started there, else the one of this project."""
    here = Path.cwd()
    found = (place / FOLDER.name for place in (here, *here.parents))
    return next((place for place in found if _lock_file(place).is_file()), FOLDER)


@dataclass(frozen=True)
class RunningCloud:
    """What another command needs to know of the running local cloud."""

    address: str
    hana: dict[str, Any] = field(repr=False)
    xsuaa: dict[str, Any] | None = field(repr=False)
    ias: dict[str, Any] | None = field(repr=False)
    authority: str
    """The file with the root of every certificate."""
    environments: dict[str, dict[str, str]] = field(repr=False)
    pid: int = field(default_factory=os.getpid)

    def remember(self, folder: Path) -> None:
        """Write the file, which only its owner may read."""
        file = _file(folder)
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Lock `folder`, which is made if there is none; its file is removed at the beginning and at the end.

    Raises AlreadyRunningError, and OSError where the folder cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # The system gives the lock back however its holder ends. The file stays: whoever removed it could remove
    # one that another has just locked.
    with _lock_file(folder).open("a") as lock:
        for _ in range(20):
            if _take(lock.fileno(), fcntl.LOCK_EX):
                break
            time.sleep(0.05)  # a command may just be looking
        else:
            raise AlreadyRunningError(_who_is_there(folder))
        _file(folder).unlink(missing_ok=True)
        try:
            yield
        finally:
            _file(folder).unlink(missing_ok=True)


@contextmanager
def temporary_files(folder: Path) -> Iterator[Path]:
    """An empty folder for temporary files; it is removed at the end, an earlier run's at the beginning."""
    place = folder.resolve() / "tmp"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def recall(folder: Path) -> RunningCloud:
    """The local cloud that runs in `folder`. Raises NotRunningError."""
    try:
        with _lock_file(folder).open() as lock:
            if not _take(lock.fileno(), fcntl.LOCK_SH):
                return RunningCloud(**json.loads(_file(folder).read_text()))
    except (OSError, ValueError, TypeError):
        pass
    raise NotRunningError(f"No local cloud is running{_where(folder)}; start it with `{_how()}`.")


def option(folder: Path) -> str:
    """How to name `folder` in a command, with a blank before it; empty for the usual one."""
    return "" if _is_usual(folder) else f" --folder {shlex.quote(str(folder))}"


def _how() -> str:
    """The command that starts a local cloud: this project's own, or that for any other one."""
    return "make run" if Path.cwd().is_relative_to(PROJECT) else "python -m localcloud run"


def _who_is_there(folder: Path) -> str:
    try:
        other = recall(folder)
        who = f"is running{_where(folder)} already: {other.address}/ (process {other.pid})"
    except NotRunningError:
        who = f"is starting or stopping{_where(folder)} just now"
    return f"A local cloud {who}. To have a second one, give it a folder of its own: --folder FOLDER."


def _where(folder: Path) -> str:
    return "" if _is_usual(folder) else f" in {folder}"


def _is_usual(folder: Path) -> bool:
    return folder.resolve() == usual_folder().resolve()


def _take(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_file(folder: Path) -> Path:
    return folder / "lock"


def _file(folder: Path) -> Path:
    return folder / "running.json"
