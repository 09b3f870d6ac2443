"""One connection: its schema, its transaction, its open cursors."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from random import SystemRandom
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from localcloud.hana.errors import GENERAL_ERROR, HanaError, not_supported
from localcloud.hana.model import FunctionCode, Outcome, ParameterValue, Statement, Value

from . import moments
from .catalogue import Catalogue, Key, Table, missing_schema
from .compiling.plans import DefinitionPlan, Plan, QueryPlan, SessionPlan, WritePlan
from .reading import tree
from .reading.lexer import located
from .results import Rows
from .store import Store, translated
from .system_views import UNCACHED, VIEWS, Question

if TYPE_CHECKING:
    from .database import Database

FAILED_ROW = -3
UNKNOWN_SAVEPOINT = 128

_FAILURES = (sqlite3.Error, OverflowError, UnicodeEncodeError)
_RANDOM = SystemRandom()
_MERGED = count(1)
"""Versions for catalogues that only one session sees."""
_EPOCH = moments.ticks_of("1970-01-01")


class Prepared:
    """What `prepare` gives out: the text, and the plan as of the catalogue it was made for."""

    __slots__ = ("columns", "function", "parameters", "plan", "schema", "sql", "version")

    def __init__(self, sql: str, schema: str, version: int, plan: Plan) -> None:
        self.sql = sql
        self.schema = schema
        self.version = version
        self.plan = plan
        self.function = plan.function
        self.parameters = plan.parameters
        self.columns = plan.columns


class Session:
    """Implements `model.Connection`."""

    def __init__(self, database: Database, user: str, id_: int) -> None:
        self.client_info: dict[str, str | None] = {}
        self.id = id_
        self.user = user
        self.schema = user
        self.interrupted = False
        self.isolation_level = "READ COMMITTED"
        self._database = database
        self._store: Store | None = database.lease(self)
        self._open: set[Rows] = set()
        self._detached: set[Rows] = set()
        self._writing = False
        self._savepoints: list[str] = []
        self._savepoint_number = 0
        self._now = 0
        self._identity: int | None = None
        self._current: dict[int, int] = {}
        self._system_rows: dict[str, tuple[Catalogue, str]] = {}
        self._temporary: dict[Key, Table] = {}
        self._merged: tuple[Catalogue, Catalogue] | None = None
        self._closed = False

    # model.Connection ---------------------------------------------------------------------------

    def prepare(self, sql: str) -> Prepared:
        catalogue = self.catalogue
        plan = self._database.plan(sql, self.schema, self.user, catalogue)
        return Prepared(sql, self.schema, catalogue.version, plan)

    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        if not isinstance(statement, Prepared):
            raise TypeError("a statement of another engine")
        self.interrupted = False
        self._now = 0
        plan = statement.plan
        if statement.version != self.catalogue.version:
            plan = self._database.plan(statement.sql, statement.schema, self.user, self.catalogue)
        if isinstance(plan, QueryPlan):
            return self._query(plan, rows[0] if rows else (), autocommit)
        if isinstance(plan, WritePlan):
            return self._write(plan, rows or [()], autocommit)
        if isinstance(plan, SessionPlan):
            return self._change_session(plan, autocommit)
        assert isinstance(plan, DefinitionPlan)
        return self._define(plan, statement.sql)

    def commit(self) -> None:
        if self._writing:
            self._end("COMMIT")
        self._savepoints.clear()

    def rollback(self) -> None:
        if self._writing:
            for rows in list(self._open):
                rows.spool()
            self._end("ROLLBACK")
        self._savepoints.clear()

    def interrupt(self) -> None:
        self.interrupted = True
        stores = [self._store, *(rows.store for rows in list(self._detached))]
        for store in stores:
            if store is not None:
                store.connection.interrupt()

    def close(self) -> None:
        """Undo what is not committed and give everything back; closing twice is no error."""
        if self._closed:
            return
        self._closed = True
        for rows in (*self._open, *self._detached):
            rows.close()
        if self._writing:
            self._end("ROLLBACK")
        if self._store is not None:
            self._database.give_back(self._store)
            self._store = None
        self._database.discard(self._temporary.values())
        self._database.sessions.pop(self.id, None)

    # Running ------------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """What exists, with the session's own temporary tables."""
        common = self._database.catalogue
        if not self._temporary:
            return common
        if self._merged is None or self._merged[0] is not common:
            objects = {**common.objects, **self._temporary}
            self._merged = (common, replace(common, objects=objects, version=-next(_MERGED)))
        return self._merged[1]

    @property
    def _sqlite(self) -> Store:
        if self._store is None:
            raise HanaError(GENERAL_ERROR, "general error: connection is closed")
        return self._store

    def _query(self, plan: QueryPlan, values: Sequence[ParameterValue], autocommit: bool) -> Outcome:
        self._leave_open_cursors()
        bound = _bound(plan.converters, values)
        if plan.lock and not autocommit:
            self._begin(plan.lock != "NOWAIT")
        store = self._sqlite
        try:
            cursor = store.execute(plan.sql, bound[: plan.bound])
        except _FAILURES as error:
            raise translated(error) from None
        rows = Rows(plan.columns, cursor, store, self._ended)
        self._open.add(rows)
        return Outcome(plan.function, rows)

    def _ended(self, rows: Rows) -> None:
        """A cursor is done with its store; a store that nobody else reads from goes back."""
        self._open.discard(rows)
        if rows in self._detached:
            self._detached.discard(rows)
            store = rows.store
            if store is not None and all(each.store is not store for each in self._detached):
                self._database.give_back(store)

    def _leave_open_cursors(self) -> None:
        """Go on with another store if cursors are open: they must not pin what the next statement sees."""
        if self._open and not self._writing:
            self._detached |= self._open
            self._open.clear()
            self._store = self._database.lease(self)

    def _write(self, plan: WritePlan, rows: Sequence[Sequence[ParameterValue]], autocommit: bool) -> Outcome:
        self._leave_open_cursors()
        for each in list(self._open):
            each.spool()
        if len(rows) == 1:
            bound = _bound_for(plan, rows[0])
            self._begin()
            try:
                count = self._run(plan, bound)
            except HanaError:
                self._settle(failed=True, autocommit=autocommit)
                raise
            self._settle(failed=False, autocommit=autocommit)
            return Outcome(plan.function, None, (count,))
        return self._batch(plan, rows, autocommit)

    def _batch(self, plan: WritePlan, rows: Sequence[Sequence[ParameterValue]], autocommit: bool) -> Outcome:
        self._begin()
        try:
            affected, errors = self._all_at_once(plan, rows)
            if errors is not None:
                affected, errors = self._one_by_one(plan, rows)
        except HanaError:
            self._settle(failed=True, autocommit=autocommit)
            raise
        self._settle(failed=bool(errors), autocommit=autocommit)
        return Outcome(plan.function, None, affected, errors or None)

    def _all_at_once(
        self, plan: WritePlan, rows: Sequence[Sequence[ParameterValue]]
    ) -> tuple[list[int], dict[int, HanaError] | None]:
        """The quick way, for INSERT … VALUES; errors are found out row by row afterwards."""
        if not plan.one_row_each:
            return [], {}
        execute = self._sqlite.execute
        execute("SAVEPOINT batch")
        try:
            self._sqlite.connection.executemany(plan.steps[0], [_bound_for(plan, row) for row in rows])
        except (*_FAILURES, HanaError):
            execute("ROLLBACK TO batch")
            execute("RELEASE batch")
            return [], {}
        execute("RELEASE batch")
        return [1] * len(rows), None

    def _one_by_one(
        self, plan: WritePlan, rows: Sequence[Sequence[ParameterValue]]
    ) -> tuple[list[int], dict[int, HanaError]]:
        affected: list[int] = []
        errors: dict[int, HanaError] = {}
        for index, row in enumerate(rows):
            try:
                affected.append(self._run(plan, _bound_for(plan, row)))
            except HanaError as error:
                affected.append(FAILED_ROW)
                errors[index] = error
        return affected, errors

    def _run(self, plan: WritePlan, bound: tuple[Value, ...]) -> int:
        """One row of parameters through all steps, or through none."""
        execute = self._sqlite.execute
        try:
            if len(plan.steps) == 1:
                return execute(plan.steps[0], bound[: plan.bound[0]]).rowcount
            execute("SAVEPOINT steps")
            try:
                counts = [
                    execute(step, bound[:number]).rowcount
                    for step, number in zip(plan.steps, plan.bound, strict=True)
                ]
            except _FAILURES:
                execute("ROLLBACK TO steps")
                raise
            finally:
                execute("RELEASE steps")
        except _FAILURES as error:
            raise translated(error, plan.table, plan.function.name) from None
        found = [count for count, counted in zip(counts, plan.counted, strict=True) if counted]
        return max(found) if plan.either else sum(found)

    # Transactions -------------------------------------------------------------------------------

    def _begin(self, wait: bool = True) -> None:
        """Open the transaction if it is not open, with the savepoints that were set before."""
        if self._writing:
            return
        self._database.start_writing(self, wait)
        try:
            self._sqlite.execute("BEGIN IMMEDIATE")
            for name in self._savepoints:
                self._sqlite.execute(f"SAVEPOINT {_savepoint_sql(self._savepoints, name)}")
        except _FAILURES as error:
            self._database.stop_writing()
            raise translated(error) from None
        self._writing = True

    def _settle(self, failed: bool, autocommit: bool) -> None:
        """What follows a change: its commit or rollback under autocommit, nothing otherwise."""
        if not self._sqlite.connection.in_transaction:
            self._forget_transaction()
        elif autocommit:
            self._end("ROLLBACK" if failed else "COMMIT")
            self._savepoints.clear()

    def _end(self, word: str) -> None:
        try:
            self._sqlite.execute(word)
        except _FAILURES as error:
            if word == "COMMIT":
                self._sqlite.execute("ROLLBACK")
            raise translated(error) from None
        finally:
            self._forget_transaction()

    def _forget_transaction(self) -> None:
        if self._writing:
            self._writing = False
            self._database.stop_writing()

    # Statements about the session and the catalogue ---------------------------------------------

    def _define(self, plan: DefinitionPlan, sql: str) -> Outcome:
        assert plan.definition is not None
        self.commit()
        self._leave_open_cursors()
        try:
            made = self._database.define(self, plan.definition)
        except HanaError as error:
            raise located(error, sql) from None
        self._temporary = {
            key: each
            for key, each in made.catalogue.objects.items()
            if isinstance(each, Table) and each.temporary
        }
        self._merged = None
        return Outcome(FunctionCode.DDL)

    def _change_session(self, plan: SessionPlan, autocommit: bool) -> Outcome:
        change = plan.change
        assert change is not None
        _CHANGES[type(change)](self, change)
        if autocommit and self._writing:
            self.commit()
        return Outcome(plan.function)

    def _set_schema(self, change: tree.SetSchema) -> None:
        if change.name not in self.catalogue.schemas:
            raise missing_schema(change.name, change.at)
        self.schema = change.name

    def _set_variable(self, change: tree.SetVariable) -> None:
        self.client_info[change.key] = change.value

    def _set_transaction(self, change: tree.SetTransaction) -> None:
        if change.level != "READ COMMITTED":
            raise not_supported(f"isolation level {change.level}", change.at)
        self.isolation_level = change.level

    def _lock_table(self, change: tree.LockTable) -> None:
        """There is one writer at a time anyway: the lock is on everything."""
        self.catalogue.table(change.path, self.schema)
        self._begin(change.wait)

    def _transact(self, change: tree.Transaction) -> None:
        if change.action == "COMMIT":
            self.commit()
        elif change.action == "ROLLBACK":
            self.rollback()
        elif change.action == "SAVEPOINT":
            self._set_savepoint(change.savepoint)
        else:
            self._use_savepoint(change)

    def _set_savepoint(self, name: str) -> None:
        if name in self._savepoints:
            del self._savepoints[self._savepoints.index(name)]
        self._savepoints.append(name)
        if self._writing:
            self._sqlite.execute(f"SAVEPOINT {_savepoint_sql(self._savepoints, name)}")

    def _use_savepoint(self, change: tree.Transaction) -> None:
        if change.savepoint not in self._savepoints:
            raise HanaError(UNKNOWN_SAVEPOINT, f"transaction error: savepoint {change.savepoint} is not set")
        sql = _savepoint_sql(self._savepoints, change.savepoint)
        after = self._savepoints.index(change.savepoint)
        if change.action == "RELEASE":
            del self._savepoints[after:]
            if self._writing:
                self._sqlite.execute(f"RELEASE {sql}")
            return
        del self._savepoints[after + 1 :]
        if self._writing:
            for rows in list(self._open):
                rows.spool()
            self._sqlite.execute(f"ROLLBACK TO {sql}")

    # What functions ask -------------------------------------------------------------------------

    def ask(self, function: str, *arguments: Value) -> Value:
        """Answer a session function."""
        return _ANSWERS[function](self, *arguments)

    def _moment(self) -> int:
        """Ticks of the statement's one UTC moment; it does not move while the statement runs."""
        if not self._now:
            self._now = _EPOCH + time.time_ns() // 100
        return self._now

    def _utc_timestamp(self) -> str:
        return moments.stamp(self._moment())

    def _local_timestamp(self) -> str:
        seconds = (self._moment() - _EPOCH) // moments.TICKS
        offset = datetime.fromtimestamp(seconds, UTC).astimezone().utcoffset()
        shift = int(offset.total_seconds()) if offset is not None else 0
        return moments.stamp(self._moment() + shift * moments.TICKS)

    def _session_context(self, key: Value) -> Value:
        return self.client_info.get(str(key))

    def _system_view(self, name: Value) -> Value:
        """The rows of a SYS view, as JSON."""
        catalogue = self.catalogue
        known = self._system_rows.get(str(name))
        if known is not None and known[0] is catalogue and name not in UNCACHED:
            return known[1]
        question = Question(catalogue, self.user, self._database.connected(self))
        rows = json.dumps([list(row) for row in VIEWS[str(name)].rows(question)])
        self._system_rows[str(name)] = (catalogue, rows)
        return rows

    def _next(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        value = self._database.sequences.take(id_)
        self._current[id_] = value
        return value

    def _current_value(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        if id_ not in self._current:
            raise HanaError(326, "CURRVAL of given sequence is not yet defined in this session")
        return self._current[id_]

    def _next_identity(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        self._identity = self._database.sequences.take(id_)
        return self._identity


def _savepoint_sql(names: list[str], name: str) -> str:
    return f"s{names.index(name)}"


def _bound(converters: tuple[Any, ...], values: Sequence[ParameterValue]) -> tuple[Value, ...]:
    """The parameters in their stored form."""
    if len(values) != len(converters):
        raise HanaError(340, "not all variables bound: number of parameters does not match")
    return tuple([convert(value) for convert, value in zip(converters, values, strict=True)])


def _bound_for(plan: WritePlan, values: Sequence[ParameterValue]) -> tuple[Value, ...]:
    """`_bound`, with the column named that a value does not fit into."""
    try:
        return _bound(plan.converters, values)
    except HanaError:
        for index, (convert, value) in enumerate(zip(plan.converters, values, strict=False)):
            try:
                convert(value)
            except HanaError as error:
                column = plan.targets.get(index)
                raise HanaError(
                    error.code, error.text if column is None else f'{error.text}: column "{column}"'
                ) from None
        raise


_CHANGES: dict[type, Callable[[Session, Any], None]] = {
    tree.SetSchema: Session._set_schema,
    tree.SetVariable: Session._set_variable,
    tree.SetTransaction: Session._set_transaction,
    tree.Transaction: Session._transact,
    tree.LockTable: Session._lock_table,
}

_ANSWERS: dict[str, Callable[..., Value]] = {
    "current_user": lambda session: session.user,
    "session_user": lambda session: session.user,
    "current_schema": lambda session: session.schema,
    "current_connection": lambda session: session.id,
    "current_transaction_isolation_level": lambda session: session.isolation_level,
    "current_identity_value": lambda session: session._identity,
    "current_utctimestamp": Session._utc_timestamp,
    "current_utcdate": lambda session: session._utc_timestamp()[:10],
    "current_utctime": lambda session: session._utc_timestamp()[11:19],
    "current_timestamp": Session._local_timestamp,
    "now": Session._local_timestamp,
    "current_date": lambda session: session._local_timestamp()[:10],
    "current_time": lambda session: session._local_timestamp()[11:19],
    "session_context": Session._session_context,
    "sysuuid": lambda session: uuid4().bytes,
    "newuid": lambda session: uuid4().bytes,
    "rand": lambda session: _RANDOM.random(),
    "rand_secure": lambda session: _RANDOM.random(),
    "system_view": Session._system_view,
    "next": Session._next,
    "current": Session._current_value,
    "next_identity": Session._next_identity,
}
