"""Result sets: rows come from sqlite, or from a spool once their tables are about to change."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Callable, Sequence
from tempfile import SpooledTemporaryFile

from localcloud.hana.model import ResultColumn, Value

from .store import FAILURES, Store, translated

ResultRow = tuple[Value, ...]

_BATCH = 1000
_IN_MEMORY = 1 << 20


class SqliteResultSet:
    """A result set; `store` is None once it no longer reads from sqlite."""

    def __init__(
        self,
        columns: Sequence[ResultColumn],
        cursor: sqlite3.Cursor,
        store: Store,
        on_end: Callable[[SqliteResultSet, Store], None],
    ) -> None:
        self.columns = columns
        self.store: Store | None = store
        self._cursor = cursor
        self._on_end = on_end
        self._spool: Spool | None = None

    def fetch(self, rows: int) -> list[ResultRow]:
        """At most `rows` more rows; fewer mean the end."""
        if self._spool is not None:
            return self._spool.read(rows)
        if self.store is None:
            return []
        try:
            found = self._cursor.fetchmany(rows)
        except FAILURES as error:
            self.close()
            raise translated(error) from None
        if len(found) < rows:
            self._end()
        return found

    def spool(self) -> None:
        """Copy the remaining rows into a spool, so that a change cannot alter them."""
        if self.store is None:
            return
        spool = Spool()
        try:
            while True:
                found = self._cursor.fetchmany(_BATCH)
                spool.write(found)
                if len(found) < _BATCH:
                    break
        except FAILURES as error:
            self.close()
            raise translated(error) from None
        self._spool = spool
        self._end()

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._end()

    def _end(self) -> None:
        store, self.store = self.store, None
        if store is not None:
            self._cursor.close()
            self._on_end(self, store)


class ListResultSet:
    """A result set of rows that are there already."""

    def __init__(self, columns: Sequence[ResultColumn], rows: Sequence[ResultRow]) -> None:
        self.columns = columns
        self._rows = list(rows)

    def fetch(self, rows: int) -> list[ResultRow]:
        """At most `rows` more rows; fewer mean the end."""
        taken, self._rows = self._rows[:rows], self._rows[rows:]
        return taken

    def close(self) -> None:
        self._rows = []


class Spool:
    """Rows in memory up to a megabyte, in a file beyond."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the cursor
        self._ready: list[ResultRow] = []
        self._at = 0

    def write(self, rows: list[ResultRow]) -> None:
        marshal.dump(rows, self._file)

    def read(self, count: int) -> list[ResultRow]:
        self._file.seek(self._at)
        while len(self._ready) < count:
            try:
                self._ready += marshal.load(self._file)  # noqa: S302 - our own file, written above
            except EOFError:
                break
        self._at = self._file.tell()
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    def close(self) -> None:
        self._file.close()
