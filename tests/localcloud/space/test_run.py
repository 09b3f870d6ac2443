"""Projects of other people's making, each started by one command: signed in to, read, asked, stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser

from localcloud.cloudfoundry import PROJECT, process_environment
from tests.chain.people import Person
from tests.chain.visits import sign_in
from tests.localcloud.space.files import write
from tests.programs import PATIENCE, TOOLS, Program, needs_node, running, skip_or_fail

PROJECTS = PROJECT / "tests" / "projects"
LOCALCLOUD = f"exec {sys.executable} -m localcloud"
ENVIRONMENT = {"PYTHONPATH": str(PROJECT)}
PACKAGES = {
    "bakery": "tests/projects",
    "bakery/app/router": "web",
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
    output = project.parent / f"{project.name}.output"
    command = " ".join([LOCALCLOUD, "run --port 0", *options])
    with running(command, ENVIRONMENT, project, output, 0) as program:
        deadline = time.monotonic() + 2 * PATIENCE
        while "Ctrl-C" not in program.output:
            assert program.process.poll() is None, program.output
            assert time.monotonic() < deadline, program.output
            time.sleep(0.05)
        found = re.search(r" is open:  http://\w+(?:\.\w+)*:(\d+)/", program.output)
        assert found, program.output
        program.port = int(found[1])
        yield program
    assert "Traceback" not in program.output


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


@pytest.fixture(scope="module")
def florist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Program]]:
    project = copy("florist", tmp_path_factory.mktemp("projects"))
    with started(project) as program:
        yield project, program


@pytest.mark.slow
def test_flask_with_sqlalchemy_is_signed_in_to_by_a_browser(
    florist: tuple[Path, Program], browser: Browser
) -> None:
    """Declared by a manifest whose variables have no value, and whose services tell no kind."""
    _, program = florist
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{program.port}/")
    sign_in(page, "alice")
    page.get_by_role("link", name="Flowers").click()
    page.wait_for_url("**/api/flowers")
    answer = json.loads(page.inner_text("body"))
    context.close()
    assert answer == {
        "buyer": "alice",
        "shop": f"http://localhost:{program.port}",
        "flowers": [
            ["Camellia", "2025-02-01", "4.5"],
            ["Iris", "2025-05-20", "6.25"],
            ["Lotus", "2025-07-10", None],
        ],
    }


@pytest.mark.slow
def test_the_other_commands_work_in_its_folder(florist: tuple[Path, Program]) -> None:
    project, program = florist
    token = ask(project, "token", "alice").stdout.strip()
    flowers = f"{address_of('florist', program)}/flowers"
    answer = requests.get(flowers, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
    assert answer.json()["buyer"] == "alice"
    assert requests.get(flowers, timeout=PATIENCE).status_code == 401
    inside = project / "web" / "resources"
    assert "3" in ask(inside, "sql", feed="SELECT COUNT(*) FROM FLOWER;").stdout.split()
    lines = ask(project, "env", "florist-web").stdout
    assert '"xsuaa"' in lines
    assert '"hana"' not in lines
    refused = ask(project, "env", "nobody")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "There is no app nobody; there are: florist, florist-web\n"
    assert "Only Tokonoma's own service" in ask(project, "policy", "check").stderr


@pytest.mark.slow
def test_any_program_takes_the_place_of_an_app(florist: tuple[Path, Program]) -> None:
    """The roots of the one trust file do for hdbcli, which is not told where they are."""
    project, _ = florist
    script = f'eval "$({sys.executable} -m localcloud env florist)"; exec {sys.executable} -c "$PROGRAM"'
    program = "import shop; print(shop.app.test_client().get('/alive').text, shop.engine.connect().closed)"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=project,
        env={**os.environ, **ENVIRONMENT, "PROGRAM": program},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("yes False\n", 0), done.stderr


@pytest.mark.slow
def test_a_second_start_in_its_folder_is_told_of_the_first(florist: tuple[Path, Program]) -> None:
    project, program = florist
    refused = ask(project, "run", "--port", "0")
    assert refused.returncode == 2
    assert f"http://localhost:{program.port}/" in refused.stderr
    assert (project / ".localcloud" / ".gitignore").read_text() == "*\n"


@pytest.mark.slow
def test_node_with_express_and_xssec_reads_an_hdi_container(tmp_path: Path) -> None:
    """Declared by an MTA whose xs-security.json has no name; one of its services has no stand-in."""
    project = copy("library", tmp_path)
    with started(project) as program:
        for user, status in (("alice", 200), ("carol", 403)):
            with Person(program.port) as person:
                person.sign_in(user)
                answer = person.get("/api/books")
            assert answer.status_code == status, answer.text
            if user == "alice":
                assert answer.json() == {
                    "reader": "alice",
                    "books": [
                        {"ID": 1, "TITLE": "The Book of Tea"},
                        {"ID": 2, "TITLE": "In Praise of Shadows"},
                    ],
                    "hours": {"from": 9, "to": 17},
                    "address": f"http://localhost:{program.port}",
                    "mail": "library@example.com",
                }
        assert "library-db-deployer is not started: what it would deploy is read from db" in program.output
        assert "library-logs is left out: application-logs has no stand-in here" in program.output
        family = psutil.Process(program.process.pid).children(recursive=True)
        assert len(family) > 3
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(PATIENCE) == 0
        _, alive = psutil.wait_procs(family, timeout=PATIENCE)
        assert not alive
        assert program.output.endswith("Stopped.\n")
    assert not (project / ".localcloud" / "running.json").exists()
    ended = ask(project, "token", "alice")
    assert ended.stderr == "No local cloud is running; start it with `python -m localcloud run`.\n"


@pytest.mark.slow
def test_a_cap_service_reads_and_writes_what_cds_build_has_made(tmp_path: Path) -> None:
    """Declared by the MTA that CAP writes; its tables and rows are those of gen/db."""
    project = copy("bakery", tmp_path)
    told = ask(project, "run", "--port", "0")
    assert "npx cds build --production" in told.stderr
    build(project)
    with started(project) as program:
        with Person(program.port) as alice:
            alice.sign_in("alice")
            breads = "/api/bakery/Breads"
            found = alice.get(f"{breads}?$expand=grain&$orderby=name", **{"Accept-Language": "de"}).json()
            assert [(each["name"], each["price"], each["grain"]["name"]) for each in found["value"]] == [
                ("Melon bread", "1.80", "Wheat"),
                ("Roggenbrot", "4.20", "Rye"),
            ]
            token = alice.csrf_token()
            headers = {"x-csrf-token": token, "Content-Type": "application/json"}
            new = json.dumps({"ID": 3, "name": "Anpan", "price": "2.10", "grain_code": "WHE"})
            made = alice.post(breads, new, **headers)
            assert (made.status_code, made.json()["createdBy"]) == (201, "alice"), made.text
            assert alice.get(f"{breads}/$count").text == "3"
        for user, status in (("bob", 200), ("carol", 403)):
            with Person(program.port) as person:
                person.sign_in(user)
                assert person.get(f"{breads}(3)").status_code == status
                headers["x-csrf-token"] = person.csrf_token()
                assert person.post(breads, new.replace("3", "4"), **headers).status_code == 403
        rows = ask(project / "gen", "sql", feed="SELECT NAME FROM BAKERY_BREADS WHERE CREATEDBY = 'alice';")
        assert "Anpan" in rows.stdout


def build(project: Path) -> None:
    """What the MTA's build does first."""
    environment = process_environment({"CI": "true"}, project / "node_modules" / ".bin", TOOLS)
    done = subprocess.run(
        ["cds", "build", "--production"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


SERVER = """
import http.server, json, os, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ[self.path[1:]].encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
PLAIN = """
applications:
  - name: plain
    command: python server.py
    services: [cache, logs]
    processes:
      - {type: web, health-check-type: http, health-check-http-endpoint: /PORT}
      - {type: worker, instances: 1, command: echo working; exec sleep 1000}
"""


def test_an_app_gets_what_a_file_says_of_a_service_and_workers_run_beside_it(tmp_path: Path) -> None:
    project = write(
        tmp_path / "plain",
        {
            "manifest.yml": PLAIN,
            "server.py": SERVER,
            "key.json": '{"label": "redis-cache", "credentials": {"uri": "rediss://x"}}',
        },
    )
    with started(project, "--service cache=key.json") as program:
        url = f"http://127.0.0.1:{program.port}"
        services = requests.get(f"{url}/VCAP_SERVICES", timeout=PATIENCE).json()
        assert [each["credentials"] for each in services["redis-cache"]] == [{"uri": "rediss://x"}]
        assert services.keys() == {"redis-cache"}
        program.wait_until_it_says("plain/worker | working")
        assert "logs is left out: its kind is not told" in program.output
        trust = requests.get(f"{url}/NODE_EXTRA_CA_CERTS", timeout=PATIENCE).text
        assert Path(trust).read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert ask(project, "token", "alice").stderr == "No token: no XSUAA is running here.\n"
        assert ask(project, "sql").stderr == "No HANA is running here.\n"


@pytest.mark.parametrize(
    ("files", "options", "complaint"),
    [
        ({}, [], ".: there is none of manifest.yml, manifest.yaml, mta.yaml, mtad.yaml"),
        ({"manifest.yml": "a: [1\nb: 2"}, [], "manifest.yml:2: is not YAML"),
        ({"manifest.yml": "applications: [{name: a}]"}, [], "a: no command is declared"),
        ({"mta.yaml": "modules: [{name: a, path: gone}]"}, [], "a: there is no folder gone; is it made by a"),
        (
            {
                "manifest.yml": "applications: [{name: a, command: sh x, services: [uaa]}]",
                "xs-security.json": "{",
            },
            [],
            "xs-security.json:1: is not JSON",
        ),
        (
            {
                "manifest.yml": "applications: [{name: a, command: sh x, services: [uaa]}]",
                "xs-security.json": '{"scopes": 1}',
            },
            [],
            "xs-security.json: scopes must be a list",
        ),
        (
            {
                "manifest.yml": "applications: [{name: a, command: sh x, services: [my-db]}]",
                "db/T.hdbtable": "TABLE T (A NOTYPE)",
            },
            [],
            "local HANA: db/T.hdbtable:1:",
        ),
        (
            {"manifest.yml": "applications: [{name: a, command: sh x, services: [c]}]"},
            ["--service", "c=gone.json"],
            "gone.json: cannot be read",
        ),
    ],
)
def test_what_does_not_start_is_told_in_one_line_of_the_users_terms(
    tmp_path: Path, files: dict[str, str], options: list[str], complaint: str
) -> None:
    refused = ask(write(tmp_path, files), "run", "--port", "0", *options)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The local cloud does not start: {complaint}")
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / ".localcloud" / "running.json").exists()


def test_an_app_that_ends_ends_all_and_its_last_lines_are_there(tmp_path: Path) -> None:
    write(tmp_path, {"manifest.yml": "applications: [{name: a, command: echo why; exit 3, services: [uaa]}]"})
    ended = ask(tmp_path, "run", "--port", "0")
    assert ended.returncode == 1
    assert "a | why\n" in ended.stdout
    assert ended.stdout.endswith("a has stopped (exit code 3); its last lines are above.\n")


def test_a_wrong_option_is_told(tmp_path: Path) -> None:
    for option in ("--service", "--var", "--command"):
        refused = ask(tmp_path, "run", option, "nothing")
        assert refused.returncode == 2
        assert refused.stderr.endswith(f"argument {option}: 'nothing' is no NAME=VALUE\n")


def test_the_projects_of_these_tests_want_the_packages_that_are_installed() -> None:
    ours = json.loads((PROJECT / "web" / "package.json").read_text())["dependencies"]
    versions = json.loads((PROJECTS / "package.json").read_text())["dependencies"] | ours
    for app in PACKAGES:
        wanted = json.loads((PROJECTS / app / "package.json").read_text())["dependencies"]
        assert wanted.items() <= versions.items(), app
