"""The session of one client: its user, its schema, what it prepares and executes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Protocol
from weakref import WeakSet

from localcloud.hana.errors import CANCELLED, GENERAL_ERROR, HanaError, check_variable, not_supported
from localcloud.hana.model import FunctionCode, Outcome, ParameterValue, Statement, Value
from localcloud.hana.sql.catalogue.catalogue import Catalogue, Key, Table, missing_schema
from localcloud.hana.sql.catalogue.system_views import Connected
from localcloud.hana.sql.compiler.plans import (
    BlockPlan,
    DefinitionPlan,
    Plan,
    ProcedurePlan,
    QueryPlan,
    SessionPlan,
    WritePlan,
)
from localcloud.hana.sql.ddl.catalogue_change import CatalogueChange
from localcloud.hana.sql.ddl.sqlite_tables import instance_steps
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.lexer import located

from .calls import run_call
from .executor import run_change, run_query
from .sequences import Sequences
from .session_functions import SessionFunctions
from .transaction import StorePool, Transaction

_MERGED = count(1)
"""Versions for catalogues that only one session sees."""
_FORMAT_VARIABLES = frozenset({"DATE_FORMAT", "TIME_FORMAT", "SECONDDATE_FORMAT", "TIMESTAMP_FORMAT"})


class Prepared:
    """A prepared statement: its text, and its plan for one version of the catalogue."""

    __slots__ = ("__weakref__", "columns", "function", "parameters", "plan", "schema", "sql", "version")

    def __init__(self, sql: str, schema: str, version: int, plan: Plan) -> None:
        self.sql = sql
        self.schema = schema
        self.version = version
        self.plan = plan
        self.function = plan.function
        self.parameters = plan.parameters
        self.columns = plan.columns


class SessionDatabase(StorePool, Protocol):
    """What a session needs of its database."""

    catalogue: Catalogue
    sequences: Sequences

    def plan(self, sql: str, schema: str, user: str, catalogue: Catalogue) -> Plan: ...
    def define(self, session: DatabaseSession, node: tree.Definition) -> CatalogueChange: ...
    def forget(self, session: DatabaseSession, temporary: Iterable[Table]) -> None: ...
    def connected(self, own: DatabaseSession) -> tuple[Connected, ...]: ...
    def count(self, table: Table) -> int: ...
    def cancel(self, number: int, by: DatabaseSession) -> bool: ...
    def make_instance(self, session: DatabaseSession, table: Table, old: Table | None) -> None: ...


class DatabaseSession:
    """The session of one client; implements `model.Connection`."""

    def __init__(self, database: SessionDatabase, user: str, id_: int) -> None:
        self.client_info: dict[str, str | None] = {}
        self.database = database
        self.id = id_
        self.user = user
        self.schema = user
        self.isolation_level = "READ COMMITTED"
        self.running = ""
        """The statement that is being carried out; its rows may be fetched later."""
        self.prepared: WeakSet[Prepared] = WeakSet()
        self._functions = SessionFunctions(self)
        self._work = Transaction(database, self)
        self._temporary: dict[Key, Table] = {}
        self._instances: dict[int, Table] = {}
        self._merged: tuple[Catalogue, Catalogue] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """What exists, with the session's own temporary tables, and its own of the global ones."""
        common = self.database.catalogue
        if not self._temporary and not common.shared_temporary:
            return common
        if self._merged is None or self._merged[0] is not common:
            shared = {each.key: replace(each, instance=self.id) for each in common.shared_temporary}
            objects = {**common.objects, **shared, **self._temporary}
            self._merged = (common, replace(common, objects=objects, version=-next(_MERGED)))
        return self._merged[1]

    @property
    def definitions(self) -> Catalogue:
        """What a definition changes: what exists, with the session's local temporary tables."""
        common = self.database.catalogue
        if not self._temporary:
            return common
        return replace(common, objects={**common.objects, **self._temporary}, version=-next(_MERGED))

    def prepare(self, sql: str) -> Prepared:
        catalogue = self.catalogue
        plan = self.database.plan(sql, self.schema, self.user, catalogue)
        made = Prepared(sql, self.schema, catalogue.version, plan)
        self.prepared.add(made)
        return made

    @property
    def work(self) -> Transaction:
        """Its transaction, for others to look at."""
        return self._work

    @property
    def writing(self) -> bool:
        """Whether its transaction has the right to write."""
        return self._work.writing

    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        if not isinstance(statement, Prepared):
            raise TypeError("a statement of another engine")
        self.running = statement.sql
        try:
            return self._execute(statement, rows, autocommit)
        except HanaError as error:
            if error.code == CANCELLED:
                self._work.rollback()
            raise
        finally:
            self.running = ""

    def _execute(
        self, statement: Prepared, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        self._work.interrupted = False
        self._functions.new_statement()
        plan = statement.plan
        if statement.version != self.catalogue.version:
            plan = self.database.plan(statement.sql, statement.schema, self.user, self.catalogue)
        if self.database.catalogue.shared_temporary:
            plan = self._with_instances(plan)
        if isinstance(plan, QueryPlan):
            return run_query(self._work, plan, rows[0] if rows else (), autocommit)
        if isinstance(plan, WritePlan):
            return run_change(self._work, plan, rows or [()], autocommit)
        if isinstance(plan, ProcedurePlan):
            return run_call(self, plan, rows[0] if rows else ())
        if isinstance(plan, SessionPlan):
            return self._change_session(plan, autocommit)
        if isinstance(plan, BlockPlan):
            return self._carry_out(plan, autocommit)
        assert isinstance(plan, DefinitionPlan)
        return self._define(plan, statement.sql)

    def commit(self) -> None:
        self._work.commit()

    def rollback(self) -> None:
        self._work.rollback()

    def interrupt(self) -> None:
        self._work.interrupt()

    def close(self) -> None:
        """Undo what is not committed and give everything back; closing twice is no error."""
        self._work.close()
        self.database.forget(self, (*self._temporary.values(), *self._instances.values()))
        self._temporary, self._instances = {}, {}

    def _with_instances(self, plan: Plan) -> Plan:
        """The plan, with the global temporary tables that it changes made for this session.

        A query reads the empty one that all share instead, so that it waits for nobody.
        """
        for shared in self.database.catalogue.shared_temporary:
            own = replace(shared, instance=self.id)
            if isinstance(plan, QueryPlan) and own.sql in plan.sql and not self._has(own):
                plan = replace(plan, sql=plan.sql.replace(own.sql, shared.sql))
            elif isinstance(plan, WritePlan):
                used = any(own.sql in step.sql for step in plan.steps)
                if used and not self._has(own):
                    self._make_instance(own)
        return plan

    def _make_instance(self, own: Table) -> None:
        old = self._instances.get(own.id)
        if self._work.active:
            self._work.begin()
            for step in instance_steps(self.database.catalogue, own, old):
                self._work.store.execute(step)
        else:
            self.database.make_instance(self, own, old)
        self._instances[own.id] = own

    def _has(self, own: Table) -> bool:
        """Whether the session's own table is there, as it is defined now: a rollback may have taken it."""
        if self._instances.get(own.id) != own:
            return False
        found = self._work.store.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (own.sql,)).fetchone()
        self._work.release()
        return found is not None

    def emptied_tables(self) -> list[str]:
        """The session's own sqlite tables that a commit empties."""
        return [each.sql for each in self._instances.values() if each.emptied]

    def call_function(self, function: str, *arguments: Value) -> Value:
        """The value of a function that depends on the session."""
        return self._functions.call(function, *arguments)

    @property
    def sequences(self) -> Sequences:
        """The counters of the database."""
        return self.database.sequences

    def connected(self) -> tuple[Connected, ...]:
        """The sessions that this one may see."""
        return self.database.connected(self)

    def count(self, table: Table) -> int:
        """How many committed rows a table has."""
        return self.database.count(table)

    # Statements about the catalogue and the session -------------------------------------------------

    def _carry_out(self, plan: BlockPlan, autocommit: bool) -> Outcome:
        """The statements of a block; rows that it selects are for nobody.

        One that fails undoes what the block did, but for what a definition has committed on the way.
        """
        with self._work.all_or_nothing():
            for sql in plan.statements:
                made = self.execute(self.prepare(sql), (), autocommit=False)
                if made.result is not None:
                    made.result.close()
        if autocommit:
            self._work.commit()
        return Outcome(plan.function)

    def _define(self, plan: DefinitionPlan, sql: str) -> Outcome:
        """Definitions end the transaction that is open, and are one of their own (HANA's default)."""
        assert plan.definition is not None
        self._work.refuse_if_read_only()
        self._work.commit()
        if isinstance(plan.definition, tree.Truncate):
            found = self.catalogue.follow(self.catalogue.find(plan.definition.path, self.schema))
            if isinstance(found, Table) and found.instance:
                return self._empty(found)
        try:
            made = self.database.define(self, plan.definition)
        except HanaError as error:
            raise located(error, sql) from None
        self._temporary = {
            key: each
            for key, each in made.catalogue.objects.items()
            if isinstance(each, Table) and each.temporary
        }
        self._merged = None
        return Outcome(FunctionCode.DDL)

    def _empty(self, table: Table) -> Outcome:
        """TRUNCATE of a global temporary table: the session's own rows."""
        if table.id in self._instances:
            self._work.begin()
            self._work.store.execute(f"DELETE FROM {table.sql}")  # noqa: S608
            self._work.commit()
        return Outcome(FunctionCode.DDL)

    def _change_session(self, plan: SessionPlan, autocommit: bool) -> Outcome:
        change = plan.change
        assert change is not None
        _CHANGES[type(change)](self, change)
        if autocommit and (self._work.writing or isinstance(change, tree.LockTable)):
            self._work.commit()
        if isinstance(change, tree.SetTransaction):
            return Outcome(plan.function, isolation_level=change.level, read_only=change.read_only)
        return Outcome(plan.function)

    def _set_schema(self, change: tree.SetSchema) -> None:
        if change.name not in self.catalogue.schemas:
            raise missing_schema(change.name, change.at)
        self.schema = change.name

    def _set_variable(self, change: tree.SetVariable) -> None:
        if change.key.upper() in _FORMAT_VARIABLES:
            raise not_supported(f"session variable {change.key}", change.at)
        check_variable(change.key, change.value, change.at)
        if change.value is None:
            self.client_info.pop(change.key, None)
        else:
            self.client_info[change.key] = change.value

    def _set_transaction(self, change: tree.SetTransaction) -> None:
        """Until it is set anew, as in HANA."""
        if change.level is not None:
            self.isolation_level = change.level
            self._work.snapshot = change.level != "READ COMMITTED"
        if change.read_only is not None:
            self._work.read_only = change.read_only
        if change.lock_wait is not None:
            self._work.lock_wait = change.lock_wait / 1000

    def _lock_table(self, change: tree.LockTable) -> None:
        """Whatever the mode, one transaction has the table."""
        self._work.lock_table(self.catalogue.table(change.path, self.schema).id, change.lock)

    def _cancel(self, change: tree.CancelSession) -> None:
        number = int(change.session) if change.session.isdecimal() and len(change.session) < 10 else 0
        if not self.database.cancel(number, self):
            raise HanaError(GENERAL_ERROR, f"general error: there is no session {change.session}", change.at)

    def _transact(self, change: tree.TransactionControl) -> None:
        if change.action == "COMMIT":
            self._work.commit()
        elif change.action == "ROLLBACK":
            self._work.rollback()
        elif change.action == "SAVEPOINT":
            self._work.set_savepoint(change.savepoint)
        elif change.action == "RELEASE":
            self._work.release_savepoint(change.savepoint)
        else:
            self._work.return_to_savepoint(change.savepoint)


_CHANGES: dict[type, Callable[[DatabaseSession, Any], None]] = {
    tree.SetSchema: DatabaseSession._set_schema,
    tree.SetVariable: DatabaseSession._set_variable,
    tree.SetTransaction: DatabaseSession._set_transaction,
    tree.TransactionControl: DatabaseSession._transact,
    tree.LockTable: DatabaseSession._lock_table,
    tree.CancelSession: DatabaseSession._cancel,
}
