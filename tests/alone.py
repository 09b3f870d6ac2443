"""What all test processes of a clone share is made by one of them, while the others wait."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.cloudfoundry import PROJECT


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait until no other process of this clone is in here by the same name."""
    folder = PROJECT / "test-artefacts"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
