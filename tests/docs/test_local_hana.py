"""Every example of docs/local-hana.md is run.

A block is the file that its introduction names (in back-ticks, in a line that ends with a colon), or it runs,
and prints the `text` block that follows it, in which `…` stands for what is different every time.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.pytest_plugin import connect
from tests.programs import PATIENCE, TOOLS, Program, running, skip_or_fail

PAGE = (cloudfoundry.PROJECT / "docs" / "local-hana.md").read_text()
NODE_MODULES = cloudfoundry.PROJECT / "tests" / "node" / "node_modules"
INTERPRETERS = {"js": ("node",), "python": ("python",), "sh": ("sh", "-eu")}
# What the page says, and every test has its own of.
PORT = "39015"
TRUST = ".localcloud/hana/authority.pem"
PASSWORD = "Hana1234"


@dataclass(frozen=True)
class Block:
    """A fenced block of the page."""

    line: int
    language: str
    text: str
    file: str
    """The file that it is; empty for an example that runs."""
    output: str
    """What the example prints."""

    def __str__(self) -> str:
        return f"{self.language}, line {self.line}"


def blocks() -> list[Block]:
    found: list[Block] = []
    output = ""
    for match in reversed(list(re.finditer(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))):
        language, text = match.groups()
        if language == "text":
            output = text
            continue
        introduction = PAGE[: match.start()].rstrip().rpartition("\n")[2]
        name = re.search(r"`([\w./-]+\.\w+)`[^`]*:$", introduction)
        line = PAGE.count("\n", 0, match.start()) + 1
        found.append(Block(line, language, text, name[1] if name else "", output))
        output = ""
    return found[::-1]


BLOCKS = blocks()
[SERVER] = [block for block in BLOCKS if "-m localcloud.hana" in block.text]
[REAL_HANA] = [block for block in BLOCKS if "HANA_ADDRESS" in block.text]
EXAMPLES = [block for block in BLOCKS if not block.file and block not in (SERVER, REAL_HANA)]
CLIENTS = [block for block in EXAMPLES if TRUST in block.text]


@pytest.fixture
def port() -> str:
    return str(free_port())


@pytest.fixture
def folder(tmp_path: Path, port: str) -> Path:
    """A project with the files of the page."""
    for block in BLOCKS:
        if block.file:
            file = tmp_path / block.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text.replace(PORT, port))
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


@pytest.fixture
def server(folder: Path, port: str) -> Iterator[Program]:
    """The page's local HANA, listening."""
    with started(folder, port) as program:
        yield program


@contextmanager
def started(folder: Path, port: str) -> Iterator[Program]:
    command, printed = f"exec {SERVER.text.replace(PORT, port)}", folder / "printed"
    with running(command, {"PYTHONPATH": str(cloudfoundry.PROJECT)}, folder, printed, int(port)) as program:
        deadline = time.monotonic() + PATIENCE
        while "Ctrl-C" not in program.output:
            assert program.process.poll() is None, program.output
            assert time.monotonic() < deadline, program.output
            time.sleep(0.05)
        yield program


def run(block: Block, folder: Path, port: str) -> subprocess.CompletedProcess[str]:
    """Run an example as its reader would, in the project's folder."""
    example = folder / f"example.{block.language}"
    example.write_text(block.text.replace(PORT, port))
    return call(*INTERPRETERS[block.language], example.name, folder=folder)


