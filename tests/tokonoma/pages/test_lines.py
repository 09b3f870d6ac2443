from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from lxml import html

from localcloud import cloudfoundry
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, running
from tests.tokonoma.pages.conftest import HOSTILE, MARKUP, POLICY
from tokonoma.pages import lines

SHELL = "\"'$(touch touched)`touch touched`\\!&;|\n"
VIEWS = {
    "data/WORK?ROOM_ID.is=IRIS&sort=-VALUE&columns=TITLE,VALUE": 52,
    f"data/HOSTILE?ID.is={quote(MARKUP, safe='')}": 1,
    "data/HOSTILE?ID.is=it%27s": 1,
    "data/HOSTILE": len(HOSTILE),
    f"data/HOSTILE?ID.not={quote(SHELL, safe='')}": len(HOSTILE),
    "data/odd_x002F__x003C_b_x003E__x0022_table": 1,
    "data/PURCHASE?VALUE.null=no": 193,
}
"""Views of tables, and how many rows they have."""


@pytest.fixture(scope="module")
def service(
    museum: LocalHana, xsuaa: LocalXsuaa, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    pyhana, pyuaa = museum.binding(), xsuaa.binding()
    services = cloudfoundry.vcap_services(
        {"pyhana": ("hana", "hdi-shared", pyhana), "pyuaa": ("xsuaa", "application", pyuaa)}
    )
    folder, port = tmp_path_factory.mktemp("service"), free_port()
    policy = folder / "policy.toml"
    policy.write_text((PROJECT / "policy.toml").read_text() + POLICY)
    environment = {
        **cloudfoundry.python_environment(port, services, authority_file),
        "TOKONOMA_POLICY": str(policy),
        "TOKONOMA_WORKERS": "1",
    }
    with running(cloudfoundry.procfile_line(), environment, PROJECT, folder / "output", port) as program:
        program.wait_until_it_answers()
        yield program


@pytest.fixture(scope="module")
def token(xsuaa: LocalXsuaa) -> str:
    return xsuaa.token("alice")


@pytest.fixture
def told(service: Program, token: str) -> Callable[[str], dict[str, str]]:
    """The lines for a view of a table, by the name of the program."""

    def told(view: str) -> dict[str, str]:
        address = f"http://127.0.0.1:{service.port}/{view.replace('data/', 'take/', 1)}"
        answer = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        assert token not in answer.text
        found = html.fromstring(answer.text).xpath("//pre[@class='lines']")
        return {each.get("aria-label"): each.text_content() for each in found}

    return told


def run(arguments: list[str], token: str, folder: Path) -> str:
    """What a program prints, in a folder of its own in which it finds nothing else."""
    done = subprocess.run(
        arguments,
        env={"PATH": os.environ["PATH"], "TOKEN": token, "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (folder / "touched").exists()
    return done.stdout


@pytest.mark.parametrize("view", VIEWS)
def test_curl_keeps_precisely_this_view(
    told: Callable[[str], dict[str, str]], token: str, tmp_path: Path, view: str
) -> None:
    run(["bash", "-c", told(view)["curl"]], token, tmp_path)
    [file] = tmp_path.iterdir()
    with file.open(encoding="utf-8", newline="") as opened:
        head, *rows = list(csv.reader(opened))
    assert file.name == view.removeprefix("data/").partition("?")[0] + ".csv"
    assert len(rows) == VIEWS[view]
    if "TITLE" in view:
        assert head == ["TITLE", "VALUE", "CURRENCY"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("program", ["pandas", "DuckDB"])
def test_pythons_programs_read_precisely_this_view(
    told: Callable[[str], dict[str, str]], token: str, tmp_path: Path, view: str, program: str
) -> None:
    printed = run([sys.executable, "-c", told(view)[program] + "\nprint(len(rows))\n"], token, tmp_path)
    assert printed.splitlines()[-1] == str(VIEWS[view])


def test_odata_has_the_same_rows(told: Callable[[str], dict[str, str]], token: str, service: Program) -> None:
    view = f"data/HOSTILE?ID.is={quote(MARKUP, safe='')}"
    answer = requests.get(told(view)["OData"], headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert [row["ID"] for row in answer.json()["value"]] == [MARKUP]
    assert "OData" not in told("data/PURCHASE")
    assert "UI5" not in told("data/PURCHASE")


@pytest.mark.parametrize("text", [SHELL, "", "ü 😀 \u2028", "#(lf)", 'a"b', "</script>"])
def test_every_language_reads_the_text_that_was_meant(text: str, tmp_path: Path) -> None:
    assert eval(lines.python(text)) == text  # noqa: S307 - it is our own form of it
    assert json.loads(lines.javascript(text)) == text
    assert shlex.split(lines.curl(text, "x"))[-1] == text
    assert lines.m(text)[1:-1].replace("#(#)(", "#(").replace('""', '"') == text
    assert '"' not in lines.m(text)[1:-1].replace('""', "")


def test_power_query_and_ui5_have_their_own_words() -> None:
    assert 'Web.Contents("https://x/a?$filter=1"' in lines.power_query("https://x/a?$filter=1")
    found = lines.ui5("/myapp/odata/", "WORK", {"filter": "TITLE eq 'a\"b'", "select": "ID"}).text
    assert 'serviceUrl: "/myapp/odata/"' in found
    assert '$filter: "TITLE eq \'a\\"b\'"' in found
