"""Runs the statements that files stand for, and loads the rows that files hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from .artefacts import Definition, quoted, refusal
from .errors import HanaError
from .model import Connection, ParameterValue, Statement
from .source_files import FileError, SourceFile

_BATCH = 1000
_Item = TypeVar("_Item")


def run(connection: Connection, sql: str) -> None:
    """Execute a statement whose answer is of no interest; HanaError where it is refused."""
    outcome = connection.execute(connection.prepare(sql), ((),), autocommit=True)
    if outcome.result is not None:
        outcome.result.close()


def change(connection: Connection, sql: str, rows: Sequence[Sequence[ParameterValue]]) -> None:
    """Run a change for each row of parameters; HanaError of the first that is refused."""
    outcome = connection.execute(connection.prepare(sql), rows, autocommit=True)
    for error in (outcome.errors or {}).values():
        raise error


def define(connection: Connection, definition: Definition) -> None:
    """Run one; FileError where it is refused."""
    try:
        run(connection, definition.sql)
    except HanaError as error:
        raise definition.refused(error) from None


def define_all(connection: Connection, definitions: Sequence[Definition]) -> None:
    """Run all of them, in whatever order works."""
    in_any_order(definitions, lambda each: define(connection, each))


def in_any_order(items: Sequence[_Item], carry_out: Callable[[_Item], None]) -> None:
    """Carry all of them out; what refers to something that comes later is tried again.

    Raises the FileError of the first that is refused in the end.
    """
    waiting = list(items)
    while waiting:
        refused: list[_Item] = []
        first: FileError | None = None
        for each in waiting:
            try:
                carry_out(each)
            except FileError as refusal:
                refused.append(each)
                first = first or refusal
        if first is not None and len(refused) == len(waiting):
            raise first
        waiting = refused


def loading(
    connection: Connection, table: str, columns: Sequence[str], file: SourceFile, line: int | None = None
) -> Statement:
    """The statement that inserts rows; FileError where `file`, which names the columns, does not fit."""
    names = ", ".join(quoted(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    try:
        return connection.prepare(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})")  # noqa: S608
    except HanaError as error:
        raise refusal(file, error, line) from None


def load(
    connection: Connection,
    statement: Statement,
    file: SourceFile,
    rows: Iterable[tuple[int, Sequence[ParameterValue]]],
) -> int:
    """Insert the rows, of which each has the number of its line in `file`, and count them.

    FileError where one is refused.
    """
    source, count = iter(rows), 0
    while batch := list(islice(source, _BATCH)):
        for number, error in _insert(connection, statement, [row for _, row in batch]).items():
            raise refusal(file, error, batch[number][0])
        count += len(batch)
    return count


def _insert(
    connection: Connection, statement: Statement, rows: Sequence[Sequence[ParameterValue]]
) -> Mapping[int, HanaError]:
    """Insert the rows, all or none; the errors of those that were refused, by their place."""
    try:
        return connection.execute(statement, rows, autocommit=True).errors or {}
    except HanaError as error:
        return {len(rows) - 1: error}
