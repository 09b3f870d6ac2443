"""Says how an app is started, as its buildpack would: by its command, its Procfile or its package.json."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from .declared import App, ProjectError
from .documents import Section, read_json, text_of
from .java import jar_command

_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_TOOLS = (".venv/bin", "venv/bin", "node_modules/.bin")
_BUILTINS = frozenset(
    word
    for line in (
        ". : [ alias bg break case cd command continue echo eval exec exit export false fg for function",
        "getopts hash if jobs kill local printf pwd read readonly return set shift source test time",
        "times trap true type ulimit umask unalias unset until wait while",
    )
    for word in line.split()
)
"""What a shell knows without a program."""


def start_commands(app: App, given: Mapping[str, str]) -> dict[str, str]:
    """The command of each process, by its type; `given` is by app, and comes first. Raises ProjectError."""
    procfile = read_procfile(app.folder)
    found = {}
    if app.has_web:
        declared = given.get(app.name) or app.command or procfile.get("web")
        found["web"] = declared or _of_node(app.folder) or jar_command(app.folder)
    for kind, command in app.workers.items():
        found[kind] = command or procfile.get(kind, "")
    for kind, command in found.items():
        if not command:
            name = shlex.quote(app.name)
            what = app.name if kind == "web" else f"{app.name}, process {kind}"
            raise ProjectError(
                f"{what}: no command is declared, nor is one in a Procfile or package.json in {app.folder}; "
                f"--command {name}=LINE gives it one, --without {name} leaves it out"
            )
    return found


def read_procfile(folder: Path) -> dict[str, str]:
    """Process types and their commands; empty without a Procfile."""
    file = folder / "Procfile"
    if not file.is_file():
        return {}
    lines = (line.partition(":") for line in text_of(file).splitlines() if ":" in line)
    return {kind.strip(): command.strip() for kind, _, command in lines}


def package_of(folder: Path) -> Section:
    """The package.json of a folder; empty without one."""
    file = folder / "package.json"
    return read_json(file) if file.is_file() else Section(str(file), {})


def is_router(folder: Path) -> bool:
    """Whether an app is an approuter, by its dependencies or its routes."""
    return (
        "@sap/approuter" in package_of(folder).part("dependencies").entries
        or (folder / "xs-app.json").is_file()
    )


def _of_node(folder: Path) -> str:
    """What `npm start` runs; without npm, which would stay in memory, unless it has more to do."""
    package = package_of(folder)
    scripts = package.part("scripts")
    if "prestart" in scripts.entries:
        return "npm start"
    if script := scripts.text("start"):
        return script
    return "node server.js" if package.entries and (folder / "server.js").is_file() else ""


def tool_folders(folder: Path, project: Path) -> list[Path]:
    """Where the tools of an app are installed: those nearest to it first."""
    inside = [folder, *folder.parents]
    inside = inside[: inside.index(project) + 1] if project in inside else [folder]
    found = [place / tools for place in inside for tools in _TOOLS]
    return [tools for tools in found if tools.is_dir()]


def what_is_missing(app: App, commands: Mapping[str, str], path: str) -> Iterator[str]:
    """A sentence for each thing without which the app cannot start."""
    if not app.folder.is_dir():
        yield f"{app.name}: there is no folder {app.folder}; is it made by a build?"
        return
    if package_of(app.folder).part("dependencies").entries and not _has_modules(app.folder):
        yield f"{app.name}: its packages are not installed: `npm install` in {app.folder}"
    for command in commands.values():
        program = _program(command)
        if program and shutil.which(program, path=path) is None:
            yield f"{app.name}: {program} is not installed, or not to be found from {app.folder}"


def _has_modules(folder: Path) -> bool:
    return any((place / "node_modules").is_dir() for place in (folder, *folder.parents))


def _program(command: str) -> str:
    """The program that a command runs, if it can be told."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    while words and (words[0] == "exec" or _ASSIGNMENT.fullmatch(words[0])):
        words.pop(0)
    if not words or words[0] in _BUILTINS or os.sep in words[0] or not re.fullmatch(r"[\w.@+-]+", words[0]):
        return ""
    return words[0]