def call(*command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = cloudfoundry.process_environment(
        {"PYTHONPATH": str(cloudfoundry.PROJECT), "COLUMNS": "80", **variables}, TOOLS
    )
    if command[0] == "node" and not (
        shutil.which("node", path=environment["PATH"]) and NODE_MODULES.exists()
    ):
        skip_or_fail("Node or tests/node/node_modules is missing; `make test` installs both")
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def fits(printed: str, shown: str) -> bool:
    pattern = r"[^\n]*".join(map(re.escape, shown.split("…")))
    return re.fullmatch(pattern, printed) is not None


def column(heading: str) -> list[str]:
    """The names in the first column of the page's table under `heading`."""
    table = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\| ([^|]*)\|", table, re.MULTILINE)))


def test_every_block_is_a_file_or_an_example() -> None:
    assert PAGE.count("```") == 2 * (len(BLOCKS) + sum(bool(block.output) for block in BLOCKS))
    assert all(block.language for block in BLOCKS)
    assert {block.language for block in BLOCKS if not block.file} <= set(INTERPRETERS)
    assert {block.language for block in CLIENTS} == {"python", "js"}


def test_the_local_hana_prints_what_the_page_shows(server: Program) -> None:
    assert fits(server.output, SERVER.output.replace(PORT, str(server.port))), server.output


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_does_what_the_page_shows(block: Block, server: Program, folder: Path, port: str) -> None:
    done = run(block, folder, port)
    assert done.returncode == 0, done.stdout
    assert fits(done.stdout, block.output), done.stdout


@pytest.mark.parametrize("block", CLIENTS, ids=str)
def test_a_client_refuses_a_hana_that_it_has_no_reason_to_trust(
    block: Block, server: Program, folder: Path, port: str
) -> None:
    (folder / TRUST).write_text(Authority().certificate)
    done = run(block, folder, port)
    assert done.returncode != 0
    assert "certificate" in done.stdout


def test_the_data_are_there_after_a_stop_and_a_start(folder: Path, port: str) -> None:
    def connection() -> Any:
        return dbapi.connect(
            address="127.0.0.1",
            port=int(port),
            user="TOKONOMA_RT",
            password=PASSWORD,
            encrypt=True,
            sslTrustStore=str(folder / TRUST),
            currentSchema="TOKONOMA",
        )

    with started(folder, port) as program:
        with closing(connection()) as before:
            before.cursor().execute("INSERT INTO FLOWERS (NAME) VALUES ('Plum')")
        assert program.stop() == 0
    with started(folder, port), closing(connection()) as after:
        cursor = after.cursor()
        cursor.execute("SELECT COUNT(*) FROM FLOWERS")
        assert cursor.fetchone()[0] == 4


def test_a_script_fills_a_new_database(tmp_path: Path) -> None:
    script = tmp_path / "seed.sql"
    script.write_text("CREATE TABLE VASES (NAME NVARCHAR(40));\nINSERT INTO VASES VALUES ('Iga; cracked');\n")
    with LocalHana(seed=script) as hana, closing(connect(hana)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT NAME FROM VASES")
        assert cursor.fetchone()[0] == "Iga; cracked"


def test_the_real_hana_is_asked_by_the_variables_that_the_page_names(port: str) -> None:
    with LocalHana(port=int(port)) as hana:
        block = REAL_HANA.text
        for shown, meant in {
            "my-instance.hanacloud.ondemand.com": hana.host,
            "443": port,
            "MY_USER": hana.hdi_user,
            "my-password": hana.hdi_password,
        }.items():
            assert shown in block
            block = block.replace(shown, meant)
        options = {"HANA_OPTIONS": json.dumps({"sslTrustStore": hana.certificate})}
        few = f"{block.rstrip()} -k nulls_sort"
        assert call("sh", "-euc", few, folder=cloudfoundry.PROJECT, **options).returncode == 0
        hana.refuse()
        assert call("sh", "-euc", few, folder=cloudfoundry.PROJECT, **options).returncode == 1


def test_the_options_are_all_there() -> None:
    done = call("python", "-m", "localcloud.hana", "--help", folder=cloudfoundry.PROJECT)
    options = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    assert {f"--{name.removeprefix('--')}" for name in column("option")} == options


def test_the_faults_are_all_there() -> None:
    assert set(column("fault")) == {str(fault) for fault in Fault}


def test_the_packages_that_the_page_names_are_enough(tmp_path: Path) -> None:
    [sentence] = re.findall(r"the packages ([^.]*?), and", PAGE, re.DOTALL)
    script = (
        "import sys, localcloud.hana.__main__, localcloud.hana.control, hdbcli.dbapi\n"
        "for name, module in sys.modules.items():\n"
        "    if 'site-packages' in (getattr(module, '__file__', None) or ''):\n"
        "        print(name.partition('.')[0])\n"
    )
    imported = set(call("python", "-c", script, folder=tmp_path).stdout.split())
    below = {"_cffi_backend", "_distutils_hack", "pyhdbcli"}
    assert imported - below == set(re.findall(r"`(\w+)`", sentence))
