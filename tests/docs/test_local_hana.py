"""Every example of docs/local-hana.md is run, with the wheel installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
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
from tests.docs.local_hana_page import (
    BLOCKS,
    CLIENTS,
    EXAMPLES,
    INTERPRETERS,
    PAGE,
    PASSWORD,
    PORT,
    REAL_HANA,
    SERVER,
    TRUST,
    Block,
    column,
    fits,
    run,
    started,
    write_files,
)
from tests.programs import Program
from tests.wheel import Installed


@pytest.fixture
def port() -> str:
    return str(free_port())


@pytest.fixture
def folder(tmp_path: Path, port: str) -> Path:
    """A project with the files of the page."""
    write_files(tmp_path, port)
    return tmp_path


@pytest.fixture
def server(installed: Installed, folder: Path, port: str) -> Iterator[Program]:
    """The page's local HANA, listening."""
    with started(installed, folder, port) as program:
        yield program


def test_every_block_is_a_file_or_an_example() -> None:
    assert PAGE.count("```") == 2 * (len(BLOCKS) + sum(bool(block.output) for block in BLOCKS))
    assert all(block.language for block in BLOCKS)
    assert {block.language for block in BLOCKS if not block.file} <= set(INTERPRETERS)
    assert {block.language for block in CLIENTS} == {"python", "js"}


def test_the_local_hana_prints_what_the_page_shows(server: Program) -> None:
    assert fits(server.output, SERVER.output.replace(PORT, str(server.port))), server.output


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_does_what_the_page_shows(
    block: Block, server: Program, installed: Installed, folder: Path, port: str
) -> None:
    done = run(installed, block, folder, port)
    assert done.returncode == 0, done.stdout
    assert fits(done.stdout, block.output), done.stdout


@pytest.mark.parametrize("block", CLIENTS, ids=str)
def test_a_client_refuses_a_hana_that_it_has_no_reason_to_trust(
    block: Block, server: Program, installed: Installed, folder: Path, port: str
) -> None:
    (folder / TRUST).write_text(Authority().certificate)
    done = run(installed, block, folder, port)
    assert done.returncode != 0
    assert "certificate" in done.stdout


def test_the_data_are_there_after_a_stop_and_a_start(installed: Installed, folder: Path, port: str) -> None:
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

    with started(installed, folder, port) as program:
        with closing(connection()) as before:
            before.cursor().execute("INSERT INTO FLOWERS (NAME) VALUES ('Plum')")
        assert program.stop() == 0
    with started(installed, folder, port), closing(connection()) as after:
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


def test_the_real_hana_is_asked_by_the_variables_that_the_page_names(installed: Installed, port: str) -> None:
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
        assert installed.run("sh", "-euc", few, folder=cloudfoundry.PROJECT, **options).returncode == 0
        hana.refuse()
        assert installed.run("sh", "-euc", few, folder=cloudfoundry.PROJECT, **options).returncode == 1


def test_the_options_are_all_there(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("local-hana", "--help", folder=tmp_path)
    options = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    assert {f"--{name.removeprefix('--')}" for name in column("option")} == options


def test_the_faults_are_all_there() -> None:
    assert set(column("fault")) == {str(fault) for fault in Fault}


def test_the_packages_that_the_page_names_are_enough(installed: Installed, tmp_path: Path) -> None:
    [sentence] = re.findall(r"the packages ([^.]*?), and", PAGE, re.DOTALL)
    script = (
        "import sys, localcloud.hana.__main__, localcloud.hana.control, hdbcli.dbapi\n"
        "for name, module in sys.modules.items():\n"
        "    if 'site-packages' in (getattr(module, '__file__', None) or ''):\n"
        "        print(name.partition('.')[0])\n"
    )
    imported = set(installed.run("python", "-c", script, folder=tmp_path).stdout.split())
    below = {"_cffi_backend", "_distutils_hack", "pyhdbcli"}
    assert imported - below == set(re.findall(r"`(\w+)`", sentence))
