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
    assert all(re.fullmatch(r"make [a-z-]+ +\S.*\S", line) for line in lines)


def test_without_a_name_it_starts_the_chain() -> None:
    assert "-m localcloud" in make("--dry-run")


def test_the_image_of_the_local_hana_is_built_from_its_folder_as_the_page_says() -> None:
    told = make("--dry-run", "local-hana-image", "ENGINE=docker").split("exec ")[1].strip()
    assert told == "docker build --tag local-hana localcloud"
    assert told.replace("--tag", "-t") in (PROJECT / "docs" / "ci.md").read_text()
