"""What HANA takes the service for, and which objects it lets the service read."""

from __future__ import annotations

from collections.abc import Iterable

from tokonoma.data.catalogue import Ask
from tokonoma.data.columns import Table
from tokonoma.data.query.sql import quoted
from tokonoma.errors import HanaCannotCompute, HanaForbids, HanaObjectChanged, HanaStatementFailed


def session(ask: Ask) -> tuple[str, str]:
    """The user, and the schema in which names without one are looked up. Raises HanaError."""
    [[user, schema]] = ask("SELECT CURRENT_USER, CURRENT_SCHEMA FROM DUMMY")
    return str(user), str(schema)


def forbidden(ask: Ask, tables: Iterable[Table]) -> list[str]:
    """The names of those tables that HANA does not let the service read. Raises HanaError."""
    found = []
    for table in tables:
        try:
            ask(f"SELECT COUNT(*) FROM {quoted(table.schema)}.{quoted(table.name)} WHERE 1 = 0")
        except (HanaCannotCompute, HanaForbids, HanaObjectChanged, HanaStatementFailed):
            found.append(table.name)
    return found
