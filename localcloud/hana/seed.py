"""Fills a new database from a script, or from a folder of design-time files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .access_role import Privilege, read_access
from .artefacts import Definition, quoted
from .csv_rows import csv_rows
from .design_time import DesignTime, design_time
from .loading import define, define_all, load, loading, run
from .model import Connection
from .source_files import FileError, SourceFile, text_of
from .table_data import imports

# What may hold a semicolon that ends nothing: quoted names, texts, comments.
_STATEMENT = re.compile(r"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|[^;"'])*""", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Planted:
    """What a seed says beside objects and rows."""

    access: tuple[Privilege, ...] | None = None
    """What the runtime user may do; None where nothing says so."""
    unread: tuple[str, ...] = ()
    """The parts of the seed that were not used: a line for each, which names the file."""


def plant(connection: Connection, schema: str, seed: Path) -> Planted:
    """Run `seed` in `schema`: a script of statements that end in `;`, or the design-time files of a folder.

    Of a folder: what makes objects, in whatever order works; then the rows, of .hdbtabledata files and,
    outside of a module, of .csv files for the table of their own name; then indexes and constraints.
    Raises ValueError naming the file (and the statement's line) that does not fit.
    """
    run(connection, f"SET SCHEMA {quoted(schema)}")
    if not seed.exists():
        raise ValueError(f"{seed}: there is no such script or folder")
    if not seed.is_dir():
        if not seed.is_file():
            raise ValueError(f"{seed}: is neither a file nor a folder")
        for line, statement in statements(text_of(seed)):
            define(connection, Definition(seed, statement, line))
        return Planted()
    return _plant_folder(connection, design_time(seed))


def _plant_folder(connection: Connection, found: DesignTime) -> Planted:
    define_all(connection, list(found.definitions()))
    sources = found.files[".csv"]
    named: set[SourceFile] = set()
    for file, document in found.documents(".hdbtabledata").items():
        for each in imports(file, document, sources):
            named.add(each.source)
            statement = loading(connection, each.table, each.columns, each.file)
            types = [parameter.type for parameter in statement.parameters]
            load(connection, statement, each.source, each.rows(types))
    for source in sources:
        if found.is_module and source not in named:
            found.unread.append(f"{source}: no .hdbtabledata names it")
        elif source not in named:
            _load_as_named(connection, source)
    for definition in found.additions():
        define(connection, definition)
    access = read_access(found.documents(".hdbrole"))
    return Planted(access.privileges, (*found.unread, *access.unread))


def statements(script: str) -> Iterator[tuple[int, str]]:
    """The statements of a script, and the line at which each begins."""
    position = 0
    while position < len(script):
        match = _STATEMENT.match(script, position)
        end = match.end() if match else position
        if end < len(script) and script[end] != ";":
            end = len(script)  # a quote that is not closed
        statement = script[position:end]
        if _COMMENT.sub("", statement).strip():
            blank = len(statement) - len(statement.lstrip())
            yield script.count("\n", 0, position + blank) + 1, statement.strip()
        position = end + 1


def _load_as_named(connection: Connection, file: SourceFile) -> None:
    """Load a .csv file into the table of its name; its first line has the names of the columns."""
    rows = csv_rows(file)
    _, header = next(rows, (1, []))
    columns = [(column or "").strip() for column in header]
    if not any(columns):
        raise FileError(file, "a first line with the names of the columns is missing")

    def checked() -> Iterator[tuple[int, list[str | None]]]:
        for line, row in rows:
            if len(row) != len(columns):
                raise FileError(file, f"{len(row)} fields for {len(columns)} columns", line)
            yield line, row

    load(connection, loading(connection, file.stem, columns, file, 1), file, checked())
