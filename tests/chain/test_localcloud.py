"""`python -m localcloud`, as a person starts it: the banner, the commands beside it, and the end."""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


def test_the_readme_shows_who_can_sign_in_as_the_banner_does(cloud: Program) -> None:
    readme = (PROJECT / "README.md").read_text()
    shown = re.findall(r"^ .*(?:alice|bob  |carol) / .*$", readme, re.MULTILINE)
    assert len(shown) == 3
    assert "\n".join(shown) in cloud.output


def test_a_token_from_the_command_opens_the_service(cloud: Program, folder: Path) -> None:
    for user in ("alice", "bob", "carol"):
        token = run(folder, "token", user).stdout.strip()
        answer = requests.get(
            address_of_myapp(cloud), headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert answer.text.startswith("Current time is: ")


def test_its_hana_holds_the_demo_schema_to_read_and_not_to_write(cloud: Program, folder: Path) -> None:
    read = run(folder, "sql", feed="SELECT COUNT(*) FROM WORK;")
    assert "240" in read.stdout.split()
    written = run(folder, "sql", feed="DELETE FROM WORK;")
    assert (written.returncode, written.stderr[:4]) == (1, "258:")
    assert "is not read" not in cloud.output


def test_a_token_can_be_asked_for_with_less(cloud: Program, folder: Path) -> None:
    token = run(folder, "token", "alice", "--scope", "$XSAPPNAME.Operate").stdout.strip()
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


def test_without_a_local_cloud_the_commands_say_so(tmp_path: Path) -> None:
    for arguments in (["token", "alice"], ["env"], ["sql"], ["doctor", "--json"]):
        result = run(tmp_path, *arguments)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == f"No local cloud is running in {tmp_path}; start it with `make run`.\n"


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


@contextmanager
def listening(port: int, host: str = "127.0.0.1") -> Iterator[None]:
    """Somebody listens on `port`: we, unless another program does already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            taken.bind((host, port))
            taken.listen()
        yield


@pytest.fixture(autouse=True)
def hang_ups_are_heard() -> Iterator[None]:
    """Under `nohup` they are ignored, and whoever is started inherits that; a handler is not inherited."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def local_cloud(folder: Path, *, wait: bool = True, **environment: str) -> Iterator[Program]:
    """One on whatever ports are free, in a folder of its own; at the end nothing is left of it."""
    needs_node()
    temporary = folder / "temporary"
    temporary.mkdir()
    output, notes = folder / "output", folder / "notes"
    environment |= {"TMPDIR": str(temporary)}
    with running(f"{LOCALCLOUD} --folder {notes}", environment, PROJECT, output, 0) as program:
        if wait:
            wait_for_the_banner(program)
        yield program
    assert "Traceback" not in program.output
    assert not list(temporary.iterdir())


def wait_for(words: str, program: Program) -> None:
    deadline = time.monotonic() + PATIENCE
    while words not in program.output:
        assert time.monotonic() < deadline, program.output
        time.sleep(0.02)


def family_of(program: Program) -> list[psutil.Process]:
    return psutil.Process(program.process.pid).children(recursive=True)


def assert_ends(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert not alive


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process_and_no_notes(tmp_path: Path, how: signal.Signals) -> None:
    with local_cloud(tmp_path) as program:
        family = family_of(program)
        assert len(family) > 4
        os.kill(program.process.pid, how)
        assert program.process.wait(PATIENCE) == 0
        assert_ends(family)
        assert program.output.endswith("Stopped.\n")
    assert {file.name for file in (tmp_path / "notes").iterdir()} == {"authority.pem", "lock"}


def test_killed_it_takes_all_of_the_chain_along(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with local_cloud(tmp_path) as program:
        family = family_of(program)
        program.process.kill()
        program.process.wait(PATIENCE)
        assert_ends(family)
    assert run(notes, "token", "alice").stderr.startswith("No local cloud is running")
    again = tmp_path / "again"
    again.mkdir()
    (again / "notes").symlink_to(notes)
    with local_cloud(again):
        assert run(notes, "token", "alice").stdout.count(".") == 2
    assert {file.name for file in notes.iterdir()} == {"authority.pem", "lock"}


def test_a_closed_terminal_ends_it(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud", "--folder", tmp_path],
        cwd=PROJECT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        printed = b""
        while b"Ctrl-C" not in printed:
            printed += os.read(ours, 4096)
        family = psutil.Process(process.pid).children(recursive=True)
        os.close(ours)
        # Not its controlling terminal, so no SIGHUP comes; but the next line cannot be written.
        ports = re.findall(rb"http://127\.0\.0\.1:(\d+)/", printed)
        assert ports, printed.decode(errors="replace")
        port = int(ports[-1])
        with suppress(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=30)
        assert process.wait(PATIENCE) == 0
        assert_ends(family)
    finally:
        process.kill()
        process.wait()


def test_started_by_nohup_it_outlives_the_terminal(tmp_path: Path) -> None:
    needs_node()
    command = f"exec nohup {LOCALCLOUD.removeprefix('exec ')} --folder {tmp_path}"
    with running(command, {}, PROJECT, tmp_path / "output", 0) as program:
        wait_for_the_banner(program)
        os.kill(program.process.pid, signal.SIGHUP)
        assert run(tmp_path, "token", "alice").returncode == 0
        assert "Stopping" not in program.output


def test_a_second_one_in_the_same_folder_is_told_where_the_first_is(cloud: Program, folder: Path) -> None:
    refused = run(folder)
    assert refused.returncode == 2
    [sentence] = refused.stderr.splitlines()
    for word in (f"http://localhost:{cloud.port}/", str(cloud.process.pid), "--folder", str(folder)):
        assert word in sentence
    assert run(folder, "token", "alice").returncode == 0


def test_a_port_that_was_asked_for_and_is_taken_is_named(tmp_path: Path) -> None:
    with listening(port := free_port()):
        refused = run(tmp_path, f"--port={port}")
    assert refused.returncode == 2
    assert refused.stderr == f"Port {port} is taken; choose another with --port, or none.\n"


def test_a_port_of_which_a_browser_would_get_the_wrong_server_is_not_used(tmp_path: Path) -> None:
    with listening(port := free_port(), "::1"):
        refused = run(tmp_path, f"--port={port}")
    assert refused.returncode == 2
    assert "[::1]" in refused.stderr


def test_where_the_usual_port_is_taken_it_says_so_and_takes_another(tmp_path: Path) -> None:
    with listening(5050), local_cloud(tmp_path) as program:
        found = re.search(r"open:  (http://localhost:(\d+)/)  \(port 5050 is taken\)", program.output)
        assert found
        assert found[2] != "5050"
        assert requests.get(f"{found[1]}health", timeout=30).json() == {"status": "UP"}


def test_the_commands_of_the_banner_work_as_they_stand(cloud: Program) -> None:
    found = re.search(r'With a token +curl -H "(.*)" (\S+)', cloud.output)
    assert found
    header = subprocess.run(
        ["/bin/sh", "-c", f'echo "{found[1]}"'], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    name, _, value = header.strip().partition(": ")
    assert requests.get(found[2], headers={name: value}, timeout=30).text.startswith("Current time is: ")
    found = re.search(r"In SQL +(.*)", cloud.output)
    assert found
    sql = ["/bin/sh", "-c", f"echo 'SELECT 1 FROM DUMMY;' | {found[1]}"]
    assert b"1 row" in subprocess.run(sql, cwd=PROJECT, capture_output=True, check=True).stdout


def test_the_doctor_finds_nothing_wrong_with_the_chain(cloud: Program, folder: Path) -> None:
    """By `python -m localcloud doctor`, which is what `make doctor` runs."""
    assert "-m localcloud doctor" in (PROJECT / "Makefile").read_text()
    report = run(folder, "doctor", "--strict")
    assert (report.returncode, report.stderr) == (0, "")
    assert report.stdout.endswith("No problem was found.\n")
    for check in ("hana.privileges", "xsuaa.client", "url.sign_in"):
        assert re.search(rf"^ok +{re.escape(check)} ", report.stdout, re.MULTILINE)
    assert report.stdout.count("\nok ") + 1 == len(report.stdout.splitlines()) - 2


@pytest.mark.parametrize(("user", "count"), [("alice", 240), ("bob", 101), ("carol", None)])
def test_the_first_minute_shows_each_person_other_works(
    cloud: Program, folder: Path, user: str, count: int | None
) -> None:
    """The README's lines, run by a shell as they stand; only the port is this test's."""
    [address] = re.findall(r"With a token .* (http://\S+)", cloud.output)
    found = re.findall(
        r"^    (curl .*/(?:odata|data)/WORK.*)$", (PROJECT / "README.md").read_text(), re.MULTILINE
    )
    assert len(found) == 2
    token = subprocess.run(
        [sys.executable, "-m", "localcloud", "token", user, "--folder", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    page, table = (
        subprocess.run(
            ["/bin/sh", "-c", command.replace("http://127.0.0.1:3000/", address).replace("curl", "curl -s")],
            env={**os.environ, "TOKEN": token},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in found
    )
    if count is None:
        assert '"unknown-object"' in page
        assert "unknown-object" in table
    else:
        assert f'"@odata.count":{count},' in page
        assert len(list(csv.reader(table.splitlines()))) == count + 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_browser_is_led_to_the_sign_in_page(cloud: Program, host: str) -> None:
    headers = {"User-Agent": "Mozilla/5.0"}
    page = requests.get(f"http://{host}:{cloud.port}/index.html", headers=headers, timeout=30).text
    found = re.search(r'location="([^"]*/oauth/authorize[^"]*)"', page)
    assert found
    answer = requests.get(found[1], timeout=30)
    assert answer.status_code == 200
    assert "Sign in" in answer.text


def test_the_settings_of_the_shell_reach_the_two_apps(tmp_path: Path) -> None:
    with local_cloud(tmp_path, TOKONOMA_LOGS="json", XS_APP_LOG_LEVEL="info") as program:
        assert '| {"' in program.output
        assert "info: Listening" not in program.output
        assert re.search("^web .*Application router is listening", program.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("setting", "word"),
    [({"TOKONOMA_WORKERS": "99"}, "TOKONOMA_WORKERS"), ({"TOKONOMA_XSUAA_SERVICE": "nobody"}, "nobody")],
)
def test_a_failed_start_says_why_and_leaves_nothing(
    tmp_path: Path, setting: dict[str, str], word: str
) -> None:
    with local_cloud(tmp_path, wait=False, **setting) as program:
        wait_for("Starting", program)
        family = family_of(program)
        assert program.process.wait(PATIENCE) == 1
        assert_ends(family)
        assert re.search(rf"^myapp \| Tokonoma does not start: .*{word}", program.output, re.MULTILINE)
        assert program.output.endswith("myapp has stopped (exit code 1); its last lines are above.\n")
    assert {file.name for file in (tmp_path / "notes").iterdir()} == {"authority.pem", "lock"}


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Before a port that is taken."""
    (file := tmp_path / "file").touch()
    with listening(port := free_port()):
        refused = run(file, f"--port={port}")
    assert refused.returncode == 2
    [sentence] = refused.stderr.splitlines()
    assert str(file) in sentence


@pytest.mark.parametrize("port", ["no", "0", "65536", "-1", "0000011111111"])
def test_a_wrong_port_is_refused_in_words(tmp_path: Path, port: str) -> None:
    result = run(tmp_path, f"--port={port}")
    assert result.returncode == 2
    assert "is not a port number" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", ["Starting", "local HANA", "local XSUAA", "myapp |"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_leaves_no_process(tmp_path: Path, how: signal.Signals, words: str) -> None:
    """Any moment of its own: what comes while Python itself starts is Python's to answer."""
    with local_cloud(tmp_path, wait=False) as program:
        wait_for(words, program)
        family = family_of(program)
        os.kill(program.process.pid, how)
        program.process.wait(PATIENCE)
        assert_ends(family)
        leftover = [p for p in psutil.process_iter(["environ"]) if str(tmp_path) in str(p.info["environ"])]
        assert not leftover
