"""`make` by itself starts the chain, and `make help` tells of everything else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def make(*arguments: str) -> str:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


def test_help_names_every_command_with_a_sentence() -> None:
    commands = re.findall(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)[0].split()
    lines = make("help").splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(commands)
    assert all(re.fullmatch(r"make [a-z]+ +\S.*\S", line) for line in lines)


def test_without_a_name_it_starts_the_chain() -> None:
    assert "-m localcloud" in make("--dry-run")
