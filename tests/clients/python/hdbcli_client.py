"""Runs the steps of tests/clients/steps.py through hdbcli."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hdbcli import dbapi

from tests.clients.python.protocol import Answer, Given, Place, rows_answer, serve


class Session:
    """A connection of hdbcli's."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def begin(self) -> None:
        self.connection.setautocommit(False)

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()

    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer:
        cursor = self.connection.cursor()
        if timeout:
            cursor.setquerytimeout(timeout)
        cursor.execute(sql, [value for _, value in given] or None)
        if cursor.description is None:
            return {"count": cursor.rowcount}
        return rows_answer((column[0] for column in cursor.description), cursor)

    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer:
        cursor = self.connection.cursor()
        try:
            cursor.executemany(sql, [[value for _, value in row] for row in rows], batcherrors=True)
        except dbapi.ExecuteManyError as error:
            failed = {each.rownumber for each in error.errors}
            counts = [-3 if number in failed else 1 for number in range(1, len(rows) + 1)]
            first = error.errors[0]
            return {"counts": counts, "error": {"code": first.errorcode, "text": first.errortext}}
        return {"counts": list(cursor.getrowsaffectedcounts())}


def connect(place: Place) -> Session:
    """Log on with the options that the question gives."""
    return Session(dbapi.connect(**options(place)))


def options(place: Place) -> dict[str, Any]:
    """hdbcli's options for a place."""
    return {
        "address": place["host"],
        "port": place["port"],
        "user": place["user"],
        "password": place["password"],
        "encrypt": True,
        "sslTrustStore": place["certificate"],
        "currentSchema": place["schema"],
    }


if __name__ == "__main__":
    serve(connect)
