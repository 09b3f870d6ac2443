"""`python -m localcloud.hana`, as another project would use it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.__main__ import main
from localcloud.hana.connecting import connect

from .conftest import fetched

PROJECT = Path(__file__).parents[3]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Any]:
    """A cursor of the owner, while a local HANA runs with these arguments; it ends like Ctrl-C."""
    certificates = folder / "certificates"
    command = [sys.executable, "-m", "localcloud.hana", "--port", "0", "--certificates", str(certificates)]
    process = subprocess.Popen(
        [*command, "--owner-password", "Owner1pass", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        banner = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", banner)
        assert found, process.communicate()
        connection = connect(
            {
                "host": "127.0.0.1",
                "port": found[1],
                "user": "TOKONOMA_DT",
                "password": "Owner1pass",
                "schema": "TOKONOMA",
                "certificate": str(certificates / "authority.pem"),
            }
        )
        yield connection.cursor()
        connection.close()
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert process.returncode == 0
    assert complaints == ""


def test_it_says_where_it_is_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path) as cursor:
        cursor.execute("SELECT * FROM DUMMY")
        assert fetched(cursor) == [("X",)]


def test_it_keeps_data_and_certificates_across_runs(tmp_path: Path) -> None:
    seed = tmp_path / "seed.sql"
    seed.write_text("CREATE COLUMN TABLE T (I INTEGER); INSERT INTO T VALUES (1);")
    arguments = "--data", str(tmp_path / "data"), "--seed", str(seed)
    with running(tmp_path, *arguments) as cursor:
        cursor.execute("INSERT INTO T VALUES (2)")
    root = (tmp_path / "certificates" / "authority.pem").read_text()
    with running(tmp_path, *arguments) as cursor:
        cursor.execute("SELECT I FROM T ORDER BY I")
        assert fetched(cursor) == [(1,), (2,)]
    assert (tmp_path / "certificates" / "authority.pem").read_text() == root


def test_the_server_s_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    with running(tmp_path):
        assert (tmp_path / "certificates" / "server.key").stat().st_mode & 0o077 == 0


def refusal(folder: Path, *arguments: str, code: int = 1) -> str:
    """What it says instead of starting."""
    command = [sys.executable, "-m", "localcloud.hana", "--certificates", str(folder), *arguments]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == code
    assert len(answer.stderr.splitlines()) == 1
    return answer.stderr


def test_one_name_for_both_users_is_one_sentence(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, "--port", "0", "--user", "flowers", "--owner", "FLOWERS")
    assert "the user and the owner are two users, and both are called FLOWERS" in sentence


@pytest.mark.parametrize("option", ["--certificates", "--data", "--seed", "--trace"])
def test_a_path_that_cannot_be_used_is_one_sentence_with_its_option(tmp_path: Path, option: str) -> None:
    sentence = refusal(tmp_path, "--port", "0", option, "/dev/null/x", code=2)
    assert sentence.startswith(f"The local HANA cannot start: {option} /dev/null/x: "), sentence


def test_a_seed_that_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, "--port", "0", "--seed", "/dev/zero", code=2)
    assert sentence.endswith("--seed /dev/zero: is neither a file nor a folder\n")


def test_certificates_that_are_none_are_one_sentence(tmp_path: Path) -> None:
    for name in ("authority.pem", "server.pem", "server.key"):
        (tmp_path / name).write_text("rubbish")
    sentence = refusal(tmp_path, "--port", "0", code=2)
    assert f"--certificates {tmp_path}: server.pem and server.key are no certificate and its key" in sentence


def test_a_file_that_another_one_has_is_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / "kept" / "data"
    data.parent.mkdir()
    other = tmp_path / "other"
    other.symlink_to(data)
    with running(tmp_path, "--data", str(data)) as cursor:
        for path in (data, other):
            sentence = refusal(tmp_path, "--port", "0", "--data", str(path), code=2)
            said = f"--data {path}: another local HANA has this file"
            assert sentence == f"The local HANA cannot start: {said}\n"
        cursor.execute("SELECT * FROM DUMMY")
        assert fetched(cursor) == [("X",)]
    assert list(data.parent.iterdir()) == [data]


def test_a_file_is_free_when_who_had_it_was_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "localcloud.hana", "--port", "0", "--data", str(data)]
    command += ["--certificates", str(tmp_path / "certificates")]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "Local HANA at" in process.stdout.readline()
        process.kill()
    with running(tmp_path, "--data", str(data), "--owner", "TOKONOMA_DT") as cursor:
        cursor.execute("SELECT * FROM DUMMY")
        assert fetched(cursor) == [("X",)]


def test_a_file_in_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, "--port", "0", "--data", str(tmp_path / "nodir" / "x.db"), code=2)
    assert f"there is no folder {tmp_path / 'nodir'}" in sentence


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Buy flowers.\n" * 100)
    assert "notes.txt: not a file that the local HANA can use" in refusal(
        tmp_path, "--port", "0", "--data", str(text), code=2
    )
    assert text.read_text() == "Buy flowers.\n" * 100


@pytest.mark.parametrize("option", ["--seed", "--data"])
def test_what_the_arguments_name_comes_before_a_port_that_is_taken(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        nowhere = str(tmp_path / "nowhere" / "x")
        assert "nowhere" in refusal(tmp_path, "--port", port, option, nowhere, code=2)


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "in use" in refusal(tmp_path, "--port", str(taken.getsockname()[1]))


@pytest.mark.parametrize("port", ["no", "65536", "-1", "0000011111111"])
def test_a_port_that_is_none_is_refused_in_words(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"--port={port}"])
    assert "is not a port number" in capsys.readouterr().err


def test_the_environment_gives_what_the_command_line_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_HANA_SCHEMA", "VASES")
    monkeypatch.setenv("LOCAL_HANA_OWNER", "POTTER")
    monkeypatch.setenv("LOCAL_HANA_DATA", "")
    # As Kubernetes sets it beside a service of that name.
    monkeypatch.setenv("LOCAL_HANA_PORT", "tcp://10.0.0.1:39015")
    with running(tmp_path, "--schema", "TOKONOMA", "--owner", "TOKONOMA_DT") as cursor:
        cursor.execute("SELECT * FROM DUMMY")
    monkeypatch.setenv("LOCAL_HANA_SCHEMA", "TOKONOMA")
    monkeypatch.setenv("LOCAL_HANA_OWNER", "TOKONOMA_DT")
    with running(tmp_path) as cursor:
        cursor.execute("SELECT CURRENT_SCHEMA FROM DUMMY")
        assert fetched(cursor) == [("TOKONOMA",)]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("NAMES", "hana,two words", "argument --names: 'two words' is not the name of a machine"),
        ("LISTEN", "everywhere", "argument --listen: 'everywhere' is not an IPv4 address"),
        ("VERSION", "3", "argument --version: invalid choice: 3"),
    ],
)
def test_a_variable_that_does_not_fit_is_refused_as_the_option_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"LOCAL_HANA_{variable}", value)
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert words in capsys.readouterr().err


def test_a_password_that_was_given_is_not_printed(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--certificates", str(tmp_path), "--password", "Runtime1pass"]
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud.hana", *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed and (line := process.stdout.readline()):
        printed += line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "TOKONOMA_RT / (as given)" in printed
    assert "Runtime1pass" not in printed
    assert re.search(r"TOKONOMA_DT / Aa1[\w-]{20}", printed)


def test_it_traces_what_clients_send(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(tmp_path, "--trace", str(trace)) as cursor:
        cursor.execute("CREATE COLUMN TABLE T (I INTEGER PRIMARY KEY, N NVARCHAR(900))")
        cursor.execute("INSERT INTO T VALUES (?, ?)", (1, None))
        cursor.executemany("INSERT INTO T (I) VALUES (?)", [(number,) for number in range(2, 8)])
        cursor.execute("SELECT I\nFROM T WHERE I > ?", (3,))
        for wrong in ("SELEC 1", "INSERT INTO T (I) VALUES (1)"):
            with pytest.raises(dbapi.Error):
                cursor.execute(wrong)
    text = trace.read_text()
    assert "logged on as TOKONOMA_DT" in text
    assert "INSERT INTO T VALUES (?, ?) with (1, NULL) -> 1 rows" in text
    assert "INSERT INTO T (I) VALUES (?) with (2), (3), (4) and 3 rows more -> 6 rows" in text
    assert "SELECT I FROM T WHERE I > ? with (3) -> a result of 1 columns" in text
    assert "SELEC 1 -> error 257" in text
    assert "INSERT INTO T (I) VALUES (1) -> error 301" in text
    assert "Owner1pass" not in text
