"""`python -m localcloud`, as a person starts it: the banner, the commands beside it, and the end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from tests.programs import PATIENCE, Program, needs_node, running

LOCALCLOUD = f"exec {sys.executable} -m localcloud"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="module")
def cloud(folder: Path) -> Iterator[Program]:
    """A local cloud that has come to its banner."""
    needs_node()
    port = free_port()
    command = f"{LOCALCLOUD} --folder {folder} --port {port}"
    with running(command, {}, PROJECT, folder / "output", port) as program:
        wait_for_the_banner(program)
        yield program


def wait_for_the_banner(program: Program) -> None:
    deadline = time.monotonic() + PATIENCE
    while "Ctrl-C" not in program.output:
        assert program.process.poll() is None, program.output
        assert time.monotonic() < deadline, program.output
        time.sleep(0.05)


def run(folder: Path, *arguments: str, feed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "localcloud", "--folder", folder, *arguments],
        cwd=PROJECT,
        input=feed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def address_of_myapp(program: Program) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/", program.output.partition("With a token")[2])
    assert found
    return found[0]


def test_the_banner_names_the_address_and_the_people(cloud: Program) -> None:
    assert f"Tokonoma is open:  http://localhost:{cloud.port}/" in cloud.output
    parts = re.findall(r"^  (local HANA|local XSUAA|myapp|web) +ready", cloud.output, re.MULTILINE)
    assert parts == ["local HANA", "local XSUAA", "myapp", "web"]
    for person in ("alice", "bob", "carol"):
        assert f"{person}" in cloud.output


def test_a_token_from_the_command_opens_the_service(cloud: Program, folder: Path) -> None:
    for user in ("alice", "bob", "carol"):
        token = run(folder, "token", user).stdout.strip()
        answer = requests.get(
            address_of_myapp(cloud), headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert answer.text.startswith("Current time is: ")


def test_a_token_can_be_asked_for_with_less(cloud: Program, folder: Path) -> None:
    token = run(folder, "token", "alice", "--scope", "$XSAPPNAME.Display").stdout.strip()
    answer = requests.get(address_of_myapp(cloud), headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tokonoma:problem:insufficient-scope"


def test_a_stranger_gets_no_token_and_is_told_so(cloud: Program, folder: Path) -> None:
    refused = run(folder, "token", "mallory")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("No token: ")
    assert "Traceback" not in refused.stderr


def test_any_program_runs_against_it_with_the_printed_environment(cloud: Program, folder: Path) -> None:
    """A program written the tutorial's way, on current libraries and otherwise unchanged."""
    script = (
        f'eval "$({sys.executable} -m localcloud --folder {folder} env myapp)"; '
        f"echo $PORT; exec {sys.executable} bench/tutorial.py"
    )
    process = subprocess.Popen(
        ["/bin/sh", "-c", script],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        program = Program(process, port, folder / "output")  # type: ignore[arg-type]
        token = run(folder, "token", "carol").stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = requests.get(f"http://127.0.0.1:{program.port}/", headers=headers, timeout=30)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        assert answer.text.startswith("Current time is: ")
        assert requests.get(f"http://127.0.0.1:{program.port}/", timeout=30).status_code == 403
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("app", ["myapp", "web"])
def test_the_printed_environment_is_safe_to_evaluate(cloud: Program, folder: Path, app: str) -> None:
    script = f'eval "$({sys.executable} -m localcloud --folder {folder} env {app})" && env -0'
    result = subprocess.run(["/bin/sh", "-c", script], cwd=PROJECT, capture_output=True, check=True)
    values = dict(pair.split("=", 1) for pair in result.stdout.decode().split("\0") if "=" in pair)
    assert '"pyuaa"' in values["VCAP_SERVICES"]
    assert ("destinations" in values) == (app == "web")
    assert int(values["PORT"]) != cloud.port


def test_the_prompt_runs_statements_and_reports_errors(cloud: Program, folder: Path) -> None:
    result = run(folder, "sql", feed="select 1 as one,\n 'a' as two from dummy;\nselect nothing;\n")
    assert "ONE  TWO" in result.stdout
    assert "1 row" in result.stdout
    assert result.returncode == 1
    assert re.match(r"2\d\d: ", result.stderr)
    assert "Traceback" not in result.stderr


def test_without_a_local_cloud_the_commands_say_so(tmp_path: Path) -> None:
    for arguments in (["token", "alice"], ["env"], ["sql"]):
        result = run(tmp_path, *arguments)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == "No local cloud is running; start it with `make run`.\n"


def test_its_notes_are_readable_by_their_owner_only(cloud: Program, folder: Path) -> None:
    assert (folder / "running.json").stat().st_mode & 0o077 == 0


def test_everything_listens_on_loopback_only(cloud: Program) -> None:
    family = [psutil.Process(cloud.process.pid), *psutil.Process(cloud.process.pid).children(recursive=True)]
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_taken_port_is_replaced_and_a_signal_leaves_no_process(tmp_path: Path, how: signal.Signals) -> None:
    needs_node()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        command = f"{LOCALCLOUD} --folder {tmp_path} --port {wanted}"
        with running(command, {}, PROJECT, tmp_path / "output", wanted) as program:
            wait_for_the_banner(program)
            assert f"(port {wanted} was taken)" in program.output
            family = psutil.Process(program.process.pid).children(recursive=True)
            assert len(family) > 4
            os.kill(program.process.pid, how)
            assert program.process.wait(PATIENCE) == 0
            _, alive = psutil.wait_procs(family, timeout=PATIENCE)
            assert not alive
            assert "Traceback" not in program.output
    assert not (tmp_path / "running.json").exists()


@pytest.mark.parametrize("port", ["no", "0", "65536", "-1"])
def test_a_wrong_port_is_refused_in_words(tmp_path: Path, port: str) -> None:
    result = run(tmp_path, f"--port={port}")
    assert result.returncode == 2
    assert "is not a port number" in result.stderr


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_moment_leaves_no_process(
    tmp_path: Path, how: signal.Signals, seconds: float
) -> None:
    needs_node()
    port = free_port()
    command = f"{LOCALCLOUD} --folder {tmp_path} --port {port}"
    with running(command, {}, PROJECT, tmp_path / "output", port) as program:
        deadline = time.monotonic() + PATIENCE
        while "local XSUAA" not in program.output and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(seconds)
        family = psutil.Process(program.process.pid).children(recursive=True)
        os.kill(program.process.pid, how)
        program.process.wait(PATIENCE)
        _, alive = psutil.wait_procs(family, timeout=PATIENCE)
        assert not alive
        assert "Traceback" not in program.output
        leftover = [p.pid for p in psutil.process_iter(["environ"]) if f":{port}" in str(p.info["environ"])]
        assert not leftover
