"""docs/own-view.md: each of its blocks is applied to a copy of the tree, and its commands run there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.test_architecture import Recipe, read_recipe, run
from tests.docs.test_architecture import tree as tree  # a fixture
from tests.test_house import PROJECT

pytestmark = pytest.mark.slow

PAGE = (PROJECT / "docs" / "own-view.md").read_text()
VIEW, OURS = (
    read_recipe(part)
    for part in (PAGE.partition("\n## Tokonoma as")[0], "Ours\n" + PAGE.partition("\n## Tokonoma as")[2])
)


def follow(recipe: Recipe, tree: Path) -> None:
    """Apply a recipe, whose tests fail as long as only they are there."""
    tests = [change for change in recipe.changes if change.file.startswith("tests/")]
    assert tests
    for change in tests:
        change.apply(tree)
    [command] = recipe.commands
    assert run(command, tree).returncode == 1, "the tests pass without the code"
    for change in recipe.changes:
        if change not in tests:
            change.apply(tree)
    done = run(command, tree)
    assert done.returncode == 0, done.stdout


def test_a_view_is_added_as_the_page_says(tree: Path) -> None:
    follow(VIEW, tree)
    files = " ".join(change.file for change in VIEW.changes if change.file.endswith(".py"))
    for command in ("ruff format --check", "ruff check"):
        done = run(f"{command} {files}", tree)
        assert done.returncode == 0, done.stdout


def test_the_view_takes_some_twenty_lines() -> None:
    [view] = [change.text for change in VIEW.changes if change.file == "tokonoma/views/on_loan.py"]
    code = [line for line in view.partition("def blueprint")[2].splitlines() if line.strip()]
    assert len(code) <= 22


def test_names_scopes_and_policy_are_made_ones_own(tree: Path) -> None:
    follow(OURS, tree)
    scopes = json.loads((tree / "xs-security.json").read_text())
    assert "$XSAPPNAME.Lend" in [each["name"] for each in scopes["scopes"]]
    assert "Lender" in [each["name"] for each in scopes["role-templates"]]


def test_every_block_is_part_of_a_recipe() -> None:
    blocks = len(re.findall(r"^```\w+$", PAGE, re.MULTILINE))
    assert blocks == sum(len(each.changes) + len(each.commands) for each in (VIEW, OURS))


@pytest.mark.parametrize(
    "place", re.findall(r"`((?:tokonoma|web|db)/[\w./-]*|[\w-]+\.(?:toml|json|yml))`", PAGE)
)
def test_every_place_that_the_page_names_is_there(place: str) -> None:
    made = {change.file for recipe in (VIEW, OURS) for change in recipe.changes}
    assert place in made or (PROJECT / place).exists()
