"""What `localcloud run` gives to apps, and says of projects that it cannot start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests

from localcloud.space.run import environment_command
from tests.localcloud.space.files import write
from tests.localcloud.space.starting import (
    ask,
    started,
    wait_for_the_banner,
)
from tests.programs import PATIENCE, running
from tests.wheel import Installed

pytestmark = pytest.mark.timeout(300)  # a program starts, on a busy machine one after the other

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
        assert ask(project, "token", "alice").stderr == "No token: no identity service is running here.\n"
        assert ask(project, "sql").stderr == "No HANA is running here.\n"


def test_what_is_installed_starts_a_project_by_its_command(installed: Installed, tmp_path: Path) -> None:
    """Where nothing of this project is but the wheel."""
    project = write(tmp_path / "plain", {"manifest.yml": PLAIN, "server.py": SERVER})
    output = tmp_path / "output"
    command = f"exec {installed.tools[0] / 'localcloud'} run --port 0"
    with running(command, installed.variables, project, output, 0) as program:
        wait_for_the_banner(program)
        asked = installed.run("localcloud", "env", "plain", folder=project)
        assert "export VCAP_APPLICATION=" in asked.stdout
    ended = installed.run("localcloud", "env", "plain", folder=project)
    assert ended.stdout == "No local cloud is running; start it with `python -m localcloud run`.\n"


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
        assert refused.stderr.endswith(f"argument {option}: takes NAME=VALUE\n")
    refused = ask(tmp_path, "token", "alice", "--scoop=a-secret", "another")
    assert refused.stderr.endswith("unrecognized arguments: --scoop\n")


def test_a_folder_that_cannot_be_is_told_with_its_option(tmp_path: Path) -> None:
    write(tmp_path, {"manifest.yml": "applications: [{name: a, command: echo why}]"})
    refused = ask(tmp_path, "run", "--port", "0", "--folder", "/dev/null/x")
    assert refused.returncode == 2
    assert refused.stderr == "The local cloud does not start: --folder /dev/null/x: Not a directory\n"


@pytest.mark.parametrize("name", ["shop", "it's", 'a "b" $(c) `d`; e', "*"])
def test_the_command_for_an_environment_names_the_app_in_any_shell(name: str) -> None:
    # The printed text says how many arguments there were, and whether the second is the name.
    function = 'program() { [ "$2" = "$EXPECTED" ] && echo "FOUND=$#"; }; '
    script = function + environment_command("program", name) + '; printf %s "$FOUND"'
    found = subprocess.run(
        ["sh", "-c", script], env={"EXPECTED": name}, stdout=subprocess.PIPE, text=True, check=True
    )
    assert found.stdout == "2"
