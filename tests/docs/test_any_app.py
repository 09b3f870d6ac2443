"""docs/any-app.md: its example is a project that starts, and its tables say what the code reads and takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cloudfoundry import PROJECT
from localcloud.space.reading import FILES
from localcloud.space.trust import VARIABLES
from tests.chain.people import Person
from tests.programs import PATIENCE, Program, needs_node, running
from tests.wheel import Installed

pytestmark = pytest.mark.timeout(300)  # several programs start, on a busy machine one after the other

PAGE = (PROJECT / "docs" / "any-app.md").read_text()
BLOCKS = [
    (match[1].rstrip().rpartition("\n")[2], match[2], match[3])
    for match in re.finditer(r"(.*?)^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]
"""The line before each fenced block, its language and its text."""
APPS = re.compile(r"^florist(-web)? +\| ")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page, and the approuter where `npm install` would put it."""
    needs_node()
    folder = tmp_path_factory.mktemp("any") / "florist"
    for introduction, _, text in BLOCKS:
        if name := re.search(r"`([\w./-]+)`:$", introduction):
            file = folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    (folder / "web" / "node_modules").symlink_to(PROJECT / "web" / "node_modules")
    return folder


@pytest.fixture(scope="module")
def started(project: Path, installed: Installed) -> Iterator[Program]:
    """What the page's command starts, on any ports, where the wheel is installed."""
    [command] = [text.strip() for _, language, text in BLOCKS if language == "sh"]
    command = command.replace("python", f"exec {sys.executable}", 1)
    output = project.parent / "output"
    with running(f"{command} --port 0", installed.variables, project, output, 0) as program:
        deadline = time.monotonic() + 2 * PATIENCE
        while program.output.count("─" * 72) < 2:
            assert program.process.poll() is None, program.output
            assert time.monotonic() < deadline, program.output
            time.sleep(0.05)
        program.port = int(re.findall(r"open:  http://localhost:(\d+)/", program.output)[0])
        yield program


@pytest.mark.slow
def test_the_command_of_the_page_prints_what_the_page_shows(started: Program) -> None:
    shown = next(text for _, _, text in BLOCKS if text.startswith("Starting "))
    pattern = re.sub(r"\d+\\\.\d\\ s", r"\\d+\\.\\d s", re.sub(r":\d+", r":\\d+", re.escape(shown)))
    lines = [line for line in started.output.splitlines(keepends=True) if not APPS.match(line)]
    assert re.fullmatch(pattern.replace("…", ".*"), "".join(lines).rstrip() + "\n", re.DOTALL), started.output


@pytest.mark.slow
def test_alice_sees_the_flowers_of_the_page_and_carol_does_not(started: Program) -> None:
    for user, status in (("alice", 200), ("carol", 403)):
        with Person(started.port) as person:
            person.sign_in(user, "/api/flowers")
            answer = person.get("/api/flowers")
        assert answer.status_code == status, answer.text
        if user == "alice":
            assert answer.json() == ["Camellia", "Iris"]


@pytest.mark.slow
def test_the_other_commands_of_the_page_work(started: Program, project: Path, installed: Installed) -> None:
    commands = re.findall(r"^    (.*)$", PAGE.partition("## The other commands")[2], re.MULTILINE)
    answers = []
    for command in commands:
        script = f'python() {{ {sys.executable} "$@"; }}; {command} && echo $VCAP_APPLICATION'
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=project,
            env={**os.environ, **installed.variables},
            input="SELECT NAME FROM FLOWER;",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        answers.append(done.stdout)
    token, flowers, application = answers
    assert token.count(".") == 2
    assert "Camellia" in flowers
    assert '"application_name": "florist"' in application


def test_the_page_names_every_file_and_every_variable_of_trust() -> None:
    table = PAGE.partition("## What it reads")[2].partition("## ")[0]
    assert [name for name in FILES if f"`{name}`" not in table] == ["manifest.yaml"]
    assert [name for name in VARIABLES if f"`{name}`" not in PAGE] == []


def test_the_page_names_every_option() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "localcloud", "run", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = set(re.findall(r"--[a-z-]+", told)) - {"--help"}
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert options <= named
    assert named - options == {"--folder"}  # of every command
