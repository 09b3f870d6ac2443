"""What the files of a container make: tables, views, sequences, synonyms, indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    kind: str
    name: str
    definition: Definition
    tables: frozenset[str] = frozenset()
    """The tables that an index or a constraint is about."""
    migration: MigrationTable | None = None


def objects_of(files: Iterable[StoredFile]) -> list[MadeObject]:
    """All objects that these files make; ContainerError for a file that does not fit."""
    found: list[MadeObject] = []
    makers: dict[tuple[str, str], str] = {}
    for file in files:
        try:
            made = _made(file)
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


def _made(file: StoredFile) -> list[MadeObject]:
    suffix = suffix_of(file.path)
    if suffix == "hdbsynonym":
        unread: list[str] = []
        made = [_object(file, each) for each in synonyms(file, json_of(file), unread)]
        if unread:
            raise FileError(file, unread[0].removeprefix(f"{file}: "))
        return made
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
        name, paths = constraint.name or "", (node.path, constraint.table)
        tables = frozenset(path.name for path in paths)
    elif isinstance(node, tree.CreateIndex):
        name, paths = node.path.name, (node.path, node.table)
        tables = frozenset({node.table.name})
    else:
        assert isinstance(node, tree.CreateTable | tree.CreateView | tree.CreateSequence | tree.CreateSynonym)
        name, paths = node.path.name, (node.path, node.path)
    for path in paths:
        if len(path.parts) > 1:
            raise FileError(file, f"must name no schema, and names {path.parts[0]}", made.line)
    return MadeObject(file.path, kind, name, made, tables, migration)


def by_kind(objects: Iterable[MadeObject], *kinds: str) -> list[MadeObject]:
    """Those of these kinds, in the order of the kinds."""
    listed = list(objects)
    return [each for kind in kinds for each in listed if each.kind == kind]


def files_at(contents: Mapping[str, bytes]) -> dict[str, StoredFile]:
    """The files with these contents, by their paths, in the order of the paths."""
    return {path: StoredFile(path, contents[path]) for path in sorted(contents)}
