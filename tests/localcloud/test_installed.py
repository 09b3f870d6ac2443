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


@pytest.mark.parametrize("line", LINES)
def test_the_examples_run_on_this_line_of_python(wheel: Path, tmp_path: Path, line: str) -> None:
    python = python_of(line)
    if python is None:
        pytest.skip(f"no Python {line} on this machine")
    packages = (f"{wheel}[run]", "pytest", "sqlalchemy-hana")
    installed = in_an_environment(tmp_path / "environment", python, *packages)
    try_the_page(installed, tmp_path / "project", OF_PYTHON)
    assert installed.run("python", "-c", IMPORT_ALL, folder=tmp_path).stdout == NOTHING_ELSE


def test_the_examples_run_with_the_oldest_packages_that_it_asks_for(wheel: Path, tmp_path: Path) -> None:
    python = python_of(LINES[0])
    assert python is not None
    installed = in_an_environment(tmp_path / "environment", python, wheel, "pytest>=8", lowest=True)
    without = [block for block in OF_PYTHON if "sqlalchemy" not in block.text]
    try_the_page(installed, tmp_path / "project", without)


@pytest.mark.parametrize(("command", "extra"), [("local-xsuaa", "xsuaa"), ("localcloud", "run")])
def test_a_command_says_what_it_lacks(wheel: Path, tmp_path: Path, command: str, extra: str) -> None:
    python = python_of(LINES[0])
    assert python is not None
    installed = in_an_environment(tmp_path / "environment", python, wheel)
    done = installed.run(command, folder=tmp_path)
    assert done.returncode == 1
    assert f"install tokonoma-localcloud[{extra}]" in done.stdout
    assert len(done.stdout.splitlines()) == 1
