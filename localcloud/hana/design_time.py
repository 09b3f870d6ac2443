"""Finds the design-time files of an HDI module, and says what each means in SQL.

The forms: SAP HDI Reference, one page for each suffix. Where a file holds SQL, it is the statement that makes
the object, without its first word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w#$]*)'
_CONSTRAINT = re.compile(
    rf"(CONSTRAINT\s+{_NAME})\s+ON\s+({_NAME})\s+(FOREIGN\s.*)", re.DOTALL | re.IGNORECASE
)
_LEADING = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
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

    def definitions(self) -> Iterator[tuple[Path, str]]:
        """The statements for tables, views, sequences and synonyms, in no order that always works."""
        for suffix in (".hdbsequence", ".hdbtable", ".hdbsynonym", ".hdbview"):
            yield from self._statements(suffix)

    def additions(self) -> Iterator[tuple[Path, str]]:
        """The statements for indexes and constraints, which come after the rows."""
        yield from self._statements(".hdbindex")
        for file in self.files[".hdbconstraint"]:
            text = _sql(file)
            found = _CONSTRAINT.fullmatch(text)
            if found is None:
                raise ValueError(f"{file}:1: must be CONSTRAINT name ON table FOREIGN KEY …")
            yield file, f"ALTER TABLE {found[2]} ADD {found[1]} {found[3]}"

    def documents(self, suffix: str) -> dict[Path, Any]:
        """The JSON of all files with this suffix."""
        return {file: _json(file) for file in self.files[suffix]}

    def _statements(self, suffix: str) -> Iterator[tuple[Path, str]]:
        if suffix == ".hdbsynonym":
            for file, document in self.documents(suffix).items():
                yield from ((file, statement) for statement in self._synonyms(file, document))
        else:
            yield from ((file, f"CREATE {_sql(file)}") for file in self.files[suffix])

    def _synonyms(self, file: Path, document: Any) -> Iterator[str]:
        """One statement for each; those that are bound elsewhere, or to elsewhere, are noted as unread."""
        if not isinstance(document, dict) or not all(isinstance(each, dict) for each in document.values()):
            raise ValueError(f"{file}: must be an object of synonyms")
        for name, entry in document.items():
            target = entry.get("target")
            if not isinstance(target, dict) or not isinstance(target.get("object"), str):
                self.unread.append(f"{file}: the synonym {name} has no target here")
            elif other := sorted(target.keys() - {"object", "schema", "revalidate"}):
                self.unread.append(f"{file}: the {other[0]} of the synonym {name} is not read")
            else:
                schema = f"{quoted(str(target['schema']))}." if "schema" in target else ""
                yield f"CREATE SYNONYM {quoted(name)} FOR {schema}{quoted(target['object'])}"


def design_time(folder: Path) -> DesignTime:
    """The design-time files of a folder. In a module, which has a package.json, they lie in src/ and cfg/."""
    is_module = (folder / "package.json").exists()
    roots = [folder / name for name in ("src", "cfg")] if is_module else [folder]
    files: dict[str, list[Path]] = {suffix: [] for suffix in READ}
    unread: list[str] = []
    for file in sorted(file for root in roots for file in root.rglob("*") if file.is_file()):
        if file.suffix in files:
            files[file.suffix].append(file)
        elif file.suffix not in _FOR_PEOPLE and file.name not in _FOR_HDI:
            unread.append(f"{file}: {file.suffix or file.name} is not read")
    reused = sorted(folder.glob("node_modules/**/src/.hdiconfig")) if is_module else []
    unread += [f"{file.parent}: a reused module is not read" for file in reused]
    return DesignTime(files, is_module, unread)


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def text_of(file: Path) -> str:
    """What a file says; ValueError where it is not in UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not in UTF-8") from None


def _sql(file: Path) -> str:
    """The statement in a file, without what comes before and behind it."""
    text = text_of(file)
    found = _LEADING.match(text)
    return text[found.end() if found else 0 :].strip().rstrip(";").rstrip()


def _json(file: Path) -> Any:
    try:
        return json.loads(text_of(file))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}:{error.lineno}: is not JSON ({error.msg})") from None
    except RecursionError:
        raise ValueError(f"{file}: is nested too deep") from None
