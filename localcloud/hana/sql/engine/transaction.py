"""The transaction of a session: the sqlite connection it borrows, its savepoints and open cursors.

Reading needs no transaction: every statement sees what is committed when it starts. The first change begins
one, and there is one writer at a time. A cursor that is left open keeps the sqlite connection it reads from,
and the session goes on with another; within a transaction, where all must use the same one, what is left of
an open cursor is set aside before anything changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Protocol

from localcloud.hana.errors import (
    GENERAL_ERROR,
    RESOURCE_BUSY,
    ROLLED_BACK,
    SERIALIZATION_FAILURE,
    UNKNOWN_SAVEPOINT,
    HanaError,
)
from localcloud.hana.model import ResultColumn, Value
from localcloud.hana.sql.parser.tree import Lock

from .results import SqliteResultSet
from .store import FAILURES, SessionContext, Store, translated
from .table_locks import TableLocks

_BLOCKS = count(1)
"""Names for savepoints that no client can choose."""


class StorePool(Protocol):
    """The owner of the sqlite connections, which lets one transaction at a time write: the database."""

    lock_wait: float
    locks: TableLocks

    def lease(self, session: SessionContext) -> Store: ...
    def give_back(self, store: Store) -> None: ...
    def start_writing(self, transaction: Transaction, wait: float | None = None) -> None: ...
    def stop_writing(self) -> None: ...
    def before_commit(self, store: Store) -> None: ...


class Transaction:
    """`store` is borrowed for as long as something is open on it, and no longer."""

    def __init__(self, pool: StorePool, session: SessionContext) -> None:
        self.interrupted = False
        self.writing = False
        self.snapshot = False
        """Whether every query sees what was committed before the first: REPEATABLE READ and SERIALIZABLE."""
        self.read_only = False
        self.changed: set[int] = set()
        """The ids of the tables that it has changed, or has locked rows of."""
        self.lock_wait: float | None = None
        """Seconds to wait for another transaction's locks; None is the database's own time."""
        self._reading = False
        self._pool = pool
        self._session = session
        self._store: Store | None = None
        self._open: set[SqliteResultSet] = set()
        self._left: set[SqliteResultSet] = set()
        self._savepoints: list[str] = []
        self._closed = False

    @property
    def store(self) -> Store:
        """The sqlite connection to work on."""
        if self._store is None:
            if self._closed:
                raise HanaError(GENERAL_ERROR, "general error: connection is closed")
            self._store = self._pool.lease(self._session)
        return self._store

    @property
    def active(self) -> bool:
        """Whether a transaction is open in sqlite."""
        return self.writing or self._reading

    def release(self) -> None:
        """Give the connection back if nothing is open on it."""
        if self._store is not None and not self.active and not self._open:
            store, self._store = self._store, None
            self._pool.give_back(store)

    # Cursors --------------------------------------------------------------------------------------

    def query(
        self, sql: str, bound: Sequence[Value], columns: Sequence[ResultColumn], autocommit: bool = True
    ) -> SqliteResultSet:
        """Run a query; its rows are read as they are fetched."""
        self.leave_cursors()
        store = self.store
        try:
            if self.snapshot and not autocommit and not self.active:
                store.execute("BEGIN")
                self._reading = True
            cursor = store.execute(sql, bound)
        except FAILURES as error:
            self.release()
            raise translated(error) from None
        rows = SqliteResultSet(columns, cursor, store, self._ended)
        self._open.add(rows)
        return rows

    def _ended(self, rows: SqliteResultSet, store: Store) -> None:
        self._open.discard(rows)
        if rows in self._left:
            self._left.discard(rows)
            if all(each.store is not store for each in self._left):
                self._pool.give_back(store)
        else:
            self.release()

    def leave_cursors(self) -> None:
        """Outside of a transaction, leave the connection to the cursors that are open on it."""
        if self._open and not self.active:
            self._left |= self._open
            self._open.clear()
            self._store = None

    def set_cursors_aside(self) -> None:
        """Before a change: read what open cursors of this transaction have not read yet."""
        for rows in list(self._open):
            rows.spool()

    # Transactions -----------------------------------------------------------------------------------

    def lock(self, how: Lock, tables: frozenset[int] = frozenset()) -> bool:
        """Lock rows of tables, or say that others have locked already what `how` skips."""
        try:
            self.begin_on(next(iter(tables)) if len(tables) == 1 else None, 0 if how.skips else how.wait)
        except HanaError as error:
            if how.skips and error.code == RESOURCE_BUSY:
                return False
            raise
        self.changed |= tables
        return True

    def lock_table(self, table: int, how: Lock) -> None:
        """Lock a table until the end of the transaction; others may change other tables meanwhile."""
        if self._pool.locks.owner(table) is self:
            return
        fresh = not self.active
        self.begin_on(table, how.wait)
        self._pool.locks.take(table, self)
        if fresh:
            self._stand_back()

    def begin_on(self, table: int | None, wait: float | None = None) -> None:
        """Open the transaction to change a table that nobody else has locked; None stands for any."""
        fresh = not self.active
        self.begin(wait)
        locks = self._pool.locks
        while locks.held(table, self):
            if fresh:
                self._stand_back()
            seconds = self._pool.lock_wait if self.lock_wait is None else self.lock_wait
            locks.wait(table, self, seconds if wait is None else wait, lambda: self.interrupted)
            self.begin(wait)
        if table is not None:
            self.changed.add(table)

    def _stand_back(self) -> None:
        """Let others write: nothing has been changed yet."""
        self.store.execute("ROLLBACK")
        self.writing = False
        self.changed.clear()
        self._pool.stop_writing()
        self.release()

    def begin(self, wait: float | None = None) -> None:
        """Open the transaction if it is not open, with the savepoints that were set before."""
        if self.writing:
            return
        self.refuse_if_read_only()
        self.leave_cursors()
        self._pool.start_writing(self, self.lock_wait if wait is None else wait)
        try:
            self._enter()
            for number in range(len(self._savepoints)):
                self.store.execute(f"SAVEPOINT s{number}")
        except (*FAILURES, HanaError) as error:
            self._pool.stop_writing()
            raise translated(error) from None
        self.writing = True

    def refuse_if_read_only(self) -> None:
        """129, which ends the transaction, where nothing may be changed."""
        if self.read_only:
            self.rollback()
            text = "transaction rolled back by an internal error: a change in a read only transaction"
            raise HanaError(ROLLED_BACK, text)

    def _enter(self) -> None:
        """Begin to write; a snapshot that is no longer the newest state cannot be written upon (138)."""
        if not self._reading:
            self.store.execute("BEGIN IMMEDIATE")
            return
        try:
            self.store.execute("UPDATE t0 SET c1 = c1")
        except sqlite3.OperationalError:
            self._end("ROLLBACK")
            raise HanaError(SERIALIZATION_FAILURE, "transaction serialization failure") from None

    def commit(self) -> None:
        self.forget_savepoints()
        if self.writing:
            self._delete_rows()
            self._pool.before_commit(self.store)
            self._end("COMMIT")
        elif self._reading:
            self.set_cursors_aside()
            self._end("COMMIT")
        self._pool.locks.free(self)

    def _delete_rows(self) -> None:
        """Empty the session's temporary tables whose rows end with the transaction."""
        for table in self._session.emptied_tables():
            self.set_cursors_aside()
            with suppress(sqlite3.OperationalError):  # what a rollback has taken back
                self.store.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of our own making

    def rollback(self) -> None:
        self.forget_savepoints()
        if self.active:
            self.set_cursors_aside()
            self._end("ROLLBACK")
        self._pool.locks.free(self)

    def settle(self) -> None:
        """After a failure: sqlite itself may have rolled back."""
        if self.writing and not self.store.connection.in_transaction:
            self._forget()

    def _end(self, word: str) -> None:
        try:
            self.store.execute(word)
        except FAILURES as error:
            if self.store.connection.in_transaction:
                self.store.execute("ROLLBACK")
            raise translated(error) from None
        finally:
            self._forget()

    def _forget(self) -> None:
        was_writing, self.writing, self._reading = self.writing, False, False
        self.changed.clear()
        self._pool.locks.free(self)
        if was_writing:
            self._pool.stop_writing()
        self.release()

    # Savepoints -----------------------------------------------------------------------------------

    def set_savepoint(self, name: str) -> None:
        """A savepoint of the same name moves to here."""
        if name in self._savepoints:
            self._savepoints[self._savepoints.index(name)] = ""
        self._savepoints.append(name)
        if self.writing:
            self.store.execute(f"SAVEPOINT s{len(self._savepoints) - 1}")

    def release_savepoint(self, name: str) -> None:
        number = self._number(name)
        del self._savepoints[number:]
        if self.writing:
            self.store.execute(f"RELEASE s{number}")

    def return_to_savepoint(self, name: str) -> None:
        """Undo what came after; the savepoint itself stays."""
        number = self._number(name)
        del self._savepoints[number + 1 :]
        if self.writing:
            self.set_cursors_aside()
            self.store.execute(f"ROLLBACK TO s{number}")

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo what is done in the `with` block where that raises.

        If the transaction that was open has ended meanwhile, it is the later one that is undone.
        """
        name = f"\0{next(_BLOCKS)}"
        self.set_savepoint(name)
        try:
            yield
        except BaseException:
            if name not in self._savepoints:
                self.rollback()
            else:
                self.return_to_savepoint(name)
                self.release_savepoint(name)
            raise
        if name in self._savepoints:
            self.release_savepoint(name)

    def forget_savepoints(self) -> None:
        """The transaction that they were set in is over."""
        self._savepoints.clear()

    def _number(self, name: str) -> int:
        if name not in self._savepoints:
            raise HanaError(UNKNOWN_SAVEPOINT, f"transaction error: savepoint {name} is not set")
        return self._savepoints.index(name)

    # From any thread, and the end -------------------------------------------------------------------

    def interrupt(self) -> None:
        """Make whatever runs fail soon."""
        self.interrupted = True
        for store in (self._store, *(rows.store for rows in list(self._left))):
            if store is not None:
                store.connection.interrupt()

    def close(self) -> None:
        for rows in (*self._open, *self._left):
            rows.close()
        self.rollback()
        self.release()
        self._closed = True


def is_unique_failure(error: Exception) -> bool:
    """Whether sqlite refused a change for a key that is there already."""
    return isinstance(error, sqlite3.IntegrityError) and str(error).startswith("UNIQUE")
