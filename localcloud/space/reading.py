"""Finds out where a project declares its apps, and reads that file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .declared import ProjectError, Space
from .documents import read_yaml
from .manifest import read_manifest
from .mta import read_mta

FILES = ("manifest.yml", "manifest.yaml", "mta.yaml", "mtad.yaml")
"""Where apps are declared; the first that is there counts."""
_VARIABLES = ("vars.yml", "vars.yaml")


def read_space(
    project: Path, file: Path | None, variables: Mapping[str, str], variable_files: Sequence[Path] = ()
) -> Space:
    """The apps and services of a project, from `file` or from the first of FILES in its folder.

    `variables` come before those of files, and these are vars.yml where none is named.
    Raises ProjectError.
    """
    found = file or next((each for name in FILES if (each := project / name).is_file()), None)
    if found is None:
        raise ProjectError(f"{project}: there is none of {', '.join(FILES)}")
    usual = [each for name in _VARIABLES if (each := project / name).is_file()][:1]
    known: dict[str, str] = {}
    for each in variable_files or usual:
        document = read_yaml(each)
        known |= {name: document.text(name) for name in document.entries}
    known |= variables
    if is_mta(found):
        return read_mta(found, dict(variables))
    return read_manifest(found, known)


def is_mta(file: Path) -> bool:
    return "mta" in file.name or "modules" in read_yaml(file).entries
