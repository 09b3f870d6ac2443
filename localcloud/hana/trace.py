"""A trace of what clients send: each statement with its time, its parameters and its answer, one a line."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from .errors import HanaError
from .model import Connection, Outcome, ParameterValue, Statement

_LONGEST = 200
"""Characters of a parameter that are shown."""
_PRIVATE = 0o600
_CONTINUED = "\n    | "
_MOST_ROWS = 3
"""Rows of a batch whose parameters are shown."""


class Trace:
    """The file, which all connections write to, and its owner alone reads."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a", encoding="utf-8", buffering=1, opener=_private)  # noqa: SIM115
        if path.is_file():  # not a terminal, or a pipe
            os.fchmod(self._file.fileno(), _PRIVATE)
        self._lock = threading.Lock()
        self._connections = count(1)

    def of(self, connection: Connection, user: str) -> TracedConnection:
        """The connection of a client, traced."""
        traced = TracedConnection(connection, self, next(self._connections))
        self.write(traced.number, 0.0, f"logged on as {user}")
        return traced

    def write(self, number: int, seconds: float, text: str) -> None:
        """A line: the time of day, the connection's number, milliseconds, and what happened.

        Further lines of a statement follow behind a bar, so that none of them looks like one of these.
        """
        line = _CONTINUED.join(_escaped(each) for each in text.splitlines())
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{datetime.now():%H:%M:%S.%f} #{number} {seconds * 1000:9.2f} ms  {line}\n")

    def refuse(self, user: str) -> None:
        """Tell of a logon that has failed."""
        self.write(0, 0.0, f"logon refused to {user}")

    def close(self) -> None:
        with self._lock:
            self._file.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _escaped(line: str) -> str:
    """A line without characters that a terminal obeys, or does not show."""
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


class TracedStatement:
    """A prepared statement and its text."""

    def __init__(self, statement: Statement, sql: str) -> None:
        self.statement = statement
        self.sql = sql
        self.function = statement.function
        self.parameters = statement.parameters
        self.columns = statement.columns


class TracedConnection:
    """A connection that tells the trace what is done with it; implements `model.Connection`."""

    def __init__(self, connection: Connection, trace: Trace, number: int) -> None:
        self.number = number
        self._connection = connection
        self._trace = trace

    @property
    def client_info(self) -> dict[str, str | None]:
        """That of the connection."""
        return self._connection.client_info

    @client_info.setter
    def client_info(self, info: dict[str, str | None]) -> None:
        self._connection.client_info = info

    def prepare(self, sql: str) -> TracedStatement:
        started = time.perf_counter()
        try:
            return TracedStatement(self._connection.prepare(sql), sql)
        except HanaError as error:
            self._tell(started, f"{sql}  -> {_told(error)}")
            raise

    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        assert isinstance(statement, TracedStatement)
        started = time.perf_counter()
        asked = statement.sql + _parameters(rows)
        try:
            outcome = self._connection.execute(statement.statement, rows, autocommit)
        except HanaError as error:
            self._tell(started, f"{asked}  -> {_told(error)}")
            raise
        self._tell(started, f"{asked}  -> {_answer(outcome)}")
        return outcome

    def commit(self) -> None:
        started = time.perf_counter()
        self._connection.commit()
        self._tell(started, "(commit)")

    def rollback(self) -> None:
        started = time.perf_counter()
        self._connection.rollback()
        self._tell(started, "(rollback)")

    def interrupt(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        self._connection.close()
        self._trace.write(self.number, 0.0, "(gone)")

    def _tell(self, started: float, text: str) -> None:
        self._trace.write(self.number, time.perf_counter() - started, text)


def _parameters(rows: Sequence[Sequence[ParameterValue]]) -> str:
    if not rows or not rows[0]:
        return ""
    shown = ", ".join(f"({', '.join(_shown(value) for value in row)})" for row in rows[:_MOST_ROWS])
    return f"  with {shown}" + (f" and {len(rows) - _MOST_ROWS} rows more" if len(rows) > _MOST_ROWS else "")


def _shown(value: ParameterValue) -> str:
    if value is None:
        return "NULL"
    text = str(value) if not isinstance(value, str | bytes) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _answer(outcome: Outcome) -> str:
    if outcome.result is not None:
        return f"a result of {len(outcome.result.columns)} columns"
    if outcome.errors:
        first = outcome.errors[min(outcome.errors)]
        return f"{len(outcome.errors)} of {len(outcome.affected)} rows failed: {_told(first)}"
    return f"{sum(outcome.affected)} rows"


def _told(error: HanaError) -> str:
    return f"error {error.code}: {error.text}"
