"""The rows of one query, a list at a time: memory stays flat however many there are."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from hdbcli import dbapi

from tokonoma.errors import HanaError
from tokonoma.hana.pool import PooledConnection
from tokonoma.telemetry.request_notes import add

Row = Any
"""hdbcli's ResultRow: indexed by position or by column name."""


class StreamLimit:
    """How many streams may run at once; as many again may wait."""

    def __init__(self, streams: int) -> None:
        self._running = BoundedSemaphore(streams)
        self._admitted = BoundedSemaphore(2 * streams)

    def acquire(self, seconds: float) -> bool:
        """Whether a stream may start, after a wait of at most `seconds`; if so it must be released."""
        if not self._admitted.acquire(blocking=False):
            return False
        if self._running.acquire(timeout=seconds):
            return True
        self._admitted.release()
        return False

    def release(self) -> None:
        """End a stream that was acquired."""
        self._running.release()
        self._admitted.release()


class RowStream:
    """Yields the rows of a query that is running, in lists of at most `size`; read by one thread at a time.

    It holds a connection until the last row was fetched, an error, or `close`; use it in a `with` block.
    HANA has the statement time-out for every message. Iterating raises HanaError when HANA fails, and
    ValueError after that or after an early `close`: rows that are missing are never taken for the end.
    """

    def __init__(
        self,
        connection: PooledConnection,
        rows: list[Row],
        size: int,
        *,
        end: Callable[[PooledConnection, bool], None],
        fail: Callable[[PooledConnection, dbapi.Error], HanaError],
    ) -> None:
        """`rows` are the first ones; `end` takes the connection back, and is told whether it is free again.

        `fail` takes the connection of a stream that an error has ended, and returns what to raise.
        """
        self.columns = tuple(str(column[0]) for column in connection.cursor.description or ())
        """The names of the columns, in the query's order."""
        self._connection: PooledConnection | None = connection
        self._size = size
        self._end, self._fail = end, fail
        self._first: list[Row] | None = rows
        self._is_whole = False
        self._note_end(rows)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Row]:
        first, self._first = self._first, None
        rows = self._fetch() if first is None else first
        if not rows:
            raise StopIteration
        return rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; before the last row the connection is closed, since HANA may have more to send on it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._first = None
            self._end(connection, False)

    def _fetch(self) -> list[Row]:
        connection = self._connection
        if connection is None:
            if self._is_whole:
                return []
            raise ValueError("The stream was closed before its last row.")
        began = perf_counter()
        try:
            rows: list[Row] = connection.cursor.fetchmany(self._size)
        except dbapi.Error as error:
            self._connection = None
            raise self._fail(connection, error) from None
        except BaseException:
            self.close()
            raise
        finally:
            add("hana", perf_counter() - began)
        self._note_end(rows)
        return rows

    def _note_end(self, rows: list[Row]) -> None:
        """Give the connection back behind the last rows."""
        if len(rows) < self._size and self._connection is not None:
            connection, self._connection = self._connection, None
            self._is_whole = True
            self._end(connection, True)
