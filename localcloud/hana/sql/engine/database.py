"""A database: one sqlite file, its catalogue, the right to write, and the sessions."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from localcloud.hana.errors import FOREIGN_KEY_VIOLATED, HanaError
from localcloud.hana.releases import DEFAULT_LINE, RELEASES, Release
from localcloud.hana.sql.catalogue.catalogue import (
    DUMMY,
    SYSTEM_SCHEMAS,
    Catalogue,
    Column,
    DatabaseUser,
    Grants,
    Role,
    Table,
)
from localcloud.hana.sql.catalogue.procedures import Procedure
from localcloud.hana.sql.catalogue.system_views import Connected
from localcloud.hana.sql.compiler.compiler import compile_statement
from localcloud.hana.sql.compiler.plans import Plan
from localcloud.hana.sql.ddl.catalogue_change import CatalogueChange
from localcloud.hana.sql.ddl.definitions import define
from localcloud.hana.sql.ddl.sqlite_tables import instance_steps
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values.types import text

from .persistence import load, save
from .sequences import Sequences
from .session import DatabaseSession
from .store import SessionContext, Store, lock_timeout, table_in, translated
from .table_locks import TableLocks, resource_busy
from .transaction import Transaction

LOCK_WAIT = 10.0
"""Seconds that a change waits for another transaction's end before error 131."""

_REMEMBERED_PLANS = 2000
_LONGEST_REMEMBERED = 20_000
"""Characters; a longer text is hardly ever seen twice."""
_IDLE_STORES = 8
_DUMMY_TABLE = Table(0, *DUMMY, "ROW", (Column(1, "DUMMY", text(1)),))


