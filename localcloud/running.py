"""Remembers the running local cloud in a file that only its owner may read, for the other commands."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .cloudfoundry import PROJECT

FOLDER = PROJECT / ".localcloud"
"""Where the running local cloud keeps its notes, unless told otherwise."""


class NotRunningError(Exception):
    """There is no local cloud to ask."""


@dataclass(frozen=True)
class Running:
    """What another command needs to know of the running local cloud."""

    address: str
    hana: dict[str, Any] = field(repr=False)
    xsuaa: dict[str, Any] = field(repr=False)
    environments: dict[str, dict[str, str]] = field(repr=False)
    pid: int = field(default_factory=os.getpid)

    def remember(self, folder: Path) -> None:
        """Write the file; a later local cloud takes the place of an earlier one."""
        file = _file(folder)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))

    def forget(self, folder: Path) -> None:
        """Remove the file, unless another local cloud has written its own."""
        with suppress(NotRunningError):
            if recall(folder).pid == self.pid:
                _file(folder).unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / "running.json"


def recall(folder: Path) -> Running:
    """The local cloud that keeps its notes in `folder`. Raises NotRunningError."""
    try:
        running = Running(**json.loads(_file(folder).read_text()))
        os.kill(running.pid, 0)
    except (OSError, ValueError, TypeError):
        raise NotRunningError("No local cloud is running; start it with `make run`.") from None
    return running
