"""Runs the steps of tests/clients/steps.py through alembic's operations, as its migrations call them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, column, table

from tests.clients.python import sqlalchemy_client
from tests.clients.python.protocol import Answer, Given, Place, serve


class Session(sqlalchemy_client.Session):
    """SQLAlchemy's connection; what changes anything goes through alembic."""

    def __init__(self, connection: Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self._operations = Operations(MigrationContext.configure(self.connection))

    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer:
        if sql.startswith("SELECT") or given:
            return super().execute(sql, given, timeout)
        self._operations.execute(sql)
        return {}

    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer:
        [name] = re.findall(r"INSERT INTO (\w+)", sql)
        names = super().execute(f"SELECT * FROM {name} LIMIT 0", (), 0)["names"]
        typed = zip(names, rows[0], strict=True)
        columns = [column(name, sqlalchemy_client.TYPES[kind]) for name, (kind, _) in typed]
        inserted = [dict(zip(names, (value for _, value in row), strict=True)) for row in rows]
        self._operations.bulk_insert(table(name, *columns), inserted)
        return {"counts": [len(rows)]}


def connect(place: Place) -> Session:
    """A session that SQLAlchemy has opened for alembic."""
    return Session(sqlalchemy_client.connection(place), place["schema"])


if __name__ == "__main__":
    serve(connect)
