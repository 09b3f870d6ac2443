"""docs/architecture.md: its lists of imports are those of the code, and its recipes work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_house import PROJECT, siblings, sources

PAGE = (PROJECT / "docs" / "architecture.md").read_text()
COPIED = ("barista", "db", "docs", "localcloud", "tests", "tokonoma", "tools")
"""The folders that a recipe may touch, or that its commands need."""
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis")
TIMEOUT = 100
"""Seconds for the commands of a recipe."""


# Imports ----------------------------------------------------------------------------------------


def told_imports(part: str) -> dict[str, set[str]]:
    """What each folder imports, as a part of the page says."""
    section = re.search(rf"^### {part}.*?(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    folders = re.findall(r"^\* \*\*`([\w/]+)/`\*\*:(.*?)(?=^\* |\n\n)", section[0], re.MULTILINE | re.DOTALL)
    found = {}
    for folder, paragraph in folders:
        words = paragraph.partition("Imports:")[2]
        assert words.strip().endswith("."), f"{folder}: no list of imports"
        found[folder] = set(re.findall(r"`(\w+)`", words))
    return found


def imports_in_code(wing: str, folder: str) -> set[str]:
    """The folders and files beside a folder that it imports; those of the version aside."""
    parts = f"{wing}/{folder}".split("/")
    graph = siblings(sources(wing)).get(".".join(parts[:-1]), {})
    return graph.get(parts[-1], set()) - {"__init__"}


@pytest.mark.parametrize(
    ("wing", "part"), [("tokonoma", "The service"), ("localcloud", "The local cloud")], ids=str
)
def test_the_page_tells_what_each_folder_imports(wing: str, part: str) -> None:
    told = told_imports(part)
    assert told == {folder: imports_in_code(wing, folder) for folder in told}


def test_the_page_has_every_folder() -> None:
    for wing, part in (("tokonoma", "The service"), ("localcloud", "The local cloud")):
        folders = {file.parent.name for file in (PROJECT / wing).glob("*/__init__.py")}
        assert folders
        assert folders <= told_imports(part).keys()


def test_every_file_that_the_page_names_exists() -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    made = {change.file for recipe in RECIPES for change in recipe.changes if change.language == "python"}
    names = {
        file.relative_to(PROJECT).as_posix() for folder in COPIED for file in (PROJECT / folder).rglob("*")
    }
    names |= {file.name for file in PROJECT.iterdir()} | {"web/xs-app.json"}
    named = set(re.findall(r"`([\w./-]+\.(?:py|md|toml|json))`", prose)) - made
    assert len(named) > 50
    assert {name for name in named if not any(f"/{each}".endswith(f"/{name}") for each in names)} == set()


# Recipes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A block of a recipe: a new file, or what changes in one."""

    language: str
    file: str
    text: str

    def apply(self, tree: Path) -> None:
        file = tree / self.file
        if self.language != "diff":
            assert not file.exists(), f"{self.file} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text)
            return
        text = file.read_text()
        for place in self.text.split("@@\n"):
            lines = place.splitlines()
            before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
            after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
            assert text.count(before) == 1, f"{self.file} has {text.count(before)} times:\n{before}"
            text = text.replace(before, after)
        file.write_text(text)


@dataclass(frozen=True)
class Recipe:
    """A recipe of the page."""

    title: str
    changes: tuple[Change, ...]
    commands: tuple[str, ...]

    def __str__(self) -> str:
        return self.title


def read_recipe(section: str) -> Recipe:
    title, _, body = section.partition("\n")
    changes: list[Change] = []
    commands: list[str] = []
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", body, re.MULTILINE | re.DOTALL):
        language, text = match.groups()
        if language == "sh":
            commands += text.splitlines()
            continue
        introduction = body[: match.start()].rstrip().rpartition("\n")[2]
        name = re.search(r"`([\w./-]+\.\w+)`[^`]*:$", introduction)
        assert name is not None, f"no file is named above this block:\n{text}"
        changes.append(Change(language, name[1], text))
    return Recipe(title, tuple(changes), tuple(commands))


RECIPES = [read_recipe(section) for section in PAGE.partition("\n## Recipes\n")[2].split("\n### ")[1:]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what recipes touch."""
    for folder in COPIED:
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=LEFT_OUT)
    for file in PROJECT.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    return tmp_path


def run(command: str, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page in a copy of the tree."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tree,
        env={**variables, "PATH": path, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def test_the_page_has_the_usual_recipes() -> None:
    assert len(RECIPES) == 5
    assert all(recipe.changes and recipe.commands for recipe in RECIPES)
    # The fidelity table is written by the command of its recipe.
    assert all("pytest" in recipe.commands[-1] for recipe in RECIPES)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_a_recipe_does_what_it_says(recipe: Recipe, tree: Path) -> None:
    """And its tests fail as long as only they are there."""
    tests = [change for change in recipe.changes if change.file.startswith("tests/")]
    for change in tests:
        change.apply(tree)
    assert run(recipe.commands[-1], tree).returncode == 1, "the tests pass without the code"
    for change in recipe.changes:
        if change not in tests:
            change.apply(tree)
    for command in recipe.commands:
        done = run(command, tree)
        assert done.returncode == 0, f"{command}\n{done.stdout}"


def test_the_recipes_are_written_as_make_check_wants_it(tree: Path) -> None:
    changes = [change for recipe in RECIPES for change in recipe.changes]
    for change in changes:
        change.apply(tree)
    files = " ".join(sorted({change.file for change in changes if change.file.endswith(".py")}))
    for command in ("ruff format --check", "ruff check"):
        done = run(f"{command} {files}", tree)
        assert done.returncode == 0, done.stdout
