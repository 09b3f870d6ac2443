"""Runs the steps of tests/clients/steps.py through pandas: `read_sql` asks, `to_sql` inserts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas

from tests.clients.python import sqlalchemy_client
from tests.clients.python.protocol import Answer, Given, Place, rows_answer, serve


class Session(sqlalchemy_client.Session):
    """SQLAlchemy's connection; pandas has no way of its own to define a table, or to change one."""

    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer:
        if sql.startswith("INSERT") and given:
            return {"count": sum(self.batch(sql, [given])["counts"])}
        if not sql.startswith("SELECT"):
            return super().execute(sql, given, timeout)
        statement = sqlalchemy_client.named(sql, [kind for kind, _ in given])
        # As objects: its nullable types keep whole numbers beside NULLs, but make texts of bytes.
        frame = pandas.read_sql_query(
            statement,
            self.connection,
            params=sqlalchemy_client.values(given),
            coerce_float=False,
            dtype=object,
        )
        found = frame.astype(object).where(frame.notna(), None)
        return rows_answer(map(self._name, found.columns), found.itertuples(index=False))

    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer:
        [name] = re.findall(r"INSERT INTO (\w+)", sql)
        names = super().execute(f"SELECT * FROM {name} LIMIT 0", (), 0)["names"]
        types = {name: sqlalchemy_client.TYPES[kind] for name, (kind, _) in zip(names, rows[0], strict=True)}
        frame = pandas.DataFrame([[value for _, value in row] for row in rows], columns=names, dtype=object)
        # Named, because sqlalchemy-hana takes the schema that is called like the user for the usual one.
        frame.to_sql(
            name.lower(),
            self.connection,
            schema=self.schema.lower(),
            if_exists="append",
            index=False,
            dtype=types,
        )
        # pandas gives SQLAlchemy's count, which is -1: it is not asked of the driver.
        return {"counts": [len(frame)]}


def connect(place: Place) -> Session:
    """A session that SQLAlchemy has opened for pandas."""
    return Session(sqlalchemy_client.connection(place), place["schema"])


if __name__ == "__main__":
    serve(connect)
