"""Fills a new database from a script, or from a folder of design-time files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .access_role import Privilege, read_access
from .csv_rows import csv_rows
from .design_time import DesignTime, design_time, quoted, text_of
from .errors import HanaError
from .model import Connection, ParameterValue, Statement
from .table_data import imports

_BATCH = 1000
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
        for line, statement in statements(text_of(seed)):
            _define(connection, seed, statement, line)
        return Planted()
    return _plant_folder(connection, design_time(seed))


def _plant_folder(connection: Connection, found: DesignTime) -> Planted:
    _define_all(connection, list(found.definitions()))
    sources = found.files[".csv"]
    named: set[Path] = set()
    for file, document in found.documents(".hdbtabledata").items():
        for each in imports(file, document, sources):
            named.add(each.source)
            _load(connection, each.table, each.columns, each.source, each.rows())
    for file in sources:
        if found.is_module and file not in named:
            found.unread.append(f"{file}: no .hdbtabledata names it")
        elif file not in named:
            _load_as_named(connection, file)
    for file, statement in found.additions():
        _define(connection, file, statement)
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


def _define(connection: Connection, file: Path, statement: str, line: int = 1) -> None:
    try:
        run(connection, statement)
    except HanaError as error:
        raise _unfit(file, error, line) from None


def _define_all(connection: Connection, definitions: list[tuple[Path, str]]) -> None:
    """Define all of them; what refers to something that comes later is tried again."""
    waiting = definitions
    while waiting:
        refused: list[tuple[Path, str]] = []
        first: ValueError | None = None
        for file, statement in waiting:
            try:
                _define(connection, file, statement)
            except ValueError as refusal:
                refused.append((file, statement))
                first = first or refusal
        if first is not None and len(refused) == len(waiting):
            raise first
        waiting = refused


def _load_as_named(connection: Connection, file: Path) -> None:
    """Load a .csv file into the table of its name; its first line has the names of the columns."""
    rows = csv_rows(file)
    _, header = next(rows, (1, []))
    columns = [(column or "").strip() for column in header]
    if not any(columns):
        raise ValueError(f"{file}: a first line with the names of the columns is missing")

    def checked() -> Iterator[tuple[int, list[str | None]]]:
        for line, row in rows:
            if len(row) != len(columns):
                raise ValueError(f"{file}:{line}: {len(row)} fields for {len(columns)} columns")
            yield line, row

    _load(connection, file.stem, columns, file, checked())


def _load(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    file: Path,
    rows: Iterable[tuple[int, list[str | None]]],
) -> None:
    """Insert the rows, of which each has the number of its line in `file`."""
    names = ", ".join(quoted(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    try:
        statement = connection.prepare(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})")  # noqa: S608
    except HanaError as error:
        raise _unfit(file, error) from None
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        for number, refusal in _insert(connection, statement, [row for _, row in batch]).items():
            raise _unfit(file, refusal, batch[number][0])


def _insert(
    connection: Connection, statement: Statement, rows: Sequence[Sequence[ParameterValue]]
) -> Mapping[int, HanaError]:
    """Insert the rows, all or none; the errors of those that were refused, by their place."""
    try:
        return connection.execute(statement, rows, autocommit=True).errors or {}
    except HanaError as error:
        return {len(rows) - 1: error}


def run(connection: Connection, sql: str) -> None:
    """Execute a statement whose answer is of no interest; HanaError where it is refused."""
    outcome = connection.execute(connection.prepare(sql), ((),), autocommit=True)
    if outcome.result is not None:
        outcome.result.close()


def _unfit(file: Path, error: HanaError, line: int = 1) -> ValueError:
    return ValueError(f"{file}:{line}: {error.code} {error.text}")
