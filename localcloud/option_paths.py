"""What to say of a path that an option names and that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

WRONG_OPTION = 2
"""The exit code where an option is at fault, as argparse has it."""


def complaint(error: Exception, paths: Mapping[str, Path | None]) -> tuple[str, int]:
    """The words about an error that kept a program from starting, and its exit code.

    Where it is about one of `paths`, which are those of options, they begin with that option's name.
    """
    said = str(error)
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    for option, path in paths.items():
        if path is not None and _is_about(said, error, path):
            return f"{option} {said}", WRONG_OPTION
    return said, 1


def _is_about(said: str, error: Exception, path: Path) -> bool:
    """Whether it is about the path itself, or about what is kept in it or beside it."""
    return said.startswith(str(path) if isinstance(error, OSError) else f"{path}: ")
