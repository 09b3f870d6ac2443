"""Views about what sessions do: their statements, transactions and locks; and about the views themselves."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.hana.sql.parser.language import RESERVED

from .catalogue import Table
from .system_views import VIEWS, Connected, Question, Row, shown

_HOST = "localhost"
_LONGEST = 5000
_STATEMENT = "HOST PORT CONNECTION_ID STATEMENT_ID STATEMENT_STRING STATEMENT_STATUS USER_NAME"


@shown("M_ACTIVE_STATEMENTS", _STATEMENT)
def _active(question: Question) -> Iterator[Row]:
    """What is being carried out at the moment: the question itself, too."""
    for each in question.sessions:
        if each.running:
            text = each.running[:_LONGEST]
            yield _HOST, None, each.id, f"{each.id}0", text, "ACTIVE", each.user


@shown("M_PREPARED_STATEMENTS", _STATEMENT)
def _prepared(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        for number, text in enumerate(each.prepared, 1):
            status = "ACTIVE" if text == each.running else "SUSPENDED"
            yield _HOST, None, each.id, f"{each.id}{number}", text[:_LONGEST], status, each.user


@shown(
    "M_TRANSACTIONS",
    "HOST PORT CONNECTION_ID TRANSACTION_ID TRANSACTION_STATUS TRANSACTION_TYPE ISOLATION_LEVEL",
)
def _transactions(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        status = "ACTIVE" if each.writing else "INACTIVE"
        yield _HOST, None, each.id, each.id, status, "USER TRANSACTION", each.isolation_level


@shown("M_LOCKS", "HOST PORT CONNECTION_ID TRANSACTION_ID LOCK_TYPE LOCK_MODE SCHEMA_NAME OBJECT_NAME")
def _locks(question: Question) -> Iterator[Row]:
    """Those of LOCK TABLE, and of the transaction that writes: the tables that it has changed."""
    for each, what in _held(question):
        yield _HOST, None, each.id, each.id, "OBJECT", "EXCLUSIVE", *what


@shown(
    "M_OBJECT_LOCKS",
    "HOST PORT LOCK_OWNER_CONNECTION_ID LOCK_OWNER_TRANSACTION_ID LOCK_STATUS LOCK_MODE SCHEMA_NAME "
    "OBJECT_NAME",
)
def _object_locks(question: Question) -> Iterator[Row]:
    for each, what in _held(question):
        yield _HOST, None, each.id, each.id, "ACQUIRED", "EXCLUSIVE", *what


def _held(question: Question) -> Iterator[tuple[Connected, tuple[str | None, str | None]]]:
    """Each lock: who has it, and the schema and name of the table, None where it is not known."""
    tables = {table.id: (table.schema, table.name) for table in question.of(Table)}
    for each in question.sessions:
        found = [(each, tables[id_]) for id_ in each.locked if id_ in tables]
        yield from found
        if each.writing and not found:
            yield each, (None, None)


@shown("M_MONITORS", "VIEW_NAME DESCRIPTION")
def _monitors(_: Question) -> Iterator[Row]:
    for name in sorted(VIEWS):
        if name.startswith("M_"):
            yield name, None


@shown("M_MONITOR_COLUMNS", "VIEW_NAME VIEW_COLUMN_NAME UNIT DESCRIPTION")
def _monitor_columns(_: Question) -> Iterator[Row]:
    for name in sorted(VIEWS):
        if name.startswith("M_"):
            for column, _type in VIEWS[name].columns:
                yield name, column, None, None


@shown("RESERVED_KEYWORDS", "RESERVED_KEYWORD_NAME")
def _reserved(_: Question) -> Iterator[Row]:
    for word in sorted(RESERVED):
        yield (word,)
