"""`python -m tokonoma.doctor` as an operator types it: what it prints, and its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tokonoma.doctor.conftest import PROJECT
from tokonoma.data.policy import __main__ as policy_command
from tokonoma.doctor import __main__ as command
from tokonoma.doctor import report
from tokonoma.doctor.checkup import Diagnosis, Status


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tokonoma.doctor", *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_failure_has_its_cause_the_next_step_and_a_link() -> None:
    done = doctor("--no-connect")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = [line.strip() for line in done.stdout.splitlines()]
    at = next(number for number, line in enumerate(lines) if line.startswith("problem       bindings.hana"))
    assert lines[at + 1].startswith("hana.unbound: ")
    assert lines[at + 2].startswith("next: cf bind-service")
    assert lines[at + 3] == "more: docs/troubleshooting.md#503"
    assert lines[-1] == "2 problems found."


def test_without_leave_to_connect_a_task_has_an_answer(tmp_path: Path) -> None:
    done = doctor("--no-connect", TOKONOMA_POLICY=str(tmp_path / "none"), VCAP_SERVICES="{")
    assert "policy.missing" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["--url", "web.example.com"], ["--wrong"], ["more"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    done = doctor(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: python -m tokonoma.doctor" in done.stderr


@pytest.mark.parametrize(
    "address",
    [
        *("http://alice:Geheim-1@web.example.com", "https://alice@web.example.com", "https://"),
        *("https://web.example.com?token=Geheim-1", "https://web.example.com/#Geheim-1", "https://[web"),
        *("https://web.example.com:port", "https://web.example.com\n/x", "https://:443"),
    ],
)
def test_an_address_that_is_none_or_holds_a_password_is_wrong_usage(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["--url", address])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert "argument --url: it " in said.err
    assert "Geheim" not in said.out + said.err


@pytest.mark.parametrize("main", [command.main, policy_command.main])
@pytest.mark.parametrize(
    "arguments",
    [
        *(["Geheim-1"], ["--Geheim-1"], ["--token=Geheim-1"], ["--token", "Geheim-1"], ["--json=Geheim-1"]),
        *(["--j=Geheim-1"], ["--tok=Geheim-1"], ["-Geheim-1"], ["--url", "Geheim-1"], ["--", "Geheim-1"]),
        *(["--app"], ["--strict", "Geheim-1'"], ["--strict=Geheim'1"], ["check", "Geheim-1"]),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(
    main: Callable[[list[str]], int], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "error: " in said.err
    assert "Geheim" not in said.err


def test_nothing_from_outside_forges_a_line() -> None:
    finding = Diagnosis("url.login", Status.OK, "to a\x1b[2K\r\nproblem\u2028\u202e\ud800")
    [line] = report.lines(finding)
    assert line.endswith(r"to a\x1b[2K\r\nproblem\u2028\u202e\ud800")


def test_a_pipe_that_nobody_writes_into_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "READING", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemExit) as end:
        command.main(["--no-connect", "--token", str(tmp_path / "pipe")])
    assert end.value.code == 2
    assert "it did not come within" in capsys.readouterr().err
    # Lets the reader end.
    os.close(os.open(tmp_path / "pipe", os.O_WRONLY))


def test_whoever_reads_the_first_line_alone_sees_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tokonoma.doctor", "--no-connect"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == command.NOBODY_READS
