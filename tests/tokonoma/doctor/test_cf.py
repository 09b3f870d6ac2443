"""The `cf` command: it ends with the doctor, and may answer in any shape."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.tokonoma.doctor.fake_cf import Space
from tests.tokonoma.doctor.test_beside import JWT, ias, judged
from tokonoma.doctor import __main__ as command
from tokonoma.doctor import cf
from tokonoma.doctor.checkup import Check, Diagnosis


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_command_that_hangs_does_not_outlive_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does what the command has started."""
    started = tmp_path / "started"
    script = tmp_path / "cf"
    script.write_text(
        f"#!/bin/sh\nsleep 600 &\necho $$ $! > {started}.new\nmv {started}.new {started}\nwait\n"
    )
    script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def until_it_hangs(checks: list[Check], _seconds: float) -> list[Diagnosis]:
        threading.Thread(target=lambda: list(checks[0].look()), daemon=True).start()
        assert wait_for(started.exists)
        return []

    monkeypatch.setattr(command, "examine", until_it_hangs)
    # Longer than this test waits: a command has a bound of its own.
    monkeypatch.setattr(cf, "SECONDS", 600.0)
    disabled = logging.root.manager.disable
    try:
        command.main(["--cf"])
    finally:
        logging.disable(disabled)
    for pid in map(int, started.read_text().split()):
        assert wait_for(partial(is_gone, pid))


def wait_for(condition: Callable[[], bool]) -> bool:
    end = monotonic() + 60
    while not (found := condition()) and monotonic() < end:
        sleep(0.02)
    return found


def nodes(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything in a document."""
    yield at
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from nodes(value, (*at, key))


@pytest.mark.parametrize("odd", [5, [5]])
def test_no_shape_of_an_answer_is_a_fault_of_the_doctors(odd: object) -> None:
    """Whatever stands in the place of any part of any answer."""
    whole = Space()
    ias(**JWT)(whole)
    tried = 0
    for path in whole.paths:
        for at in nodes(whole.paths[path]):
            space = deepcopy(whole)
            place, key = space.paths, path
            for step in at:
                place, key = place[key], step
            place[key] = odd
            assert "doctor.failed" not in judged(space).failures, (path, at)
            tried += 1
    assert tried > 100
