"""One large value (CLOB, NCLOB, BLOB), a piece at a time: memory stays flat however long it is."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from hdbcli import dbapi

from tokonoma.errors import HanaError
from tokonoma.hana.pool import PooledConnection
from tokonoma.telemetry.request_notes import add

PIECE = 64 * 1024
"""Bytes of a binary, UTF-16 units of a text, that are fetched at once."""


class LargeValue:
    """Yields the pieces of a value, texts in UTF-8; read by one thread at a time.

    It holds a connection until the last piece, an error, or `close`; use it in a `with` block. Iterating
    raises HanaError when HANA fails, and ValueError after that or after an early `close`.
    """

    def __init__(
        self,
        connection: PooledConnection,
        lob: Any,
        *,
        end: Callable[[PooledConnection, bool], None],
        fail: Callable[[PooledConnection, dbapi.Error], HanaError],
    ) -> None:
        """`lob` is hdbcli's; `end` and `fail` are those of a `RowStream`."""
        self._connection: PooledConnection | None = connection
        self._lob = lob
        self._end, self._fail = end, fail
        self._position = 1
        self._is_whole = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        connection = self._connection
        if connection is None:
            if self._is_whole:
                raise StopIteration
            raise ValueError("The value was closed before its last piece.")
        began = perf_counter()
        try:
            piece = self._read()
        except dbapi.Error as error:
            self._connection = None
            raise self._fail(connection, error) from None
        except BaseException:
            self.close()
            raise
        finally:
            add("hana", perf_counter() - began)
        if not piece:
            self._connection, self._is_whole = None, True
            self._end(connection, True)
            raise StopIteration
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; before the last piece the connection is closed, since HANA keeps the value for it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._end(connection, False)

    def _read(self) -> bytes:
        try:
            piece = self._lob.read(PIECE, self._position)
        except UnicodeDecodeError:
            # hdbcli counts UTF-16 units, and fails where a piece ends within a surrogate pair.
            piece = self._lob.read(PIECE + 1, self._position)
        if isinstance(piece, str):
            self._position += len(piece) + sum(each > "\uffff" for each in piece)
            return piece.encode("utf-8", "replace")
        piece = bytes(piece or b"")
        self._position += len(piece)
        return piece
