"""What the files of a container make: tables, views, sequences, synonyms, indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localcloud.hana.artefacts import Definition, definition, synonyms
from localcloud.hana.errors import HanaError
from localcloud.hana.source_files import FileError, StoredFile, json_of
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse

from .configuration import Configuration, plugin_of
from .messages import ContainerError, about
from .migration_table import MigrationTable, migration_table
from .named_schemas import named_schema

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
    target: str = ""
    """What of the container a synonym stands for; empty where that is elsewhere."""
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
            with about(file):
                made = _made(file, targets)
        except FileError as error:
            raise ContainerError.about(error, plugin_of(file)) from None
        for each in made:
            space = each.kind if each.kind in ("INDEX", "CONSTRAINT") else "OBJECT"
            other = makers.setdefault((space, each.name), file.path)
            if other != file.path:
                text = f'"{each.name}" is made by "{other}" already'
                raise ContainerError(text, file.path, plugin=plugin_of(file))
        found += made
    _check_synonyms(found)
    return found


def _check_synonyms(objects: Iterable[MadeObject]) -> None:
    """ContainerError for a synonym that leads back to itself."""
    found = {each.name: each for each in objects if each.kind == "SYNONYM"}
    for each in found.values():
        name, passed = each.target, set[str]()
        while name in found and name not in passed:
            passed.add(name)
            name = found[name].target
        if each.name in passed:
            text = f'the synonym "{each.name}" leads back to itself'
            raise ContainerError(text, each.path, plugin=plugin_of(each.definition.file))


def _targets(files: Sequence[StoredFile]) -> dict[str, tuple[str, dict[str, Any]]]:
    """What .hdbsynonymconfig files say about synonyms, by their names: the file and the entry."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in files:
        if file.kind == "hdbsynonymconfig":
            try:
                document = json_of(file)
            except FileError as error:
                raise ContainerError.about(error) from None
            if not isinstance(document, dict) or not all(isinstance(e, dict) for e in document.values()):
                raise ContainerError("must be an object of synonyms", file.path)
            found |= {name: (file.path, entry) for name, entry in document.items()}
    return found


def _made(file: StoredFile, targets: Mapping[str, tuple[str, dict[str, Any]]]) -> list[MadeObject]:
    if file.kind == "hdbsynonym":
        unread: list[str] = []
        entries = {name: entry for name, (_, entry) in targets.items()}
        made = [_object(file, each) for each in synonyms(file, json_of(file), unread, entries)]
        if unread:
            raise FileError(file, unread[0].removeprefix(f"{file}: "))
        return [
            replace(each, configured=frozenset({targets[each.name][0]})) if each.name in targets else each
            for each in made
        ]
    if file.kind == "hdbmigrationtable":
        migration = migration_table(file)
        return [_object(file, migration.table, migration)]
    if file.kind in _OF_SUFFIX:
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
    if kind != _OF_SUFFIX.get(file.kind, "SYNONYM") or markers:
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
    schema = named_schema(node)
    if schema is not None and not isinstance(node, tree.CreateSynonym):
        text = f"must name no schema, and names {schema}: a synonym can stand for what is elsewhere"
        raise FileError(file, text, made.line)
    target = ""
    if isinstance(node, tree.CreateSynonym) and len(node.target.parts) == 1:
        target = node.target.name
    return MadeObject(file.path, kind, name, made, tables, target, migration)


def by_kind(objects: Iterable[MadeObject], *kinds: str) -> list[MadeObject]:
    """Those of these kinds, in the order of the kinds."""
    listed = list(objects)
    return [each for kind in kinds for each in listed if each.kind == kind]


def files_at(contents: Mapping[str, bytes]) -> dict[str, StoredFile]:
    """The files with these contents, by their paths, in the order of the paths: read as .hdiconfig says."""
    files = {path: StoredFile(path, contents[path]) for path in sorted(contents)}
    configuration = Configuration(files)
    return {path: replace(file, kind=configuration.kind(path)) for path, file in files.items()}
