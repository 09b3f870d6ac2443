"""The Python of the pages about data runs as it stands, beside the demo schema."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, running

HERE = "http://127.0.0.1:3000"
SNIPPETS = [
    (page, block)
    for page in ("README.md", "docs/data.md")
    for block in re.findall(r"```python\n(.*?)```", (PROJECT / page).read_text(), re.DOTALL)
]


@pytest.fixture(scope="module")
def museum(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        yield hana


@pytest.fixture(scope="module")
def service(
    museum: LocalHana, xsuaa: LocalXsuaa, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    pyhana, pyuaa = museum.binding(), xsuaa.binding()
    services = cloudfoundry.vcap_services(
        {"pyhana": ("hana", "hdi-shared", pyhana), "pyuaa": ("xsuaa", "application", pyuaa)}
    )
    port = free_port()
    environment = cloudfoundry.python_environment(port, services, authority_file)
    output = tmp_path_factory.mktemp("service") / "output"
    with running(cloudfoundry.procfile_line(), environment, PROJECT, output, port) as program:
        program.wait_until_it_answers()
        yield program


@pytest.fixture(scope="module")
def run(service: Program, xsuaa: LocalXsuaa, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each snippet prints."""
    printed = []
    for _, snippet in SNIPPETS:
        assert HERE in snippet
        done = subprocess.run(
            [sys.executable, "-c", snippet.replace(HERE, f"http://127.0.0.1:{service.port}")],
            env={"PATH": os.environ["PATH"], "TOKEN": xsuaa.token("alice")},
            cwd=tmp_path_factory.mktemp("reader"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    return printed


def test_the_snippets_print_what_the_schema_holds(run: list[str], museum: LocalHana) -> None:
    readme, damp, works = run
    connection = connect(museum.binding(), owner=True)
    cursor = connection.cursor()
    cursor.execute("SELECT MAX(NAME) FROM ARTIST A JOIN WORK W ON A.ID = W.ARTIST_ID")
    assert cursor.fetchone()[0] in readme
    cursor.execute("SELECT ROOM_ID, COUNT(*) FROM CLIMATE WHERE HUMIDITY > 50 GROUP BY ROOM_ID ORDER BY 1")
    assert damp.strip() == str([tuple(row.column_values) for row in cursor.fetchall()])
    cursor.execute("SELECT COUNT(*), COUNT(DISTINCT TITLE) FROM WORK")
    assert works.split() == [str(number) for number in cursor.fetchone().column_values]
    connection.close()
