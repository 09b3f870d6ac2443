"""`python -m tokonoma.doctor` as an operator types it: what it prints, and its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokonoma.doctor.conftest import PROJECT


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
