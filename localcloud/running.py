"""Remembers the running local cloud in a file that only its owner may read, for the other commands."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from .platform import PROJECT

FOLDER = PROJECT / ".localcloud"
_FILE = FOLDER / "running.json"


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

    def remember(self) -> None:
        """Write the file; a later local cloud takes the place of an earlier one."""
        FOLDER.mkdir(exist_ok=True)
        _FILE.unlink(missing_ok=True)
        _FILE.touch(mode=0o600)
        _FILE.write_text(json.dumps(asdict(self)))

    def forget(self) -> None:
        """Remove the file, unless another local cloud has written its own."""
        try:
            if recall().pid == self.pid:
                _FILE.unlink(missing_ok=True)
        except NotRunningError:
            pass


def recall() -> Running:
    """The running local cloud. Raises NotRunningError."""
    try:
        running = Running(**json.loads(_FILE.read_text()))
        os.kill(running.pid, 0)
    except (OSError, ValueError, TypeError):
        raise NotRunningError("No local cloud is running; start it with `make run`.") from None
    return running
