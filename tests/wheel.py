"""The local cloud as other projects have it: its wheel, installed where nothing else of this project is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from localcloud import cloudfoundry
from localcloud.cloudfoundry import PROJECT
from tests.programs import PATIENCE, TOOLS

LINES = ("3.11", "3.12", "3.13", "3.14")
"""The lines of Python that the wheel is for."""

_UV = TOOLS / "uv"
_ROOM = 300
"""Seconds to install packages."""


@dataclass(frozen=True)
class Installed:
    """A place where the wheel is installed."""

    tools: tuple[Path, ...]
    """The folders of its commands."""
    variables: dict[str, str] = field(default_factory=dict)
    """What its programs need in their environment."""

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of a program in there."""
        composed = cloudfoundry.process_environment({**self.variables, **variables}, self.tools[-1])
        path = os.pathsep.join([*map(str, self.tools[:-1]), composed["PATH"]])
        return {**composed, "PATH": path}

    def run(self, *command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command there in another project's folder; what it prints is one text."""
        return subprocess.run(
            ["/usr/bin/env", *command],
            cwd=folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


def build(folder: Path) -> Path:
    """The wheel, built as `make wheel` builds it."""
    _call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=PROJECT / "localcloud")
    [wheel] = folder.glob("*.whl")
    return wheel


def beside_these_tests(wheel: Path, folder: Path) -> Installed:
    """The wheel in a folder of its own, with the packages of these tests; nothing is fetched."""
    target: list[str | Path] = ["--python", sys.executable, "--target", folder]
    _call(_UV, "pip", "install", "--offline", "--no-deps", *target, wheel)
    return Installed((folder / "bin", TOOLS), {"PYTHONPATH": str(folder)})


def in_an_environment(folder: Path, python: Path, *packages: str | Path, lowest: bool = False) -> Installed:
    """A new environment of `python` with these packages alone, and what they ask for.

    Versions are those that the project pins; with `lowest`, the oldest that the wheel allows.
    """
    _call(_UV, "venv", "--python", python, folder)
    versions: list[str | Path] = ["--resolution", "lowest-direct"]
    if not lowest:
        pins = folder / "pins.txt"
        locked = (PROJECT / "requirements" / "dev.txt").read_text()
        pins.write_text("\n".join(re.findall(r"^[\w.-]+==[^\s;]+", locked, re.MULTILINE)))
        versions = ["--constraint", pins]
    _call(_UV, "pip", "install", "--python", folder / "bin" / "python", *versions, *packages)
    return Installed((folder / "bin",))


def python_of(line: str) -> Path | None:
    """A Python of this line on this machine."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(f"python{line}"), sys.executable, *sorted(versions.glob(f"{line}.*/bin/python"))]
    look = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{line}')"
    for place in map(str, filter(None, places)):
        if subprocess.run([place, "-c", look], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return Path(place)
    return None


def _call(*command: str | Path, cwd: Path = PROJECT) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ROOM,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
