"""Starts a project by `localcloud run`, and gives other commands in its folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from localcloud.cloudfoundry import PROJECT
from tests.programs import PATIENCE, Program, needs_node, running, skip_or_fail

PROJECTS = PROJECT / "tests" / "projects"
LOCALCLOUD = f"exec {sys.executable} -m localcloud"
ENVIRONMENT = {"PYTHONPATH": str(PROJECT)}
PACKAGES = {
    "bakery": "tests/projects",
    "bakery/app/router": "web",
    "doorbell": "tests/projects",
    "doorbell/web": "web",
    "florist/web": "web",
    "library/srv": "tests/projects",
    "library/app": "web",
}
"""The apps with Node packages, and the folder that has them."""


def copy(name: str, folder: Path) -> Path:
    """A copy of a project, with its packages installed."""
    needs_node()
    project = folder / name
    shutil.copytree(PROJECTS / name, project)
    for app, packages in PACKAGES.items():
        modules = PROJECT / packages / "node_modules"
        if Path(app).parts[0] == name:
            if not modules.is_dir():
                skip_or_fail(f"{packages}/node_modules is missing; `make test` installs it")
            (folder / app / "node_modules").symlink_to(modules)
    return project


@contextmanager
def started(project: Path, *options: str) -> Iterator[Program]:
    """The project, run until the block ends; its port is that of the app that people open."""
    command = " ".join([LOCALCLOUD, "run --port 0", *options])
    with (
        TemporaryDirectory() as folder,
        running(command, ENVIRONMENT, project, Path(folder) / "output", 0) as program,
    ):
        wait_for_the_banner(program)
        found = re.search(r" is open:  http://\w+(?:\.\w+)*:(\d+)/", program.output)
        assert found, program.output
        program.port = int(found[1])
        yield program
        assert "Traceback" not in program.output


def wait_for_the_banner(program: Program) -> None:
    deadline = time.monotonic() + 2 * PATIENCE
    while "Ctrl-C" not in program.output:
        assert program.process.poll() is None, program.output
        assert time.monotonic() < deadline, program.output
        time.sleep(0.05)


def ask(project: Path, *arguments: str, feed: str = "") -> subprocess.CompletedProcess[str]:
    """Another command, given in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=project,
        env={**os.environ, **ENVIRONMENT},
        input=feed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def address_of(app: str, program: Program) -> str:
    found = re.search(rf"^  {app} +ready   (http://\S+)", program.output, re.MULTILINE)
    assert found, program.output
    return found[1]
