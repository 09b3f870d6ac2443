"""A session whose definitions and changes are one transaction: all of them happen, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from localcloud.hana.errors import FOREIGN_KEY_VIOLATED, HanaError
from localcloud.hana.model import FunctionCode, Outcome, ParameterValue, Statement
from localcloud.hana.sql.catalogue.catalogue import Catalogue, Table
from localcloud.hana.sql.compiler.compiler import compile_statement
from localcloud.hana.sql.compiler.plans import DefinitionPlan
from localcloud.hana.sql.ddl.catalogue_change import CatalogueChange
from localcloud.hana.sql.ddl.definitions import define
from localcloud.hana.sql.ddl.redefine_table import redefine_table
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.lexer import located
from localcloud.hana.sql.parser.statements import parse

from .database import Database
from .session import DatabaseSession, Prepared
from .store import FAILURES, Store, table_in, translated
from .transaction import StorePool, Transaction


class _Enclosing(Transaction):
    """The transaction around everything: it is open already, and ends elsewhere."""

    def __init__(self, pool: StorePool, session: DatabaseSession, store: Store) -> None:
        super().__init__(pool, session)
        self._store = store
        self.writing = True

    def commit(self) -> None:
        self.forget_savepoints()

    def rollback(self) -> None:
        self.forget_savepoints()

    def settle(self) -> None:
        pass

    def release(self) -> None:
        pass


class AtomicSession(DatabaseSession):
    """Works like any session; `atomically` gives one.

    Nobody else can write meanwhile, and readers see the state of before. Foreign keys are looked at in the
    end.
    """

    def __init__(self, database: Database, user: str, schema: str, store: Store) -> None:
        super().__init__(database, user, 0)
        self.schema = schema
        self.changes = CatalogueChange(database.catalogue, schema, user)
        """All that has happened to the catalogue."""
        self._work = _Enclosing(database, self, store)
        self._prepared: dict[str, Prepared] = {}

    @property
    def catalogue(self) -> Catalogue:
        """What exists by now."""
        return self.changes.catalogue

    @property
    def definitions(self) -> Catalogue:
        """The same: this session has no temporary tables."""
        return self.changes.catalogue

    def prepare(self, sql: str) -> Prepared:
        known = self._prepared.get(sql)
        if known is None or known.version != self.catalogue.version:
            plan = compile_statement(sql, self.catalogue, self.schema, self.user)
            known = self._prepared[sql] = Prepared(sql, self.schema, self.catalogue.version, plan)
        return known

    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        """Run it as a part of the whole, whatever `autocommit` says."""
        if not isinstance(statement, Prepared):
            raise TypeError("a statement of another engine")
        return super().execute(self.prepare(statement.sql), rows, autocommit=False)

    @contextmanager
    def acting_as(self, user: str) -> Iterator[None]:
        """Do what follows with the privileges of another user, who owns what is made."""
        self.user, before = user, self.user
        self._prepared.clear()
        try:
            yield
        finally:
            self.user = before
            self._prepared.clear()

    def redefine(self, sql: str) -> None:
        """Put a table into the form of this CREATE TABLE, or make it."""
        node, _ = parse(sql)
        assert isinstance(node, tree.CreateTable)
        self._change(sql, lambda made: redefine_table(made, node))

    def _define(self, plan: DefinitionPlan, sql: str) -> Outcome:
        definition = plan.definition
        assert definition is not None
        self._change(sql, lambda made: define(made, definition))
        return Outcome(FunctionCode.DDL)

    def _change(self, sql: str, change: Callable[[CatalogueChange], None]) -> None:
        made = CatalogueChange(self.catalogue, self.schema, self.user)
        sequences = self.database.sequences
        execute = self._work.store.execute
        execute("SAVEPOINT definition")
        try:
            change(made)
            for id_, options in made.new_sequences:
                sequences.add(id_, options)
            for step in made.steps:
                execute(step)
        except (*FAILURES, HanaError) as error:
            execute("ROLLBACK TO definition")
            for id_, _ in made.new_sequences:
                sequences.remove(id_)
            raise located(translated(error, table_in(str(error), made.catalogue)), sql) from None
        finally:
            execute("RELEASE definition")
        self.changes.catalogue = made.catalogue
        self.changes.new_sequences += made.new_sequences
        self.changes.gone_sequences += made.gone_sequences
        self.changes.changed_sequences += made.changed_sequences

    def check_references(self) -> None:
        """461, naming the table, where a foreign key leads nowhere."""
        found = self._work.store.execute("PRAGMA foreign_key_check").fetchone()
        if found is None:
            return
        tables = (each for each in self.catalogue.objects.values() if isinstance(each, Table))
        table = next(each for each in tables if each.sql == found[0])
        where = f"Table({table.schema}:{table.name})"
        raise HanaError(FOREIGN_KEY_VIOLATED, f"foreign key constraint violation: {where}")


@contextmanager
def atomically(database: Database, user: str, schema: str) -> Iterator[AtomicSession]:
    """A session whose work is in force at the end of the `with` block, and undone where that raises.

    HanaError 131 where another transaction goes on writing for too long.
    """
    with database.together() as (store, publish):
        session = AtomicSession(database, user, schema, store)
        store.session = session
        try:
            yield session
            session.check_references()
            publish(session.changes)
        except BaseException:
            for id_, _ in session.changes.new_sequences:
                database.sequences.remove(id_)
            raise
