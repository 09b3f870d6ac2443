"""Fills a new database from a script, or from a folder of design-time files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import HanaError
from .model import Connection, ParameterValue, Statement

_BATCH = 1000
# What may hold a semicolon that ends nothing: quoted names, texts, comments.
_STATEMENT = re.compile(r"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|[^;"'])*""", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def plant(connection: Connection, schema: str, seed: Path) -> None:
    """Run `seed` in `schema`: a script of statements that end in `;`, or the files of a folder.

    Of a folder: tables (.hdbtable), then views (.hdbview, in whatever order works), then the rows of .csv
    files, named after their tables, with the columns' names in the first line; an empty field is NULL.
    Raises ValueError naming the file (and the statement's line) that does not fit.
    """
    run(connection, f"SET SCHEMA {quoted(schema)}")
    if not seed.exists():
        raise ValueError(f"{seed}: there is no such script or folder")
    if not seed.is_dir():
        for line, statement in statements(_text(seed)):
            try:
                run(connection, statement)
            except HanaError as error:
                raise _unfit(seed, error, line) from None
        return
    _define(connection, sorted(seed.rglob("*.hdbtable")))
    _define(connection, sorted(seed.rglob("*.hdbview")))
    for file in sorted(seed.rglob("*.csv")):
        _load(connection, file)


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


def _define(connection: Connection, files: list[Path]) -> None:
    """Define all of them; what refers to something that comes later is tried again."""
    waiting = files
    while waiting:
        refused: dict[Path, HanaError] = {}
        for file in waiting:
            try:
                run(connection, f"CREATE {_text(file).strip().rstrip(';')}")
            except HanaError as refusal:
                refused[file] = refusal
        if len(refused) == len(waiting):
            raise _unfit(*next(iter(refused.items())))
        waiting = list(refused)


def _load(connection: Connection, file: Path) -> None:
    rows = _rows(file)
    line, columns = next(rows, (1, []))
    if not columns:
        raise ValueError(f"{file}: a first line with the names of the columns is missing")
    names = ", ".join(quoted(column.strip()) for column in columns)
    marks = ", ".join("?" * len(columns))
    try:
        insert = f"INSERT INTO {quoted(file.stem)} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
        statement = connection.prepare(insert)
        batch: list[list[ParameterValue]] = []
        for line, row in rows:
            if len(row) != len(columns):
                raise ValueError(f"{file}:{line}: {len(row)} fields for {len(columns)} columns")
            batch.append([field or None for field in row])
            if len(batch) == _BATCH:
                _insert(connection, statement, batch)
                batch = []
        if batch:
            _insert(connection, statement, batch)
    except HanaError as error:
        raise _unfit(file, error, line) from None


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a .csv file, each with the number of its last line."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        try:
            for row in reader:
                yield reader.line_num, row
        except UnicodeDecodeError:
            raise ValueError(f"{file}: not in UTF-8") from None
        except csv.Error as error:
            raise ValueError(f"{file}:{reader.line_num}: {error}") from None


def _insert(connection: Connection, statement: Statement, batch: Sequence[Sequence[ParameterValue]]) -> None:
    outcome = connection.execute(statement, batch, autocommit=True)
    if outcome.errors:
        raise next(iter(outcome.errors.values()))


def run(connection: Connection, sql: str) -> None:
    """Execute a statement whose answer is of no interest; HanaError where it is refused."""
    outcome = connection.execute(connection.prepare(sql), ((),), autocommit=True)
    if outcome.result is not None:
        outcome.result.close()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not in UTF-8") from None


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _unfit(file: Path, error: HanaError, line: int = 1) -> ValueError:
    return ValueError(f"{file}:{line}: {error.code} {error.text}")
