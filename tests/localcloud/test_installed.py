"""The wheel in environments that hold nothing else: on each line of Python, and with the oldest packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from localcloud.ports import free_port
from tests.docs.local_hana_page import EXAMPLES, Block, fits, run, started, write_files
from tests.localcloud.test_wheel import IMPORT_ALL, NOTHING_ELSE
from tests.wheel import LINES, Installed, in_an_environment, python_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # packages are fetched

PYTHONS = {line: python for line in LINES if (python := python_of(line))}
"""Of the lines that the wheel is for, those that this machine has."""
OF_PYTHON = [block for block in EXAMPLES if block.language != "js"]


def try_the_page(installed: Installed, folder: Path, blocks: Sequence[Block]) -> None:
    """Run examples of docs/local-hana.md beside its local HANA."""
    assert len(blocks) > 1
    folder.mkdir()
    port = str(free_port())
    write_files(folder, port)
    with started(installed, folder, port):
        for block in blocks:
            done = run(installed, block, folder, port)
            assert done.returncode == 0, done.stdout
            assert fits(done.stdout, block.output), done.stdout


@pytest.mark.parametrize("line", PYTHONS)
def test_the_examples_run_on_this_line_of_python(wheel: Path, tmp_path: Path, line: str) -> None:
    packages = (f"{wheel}[run]", "pytest", "sqlalchemy-hana")
    installed = in_an_environment(tmp_path / "environment", PYTHONS[line], *packages)
    try_the_page(installed, tmp_path / "project", OF_PYTHON)
    assert installed.run("python", "-c", IMPORT_ALL, folder=tmp_path).stdout == NOTHING_ELSE


def test_the_examples_run_with_the_oldest_packages_that_it_asks_for(wheel: Path, tmp_path: Path) -> None:
    oldest = next(iter(PYTHONS.values()))
    installed = in_an_environment(tmp_path / "environment", oldest, wheel, "pytest>=8", lowest=True)
    without = [block for block in OF_PYTHON if "sqlalchemy" not in block.text]
    try_the_page(installed, tmp_path / "project", without)


@pytest.mark.parametrize(("command", "extra"), [("local-xsuaa", "xsuaa"), ("localcloud", "run")])
def test_a_command_says_what_it_lacks(wheel: Path, tmp_path: Path, command: str, extra: str) -> None:
    oldest = next(iter(PYTHONS.values()))
    installed = in_an_environment(tmp_path / "environment", oldest, wheel)
    done = installed.run(command, folder=tmp_path)
    assert done.returncode == 1
    assert f"install tokonoma-localcloud[{extra}]" in done.stdout
    assert len(done.stdout.splitlines()) == 1
