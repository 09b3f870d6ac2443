"""Finds the design-time files of an HDI module on a disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .artefacts import Definition, definition, synonyms
from .hdi.configuration import Configuration
from .source_files import SourceFile, json_of

_SQL = (".hdbsequence", ".hdbtable", ".hdbview", ".hdbindex")
_JSON = (".hdbsynonym", ".hdbtabledata", ".hdbrole")
READ = (*_SQL, *_JSON, ".hdbconstraint", ".csv")
"""The suffixes that are read; a file with another one is named, and counts for nothing."""
_FOR_PEOPLE = (".md", ".txt")
_FOR_HDI = (".hdiconfig", ".hdinamespace", ".gitkeep")


@dataclass(frozen=True)
class DesignTime:
    """The files of a folder by suffix, in the order of their names, and what in the folder is not read."""

    files: Mapping[str, list[Path]]
    is_module: bool
    unread: list[str] = field(default_factory=list)

    def definitions(self) -> Iterator[Definition]:
        """The statements for tables, views, sequences and synonyms, in no order that always works."""
        for suffix in (".hdbsequence", ".hdbtable"):
            yield from map(definition, self.files[suffix])
        for file, document in self.documents(".hdbsynonym").items():
            yield from synonyms(file, document, self.unread)
        yield from map(definition, self.files[".hdbview"])

    def additions(self) -> Iterator[Definition]:
        """The statements for indexes and constraints, which come after the rows."""
        for suffix in (".hdbindex", ".hdbconstraint"):
            yield from map(definition, self.files[suffix])

    def documents(self, suffix: str) -> dict[SourceFile, Any]:
        """The JSON of all files with this suffix."""
        return {file: json_of(file) for file in self.files[suffix]}


def design_time(folder: Path) -> DesignTime:
    """The design-time files of a folder. In a module, which has a package.json, they lie in src/ and cfg/."""
    is_module = (folder / "package.json").exists()
    roots = [folder / name for name in ("src", "cfg")] if is_module else [folder]
    files: dict[str, list[Path]] = {suffix: [] for suffix in READ}
    unread: list[str] = []
    found = sorted(file for root in roots for file in root.rglob("*") if file.is_file())
    places = {file: file.relative_to(folder).as_posix() for file in found}
    configuration = Configuration({place: file for file, place in places.items()})
    for file, place in places.items():
        if configuration.is_copied(place):
            continue
        if file.suffix in files:
            files[file.suffix].append(file)
        elif file.suffix not in _FOR_PEOPLE and file.name not in _FOR_HDI:
            unread.append(f"{file}: {file.suffix or file.name} is not read")
    reused = sorted(folder.glob("node_modules/**/src/.hdiconfig")) if is_module else []
    unread += [f"{file.parent}: a reused module is not read" for file in reused]
    return DesignTime(files, is_module, unread)
