"""Reads .hdbmigrationtable files: a table with its version, and the statements from each version to the next.

The form: SAP HDI Reference, "Migration Tables (.hdbmigrationtable)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.hana.artefacts import Definition, beginning, indent_of
from localcloud.hana.source_files import FileError, SourceFile, text_of

_SECTION = re.compile(r"^==\s*(version|migration)\s*=\s*(\d+)\s*$", re.MULTILINE | re.IGNORECASE)
_STATEMENT = re.compile(r"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|[^;"'])+""", re.DOTALL)
_CREATE = "CREATE "
_HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class MigrationTable:
    """The table at its newest version, and how each version came from the one before."""

    version: int
    table: Definition
    migrations: dict[int, tuple[Definition, ...]]

    def since(self, version: int) -> list[Definition]:
        """The steps from that version to the newest; FileError where one is missing."""
        steps: list[Definition] = []
        for number in range(version + 1, self.version + 1):
            if number not in self.migrations:
                raise FileError(self.table.file, f"has no migration to version {number}")
            steps += self.migrations[number]
        return steps


def migration_table(file: SourceFile) -> MigrationTable:
    """The file's content; FileError where it has another form."""
    text = text_of(file)
    marks = list(_SECTION.finditer(text))
    if not marks or marks[0][1].lower() != "version" or beginning(text) < marks[0].start():
        raise FileError(file, "must begin with == version=", 1)
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    table, migrations, versions = None, dict[int, tuple[Definition, ...]](), list[int]()
    for mark, end in zip(marks, ends, strict=True):
        line = text.count("\n", 0, mark.start()) + 1
        number, statements = _number(file, mark[2], line), tuple(_statements(file, text, mark.end(), end))
        if mark[1].lower() == "migration":
            if number in migrations:
                raise FileError(file, f"has two migrations to version {number}", line)
            migrations[number] = statements
        elif table is not None or len(statements) != 1:
            raise FileError(file, "must have one version, with one table", line)
        else:
            made = statements[0]
            table = Definition(file, _CREATE + made.sql, made.line, len(_CREATE), made.indent)
        versions.append(number)
    assert table is not None
    return MigrationTable(versions[0], table, migrations)


def _number(file: SourceFile, digits: str, line: int) -> int:
    if len(digits) > len(str(_HIGHEST)) or not 0 < int(digits) <= _HIGHEST:
        raise FileError(file, f"a version is a number from 1 to {_HIGHEST}", line)
    return int(digits)


def _statements(file: SourceFile, text: str, start: int, end: int) -> Iterator[Definition]:
    for found in _STATEMENT.finditer(text, start, end):
        first = beginning(text, found.start())
        if first < found.end():
            line, indent = text.count("\n", 0, first) + 1, indent_of(text, first)
            yield Definition(file, text[first : found.end()].strip(), line, indent=indent)
