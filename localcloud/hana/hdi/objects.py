"""What the files of a container make: tables, views, sequences, synonyms, indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from localcloud.hana.artefacts import Definition, definition, synonyms
from localcloud.hana.errors import HanaError
from localcloud.hana.source_files import FileError, StoredFile, json_of
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse

from .configuration import PLUGINS, suffix_of
from .messages import ContainerError
from .migration_table import MigrationTable, migration_table

_KINDS: dict[type, str] = {
    tree.CreateTable: "TABLE",
    tree.CreateView: "VIEW",
    tree.CreateSequence: "SEQUENCE",
    tree.CreateSynonym: "SYNONYM",
    tree.CreateIndex: "INDEX",
    tree.AlterTable: "CONSTRAINT",
}
_OF_SUFFIX = {
    "hdbtable": "TABLE",
    "hdbmigrationtable": "TABLE",
    "hdbview": "VIEW",
    "hdbsequence": "SEQUENCE",
    "hdbindex": "INDEX",
    "hdbconstraint": "CONSTRAINT",
}


@dataclass(frozen=True)
class MadeObject:
    """One object of the database, and the file and statement that make it."""

    path: str
    """The file that makes it."""
    kind: str
    name: str
    definition: Definition
    tables: frozenset[str] = frozenset()
    """The tables that an index or a constraint is about."""
    migration: MigrationTable | None = None
    configured: frozenset[str] = frozenset()
    """The files that say more about it."""

    def is_of(self, paths: set[str]) -> bool:
        """Whether one of these files makes it, or says something about it."""
        return self.path in paths or bool(self.configured & paths)


def objects_of(files: Iterable[StoredFile]) -> list[MadeObject]:
    """All objects that these files make; ContainerError for a file that does not fit."""
    found: list[MadeObject] = []
    makers: dict[tuple[str, str], str] = {}
    listed = list(files)
    targets = _targets(listed)
    for file in listed:
        try:
            made = _made(file, targets)
        except FileError as error:
            raise ContainerError.about(error, PLUGINS.get(suffix_of(file.path), "")) from None
        for each in made:
            space = each.kind if each.kind in ("INDEX", "CONSTRAINT") else "OBJECT"
            other = makers.setdefault((space, each.name), file.path)
            if other != file.path:
                text = f'"{each.name}" is made by "{other}" already'
                raise ContainerError(text, file.path, plugin=PLUGINS.get(suffix_of(file.path), ""))
        found += made
    return found


def _targets(files: Sequence[StoredFile]) -> dict[str, tuple[str, dict[str, Any]]]:
    """What .hdbsynonymconfig files say about synonyms, by their names: the file and the entry."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in files:
        if suffix_of(file.path) == "hdbsynonymconfig":
            try:
                document = json_of(file)
            except FileError as error:
                raise ContainerError.about(error) from None
            if not isinstance(document, dict) or not all(isinstance(e, dict) for e in document.values()):
                raise ContainerError("must be an object of synonyms", file.path)
            found |= {name: (file.path, entry) for name, entry in document.items()}
    return found


def _made(file: StoredFile, targets: Mapping[str, tuple[str, dict[str, Any]]]) -> list[MadeObject]:
    suffix = suffix_of(file.path)
    if suffix == "hdbsynonym":
        unread: list[str] = []
        entries = {name: entry for name, (_, entry) in targets.items()}
        made = [_object(file, each) for each in synonyms(file, json_of(file), unread, entries)]
        if unread:
            raise FileError(file, unread[0].removeprefix(f"{file}: "))
        return [
            replace(each, configured=frozenset({targets[each.name][0]})) if each.name in targets else each
            for each in made
        ]
    if suffix == "hdbmigrationtable":
        migration = migration_table(file)
        return [_object(file, migration.table, migration)]
    if suffix in _OF_SUFFIX:
        return [_object(file, definition(file))]
    return []


def _object(file: StoredFile, made: Definition, migration: MigrationTable | None = None) -> MadeObject:
    try:
        node, markers = parse(made.sql)
    except HanaError as error:
        raise made.refused(error) from None
    except RecursionError:
        raise FileError(file, "is nested too deep", made.line) from None
    kind = _KINDS.get(type(node), "")
    if kind != _OF_SUFFIX.get(suffix_of(file.path), "SYNONYM") or markers:
        raise FileError(file, f"holds another statement than one for its suffix: {made.sql[:40]}", made.line)
    tables: frozenset[str] = frozenset()
    if isinstance(node, tree.AlterTable):
        constraint = node.constraint
        assert isinstance(constraint, tree.ReferenceDefinition)
        name = constraint.name or ""
        tables = frozenset({node.path.name, constraint.table.name})
    elif isinstance(node, tree.CreateIndex):
        name = node.path.name
        tables = frozenset({node.table.name})
    else:
        assert isinstance(node, tree.CreateTable | tree.CreateView | tree.CreateSequence | tree.CreateSynonym)
        name = node.path.name
    schema = next((path.parts[0] for path in _paths(node) if len(path.parts) > 1), None)
    if schema is not None and not isinstance(node, tree.CreateSynonym):
        text = f"must name no schema, and names {schema}: a synonym can stand for what is elsewhere"
        raise FileError(file, text, made.line)
    return MadeObject(file.path, kind, name, made, tables, migration)


def _paths(node: object) -> Iterator[tree.Path]:
    """All paths in a statement, those of subqueries included."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tree.Path):
            yield each
        elif isinstance(each, tuple):
            waiting.extend(each)
        elif is_dataclass(each):
            waiting.extend(getattr(each, part.name) for part in fields(each))


def by_kind(objects: Iterable[MadeObject], *kinds: str) -> list[MadeObject]:
    """Those of these kinds, in the order of the kinds."""
    listed = list(objects)
    return [each for kind in kinds for each in listed if each.kind == kind]


def files_at(contents: Mapping[str, bytes]) -> dict[str, StoredFile]:
    """The files with these contents, by their paths, in the order of the paths."""
    return {path: StoredFile(path, contents[path]) for path in sorted(contents)}
