"""How an app is started, and what it lacks for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.space.declared import App, ProjectError
from localcloud.space.start_command import is_router, start_commands, tool_folders, what_is_missing
from tests.localcloud.space.files import write

PROCFILE = {"Procfile": "web: gunicorn a:b\nworker: python work.py\n\n# nothing\n"}
PACKAGE = {"package.json": '{"scripts": {"start": "node a.js"}}'}


@pytest.mark.parametrize(
    ("files", "declared", "given", "command"),
    [
        (PROCFILE | PACKAGE, "declared", "given", "given"),
        (PROCFILE | PACKAGE, "declared", "", "declared"),
        (PROCFILE | PACKAGE, "", "", "gunicorn a:b"),
        (PACKAGE, "", "", "node a.js"),
        ({"package.json": '{"scripts": {"prestart": "x", "start": "y"}}'}, "", "", "npm start"),
        ({"package.json": '{"name": "x"}', "server.js": ""}, "", "", "node server.js"),
    ],
)
def test_the_nearest_command_counts(
    tmp_path: Path, files: dict[str, str], declared: str, given: str, command: str
) -> None:
    app = App("shop", write(tmp_path, files), command=declared)
    assert start_commands(app, {"shop": given} if given else {}) == {"web": command}


def test_workers_have_theirs_from_the_procfile(tmp_path: Path) -> None:
    app = App("shop", write(tmp_path, PROCFILE), workers={"worker": "", "mailer": "mail"}, has_web=False)
    assert start_commands(app, {}) == {"worker": "python work.py", "mailer": "mail"}


def test_an_app_without_a_command_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as refusal:
        start_commands(App("shop", tmp_path), {})
    assert str(refusal.value) == (
        f"shop: no command is declared, nor is one in a Procfile or package.json in {tmp_path}; "
        "--command shop=LINE gives it one, --without shop leaves it out"
    )
    with pytest.raises(ProjectError, match=r"^shop, process worker: no command"):
        start_commands(App("shop", write(tmp_path, PACKAGE), workers={"worker": ""}), {})


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("nobody-has-this --port 1", "nobody-has-this"),
        ("A=1 B=2 exec nobody-has-this", "nobody-has-this"),
        ("sh -c x", ""),
        ("./start.sh", ""),
        ("cd a && nobody-has-this", ""),
        ("${TOOL} x", ""),
        ("exit 3", ""),
        ("ulimit -n 100; nobody-has-this", ""),
        ("'unclosed", ""),
        ("", ""),
    ],
)
def test_a_program_that_is_not_installed_is_told(tmp_path: Path, command: str, missing: str) -> None:
    found = list(what_is_missing(App("shop", tmp_path), {"web": command}, "/usr/bin:/bin"))
    assert found == (
        [f"shop: {missing} is not installed, or not to be found from {tmp_path}"] if missing else []
    )


def test_packages_that_are_not_installed_are_told(tmp_path: Path) -> None:
    app = App("shop", write(tmp_path / "srv", {"package.json": '{"dependencies": {"express": "5"}}'}))
    sentence = f"shop: its packages are not installed: `npm install` in {tmp_path / 'srv'}"
    assert list(what_is_missing(app, {}, "")) == [sentence]
    (tmp_path / "node_modules").mkdir()
    assert list(what_is_missing(app, {}, "")) == []
    gone = App("gone", tmp_path / "gone")
    assert list(what_is_missing(gone, {}, "")) == [
        f"gone: there is no folder {tmp_path / 'gone'}; is it made by a build?"
    ]


def test_tools_are_those_nearest_to_the_app(tmp_path: Path) -> None:
    for name in ("a/b/node_modules/.bin", "a/.venv/bin", "node_modules/.bin"):
        (tmp_path / name).mkdir(parents=True)
    inside = tool_folders(tmp_path / "a" / "b", tmp_path / "a")
    assert [folder.relative_to(tmp_path).as_posix() for folder in inside] == [
        "a/b/node_modules/.bin",
        "a/.venv/bin",
    ]
    assert tool_folders(tmp_path / "a" / "b", Path("/elsewhere")) == inside[:1]


def test_an_approuter_is_known_by_its_package_or_its_routes(tmp_path: Path) -> None:
    package = {"package.json": '{"dependencies": {"@sap/approuter": "20"}}'}
    assert is_router(write(tmp_path / "a", package))
    assert is_router(write(tmp_path / "b", {"xs-app.json": "{}"}))
    assert not is_router(write(tmp_path / "c", PACKAGE))
