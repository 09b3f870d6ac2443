"""Runs the steps of tests/clients/steps.py through SQLAlchemy, with sqlalchemy-hana."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Time,
    Unicode,
    UnicodeText,
    bindparam,
    create_engine,
    text,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from tests.clients.python.protocol import Answer, Given, Place, rows_answer, serve

TYPES: dict[str, TypeEngine[Any]] = {
    "int": Integer(),
    "decimal": Numeric(),
    "double": Float(),
    "text": Unicode(),
    "bytes": LargeBinary(),
    "boolean": Boolean(),
    "date": Date(),
    "time": Time(),
    "timestamp": DateTime(),
    "long text": UnicodeText(),
    "long bytes": LargeBinary(),
}


def named(sql: str, kinds: Sequence[str]) -> Any:
    """The statement with SQLAlchemy's typed parameters in the places of the question marks."""
    parts = sql.split("?")
    numbered = "".join(f"{part}:p{number}" for number, part in enumerate(parts[:-1])) + parts[-1]
    return text(numbered).bindparams(
        *(bindparam(f"p{number}", type_=TYPES[kind]) for number, kind in enumerate(kinds))
    )


def values(given: Sequence[Given]) -> dict[str, Any]:
    return {f"p{number}": value for number, (_, value) in enumerate(given)}


class Session:
    """A connection of SQLAlchemy's."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self.schema = schema
        self.connection = connection.execution_options(isolation_level="AUTOCOMMIT")

    def begin(self) -> None:
        self.connection.rollback()
        self.connection.execution_options(isolation_level="READ COMMITTED")

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()
        self.connection.engine.dispose()

    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer:
        statement = named(sql, [kind for kind, _ in given])
        result = self.connection.execute(statement, values(given))
        if not result.returns_rows:
            return {"count": result.rowcount}
        return rows_answer(map(self._name, result.keys()), result)

    def _name(self, name: str) -> str:
        """HANA's name of what SQLAlchemy knows in small letters, because quotes are not needed."""
        return str(self.connection.dialect.denormalize_name(name))

    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer:
        statement = named(sql, [kind for kind, _ in rows[0]])
        return {"counts": [self.connection.execute(statement, [values(row) for row in rows]).rowcount]}


def options(place: Place) -> Iterator[tuple[str, str]]:
    """hdbcli's options, as an address has them."""
    yield "encrypt", "true"
    yield "sslTrustStore", place["certificate"]
    yield "currentSchema", place["schema"]


def connection(place: Place) -> Connection:
    """Log on with the options that the question gives, or by its address."""
    address = place.get("url") or URL.create(
        "hana+hdbcli",
        username=place["user"],
        password=place["password"],
        host=place["host"],
        port=place["port"],
        query=dict(options(place)),
    )
    return create_engine(address, poolclass=NullPool).connect()


def connect(place: Place) -> Session:
    """A session that SQLAlchemy has opened."""
    return Session(connection(place), place["schema"])


if __name__ == "__main__":
    serve(connect)