class Database:
    """HANA on sqlite3; without a path it lives in a temporary file and vanishes on `close`."""

    def __init__(
        self,
        path: Path | None = None,
        lock_wait: float = LOCK_WAIT,
        release: Release = RELEASES[DEFAULT_LINE],
    ) -> None:
        self.lock_wait = lock_wait
        self.locks = TableLocks()
        self._release = release
        self.sequences = Sequences()
        self._folder = tempfile.mkdtemp(prefix="hana-") if path is None else None
        self._durable = path is not None
        self._path = str(path) if path is not None else f"{self._folder}/data.sqlite"
        self._writer = threading.Lock()
        self._guard = threading.RLock()
        self._idle: list[Store] = []
        self._garbage: list[Table] = []
        self._plans: OrderedDict[tuple[str, str, str, int], Plan] = OrderedDict()
        self._connections = 0
        self.sessions: dict[int, DatabaseSession] = {}
        self._definer = Store(self._path, self._durable)
        self._counter = Store(self._path, self._durable)
        self.catalogue = self._opened()

    def _opened(self) -> Catalogue:
        self._definer.execute("CREATE TABLE IF NOT EXISTS t0 (c1)")
        if not self._definer.execute("SELECT 1 FROM t0").fetchall():
            self._definer.execute("INSERT INTO t0 VALUES ('X')")
        catalogue = load(self._definer, self.sequences)
        self._sweep(catalogue)
        schemas = dict.fromkeys(SYSTEM_SCHEMAS, "SYS")
        return Catalogue(
            catalogue.version,
            catalogue.next_id,
            {**schemas, **catalogue.schemas},
            {**catalogue.objects, DUMMY: _DUMMY_TABLE},
            catalogue.users,
            catalogue.roles,
            release=self._release,
        )

    def add_procedures(self, procedures: Iterable[Procedure]) -> None:
        """Let sessions call these; they are not saved with the catalogue."""
        with self._guard:
            known = {(each.schema, each.name): each for each in procedures}
            catalogue = self.catalogue
            self.catalogue = replace(
                catalogue, procedures={**catalogue.procedures, **known}, version=catalogue.version + 1
            )

    def _sweep(self, catalogue: Catalogue) -> None:
        """Drop what an earlier process left: temporary tables of sessions that it could not clean up."""
        known = {each.sql for each in catalogue.objects.values() if isinstance(each, Table)} | {"t0"}
        rows = self._definer.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in rows:
            if name[0] == "t" and name not in known:
                self._definer.execute(f"DROP TABLE {name}")

    # Users and connections --------------------------------------------------------------------

    def create_user(
        self, name: str, schema: str | None = None, privileges: tuple[str, ...] | None = None
    ) -> None:
        """A user with a schema of their own; with `privileges` on `schema` and nothing else, if given.

        Without `privileges` it is an administrator, who may do everything everywhere.
        """
        with self._guard:
            catalogue = self.catalogue
            owned = name if schema is None or privileges is not None else schema
            if owned not in catalogue.schemas:
                catalogue = catalogue.with_schema(owned, name)
            grants = frozenset((schema or name, "", each) for each in privileges or ())
            catalogue = catalogue.with_user(DatabaseUser(name, privileges is None, grants))
            self._publish(catalogue)

    def create_role(self, name: str, grants: Grants) -> None:
        """A role with these privileges, or another content for one that is there."""
        with self._guard:
            self._publish(self.catalogue.with_role(Role(name, grants)))

    def assign_role(self, role: str, user: str) -> None:
        """Let a user have what the role has, and nothing else."""
        with self._guard:
            known = self.catalogue.users[user]
            changed = replace(known, grants=frozenset(), roles=frozenset({role}))
            self._publish(self.catalogue.with_user(changed))

    def connect(self, user: str, number: int | None = None) -> DatabaseSession:
        """A connection for a user; one that is not known yet becomes an administrator with a schema.

        `number` is what its client knows it by, above 200,000; the others have lower ones.
        """
        if user not in self.catalogue.users:
            self.create_user(user)
        with self._guard:
            self._connections += 1
            session = DatabaseSession(self, user, number or 100_000 + self._connections)
            self.sessions[session.id] = session
        return session

    def forget(self, session: DatabaseSession, temporary: Iterable[Table]) -> None:
        """A session is gone; its temporary tables are dropped with the next definition."""
        with self._guard:
            if self.sessions.pop(session.id, None) is not None:
                self._garbage += temporary

    def cancel(self, number: int, by: DatabaseSession) -> bool:
        """Stop what a session runs, for its own user or an administrator; whether there is such a session."""
        found = self.sessions.get(number)
        asking = self.catalogue.users[by.user]
        if found is None or not (asking.administrator or found.user == by.user):
            return False
        found.interrupt()
        return True

    def count(self, table: Table) -> int:
        """How many committed rows a table has."""
        with self._guard:
            try:
                [(found,)] = self._counter.execute(f"SELECT count(*) FROM {table.sql}").fetchall()  # noqa: S608
            except sqlite3.OperationalError:
                return 0  # a global temporary table that the session has not used yet
        return int(found)

    def make_instance(self, session: DatabaseSession, table: Table, old: Table | None) -> None:
        """Make a session's own sqlite table of a global temporary one, in place of an `old` one."""
        self.start_writing(None)
        try:
            with self._transaction(False, self.catalogue) as store:
                store.session = session
                for step in instance_steps(self.catalogue, table, old):
                    store.execute(step)
        finally:
            self._definer.session = None
            self.stop_writing()

    def connected(self, own: DatabaseSession) -> tuple[Connected, ...]:
        """All sessions, for M_CONNECTIONS; an ordinary user sees only their own."""
        known = self.catalogue.users.get(own.user)
        everyone = known is not None and known.administrator
        return tuple(
            Connected(
                each.id,
                each.user,
                each.schema,
                each is own,
                each.client_info,
                each.running,
                tuple(statement.sql for statement in list(each.prepared)),
                each.writing,
                each.isolation_level,
                tuple({*self.locks.of(each.work), *each.work.changed}),
            )
            for each in list(self.sessions.values())
            if everyone or each.user == own.user
        )

    def close(self) -> None:
        """Close every connection and the file; a temporary database is gone after that."""
        for session in list(self.sessions.values()):
            session.close()
        with self._guard:
            self.before_commit(self._definer)
            for store in (*self._idle, self._counter, self._definer):
                store.close()
            self._idle.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # Stores and the right to write ------------------------------------------------------------

    def lease(self, session: SessionContext) -> Store:
        """A sqlite connection for a session's exclusive use."""
        with self._guard:
            store = self._idle.pop() if self._idle else None
        if store is None:
            store = Store(self._path, self._durable)
        store.session = session
        return store

    def give_back(self, store: Store) -> None:
        store.session = None
        with self._guard:
            if len(self._idle) < _IDLE_STORES:
                self._idle.append(store)
                return
        store.close()

    def start_writing(self, transaction: Transaction | None, wait: float | None = None) -> None:
        """Become the one writer; 131 after so many seconds, `lock_wait` unless given; 146 at once if 0."""
        if self._writer.acquire(blocking=False):
            return
        if wait == 0:
            raise resource_busy()
        deadline = time.monotonic() + (self.lock_wait if wait is None else wait)
        while not self._writer.acquire(timeout=max(0.0, min(0.1, deadline - time.monotonic()))):
            if (transaction is not None and transaction.interrupted) or time.monotonic() >= deadline:
                raise lock_timeout()

    def stop_writing(self) -> None:
        self._writer.release()

    # Plans and definitions --------------------------------------------------------------------

    def plan(self, sql: str, schema: str, user: str, catalogue: Catalogue) -> Plan:
        """The plan of a statement, compiled at most once for a state of the catalogue."""
        key = (sql, schema, user, catalogue.version)
        plans = self._plans
        plan = plans.get(key)
        if plan is None:
            plan = compile_statement(sql, catalogue, schema, user)
            if len(sql) > _LONGEST_REMEMBERED:
                return plan
            with self._guard:
                plans[key] = plan
                if len(plans) > _REMEMBERED_PLANS:
                    plans.popitem(last=False)
        return plan

    def define(self, session: DatabaseSession, node: tree.Definition) -> CatalogueChange:
        """Carry a definition out, in a transaction of its own; on return the new catalogue is in force.

        Temporary tables stay out of it; the session keeps them.
        """
        self._start_defining(session, node)
        try:
            made = CatalogueChange(session.definitions, session.schema, session.user)
            define(made, node)
            published = made.catalogue.without_temporary(self.catalogue.version + 1)
            self._carry_out(session, made, published)
            self.catalogue = published
            return made
        finally:
            self.stop_writing()

    def _start_defining(self, session: DatabaseSession, node: tree.Definition) -> None:
        """Become the one writer, with the table that is defined anew free of others' locks."""
        paths = (getattr(node, "path", None), getattr(node, "table", None))
        found = [
            session.catalogue.find(path, session.schema) for path in paths if isinstance(path, tree.Path)
        ]
        table = next((each.id for each in found if isinstance(each, Table)), 0)
        self.start_writing(None)
        while self.locks.held(table, None):
            self.stop_writing()
            self.locks.wait(table, None, self.lock_wait, lambda: False)
            self.start_writing(None)

    def _carry_out(self, session: DatabaseSession, made: CatalogueChange, published: Catalogue) -> None:
        for id_, options in made.new_sequences:
            self.sequences.add(id_, options)
        with self._guard:
            garbage, self._garbage = self._garbage, []
        try:
            with self._transaction(made.rebuilt, made.catalogue) as store:
                store.session = session
                for table in garbage:
                    store.execute(f"DROP TABLE IF EXISTS {table.sql}")
                for step in made.steps:
                    store.execute(step)
                self.before_commit(store)
                save(store, self.catalogue, published)
        except HanaError:
            for id_, _ in made.new_sequences:
                self.sequences.remove(id_)
            with self._guard:
                self._garbage += garbage
            raise
        finally:
            self._definer.session = None
        self._count_as(made)

    def _count_as(self, made: CatalogueChange) -> None:
        for id_ in made.gone_sequences:
            self.sequences.remove(id_)
        for id_, options, restart in made.changed_sequences:
            self.sequences.change(id_, options, restart)

    @contextlib.contextmanager
    def together(self) -> Iterator[tuple[Store, Callable[[CatalogueChange], None]]]:
        """One transaction for many definitions and changes: a sqlite connection, and what puts them in force.

        That is called last. Foreign keys are not enforced meanwhile, and an error undoes everything.
        """
        published: list[tuple[CatalogueChange, Catalogue]] = []

        def publish(made: CatalogueChange) -> None:
            catalogue = made.catalogue.without_temporary(self.catalogue.version + 1)
            self.before_commit(self._definer)
            save(self._definer, self.catalogue, catalogue)
            published.append((made, catalogue))

        self.start_writing(None)
        try:
            with self._transaction(True, self.catalogue) as store:
                yield store, publish
            for made, catalogue in published:
                self.catalogue = catalogue
                self._count_as(made)
        finally:
            self._definer.session = None
            self.stop_writing()

    @contextlib.contextmanager
    def _transaction(self, rebuilt: bool, catalogue: Catalogue) -> Iterator[Store]:
        store = self._definer
        if rebuilt:
            store.execute("PRAGMA foreign_keys = OFF")
            store.execute("PRAGMA legacy_alter_table = ON")
        try:
            store.execute("BEGIN IMMEDIATE")
            try:
                yield store
                if rebuilt and store.execute("PRAGMA foreign_key_check").fetchone() is not None:
                    raise HanaError(FOREIGN_KEY_VIOLATED, "foreign key constraint violation")
                store.execute("COMMIT")
            except BaseException:
                if store.connection.in_transaction:
                    store.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OverflowError) as error:
            raise translated(error, table_in(str(error), catalogue)) from None
        finally:
            store.execute("PRAGMA foreign_keys = ON")
            store.execute("PRAGMA legacy_alter_table = OFF")

    def _publish(self, catalogue: Catalogue) -> None:
        with self._writer:
            self._definer.execute("BEGIN IMMEDIATE")
            save(self._definer, self.catalogue, catalogue)
            self._definer.execute("COMMIT")
            self.catalogue = catalogue

    def before_commit(self, store: Store) -> None:
        """Save how far sequences have counted, so that no number comes twice after a crash."""
        for id_, value in self.sequences.unsaved():
            store.execute("INSERT OR REPLACE INTO hana_sequences VALUES (?, ?)", (id_, value))
