"""Whatever is said is answered: random statements meet no defect, lose no connection and end soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession

from .conftest import Connect
from .statement_generator import OBJECTS, StatementGenerator
from .test_engine import run
from .test_mutations import answer

LONGEST = 10.0
"""Seconds of computing that one statement may take: ten times what any took, for a change of kind."""
OWN_WORDS = ("defect here", "sqlite", "hana_", "no such", "user-defined function raised", "Traceback")
"""What no error of HANA's says."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database(lock_wait=0.1)
    yield made
    made.close()


def fresh(database: Database, schema: str) -> DatabaseSession:
    session = database.connect("ALICE")
    for text in (f"CREATE SCHEMA {schema}", f"SET SCHEMA {schema}", *OBJECTS):
        run(session, text)
    return session


def check(database: Database, seed: int, count: int) -> None:
    """Have so many statements answered, in a new schema every 250."""
    generator, session = StatementGenerator(seed), None
    for number in range(count):
        if number % 250 == 0:
            if session is not None:
                session.close()
            session = fresh(database, f"S{seed}_{number}")
        assert session is not None
        text = generator.statement()
        started = time.process_time()
        error = answer(session, text)
        assert time.process_time() - started < LONGEST, text[:1000]
        if error is not None:
            assert not any(word in error.text for word in OWN_WORDS), f"{text[:1000]}: {error}"
    assert session is not None
    session.close()


@pytest.mark.parametrize("seed", range(4))
def test_two_thousand_statements_are_answered(database: Database, seed: int) -> None:
    check(database, seed, 500)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_hundred_thousand_statements_are_answered(database: Database, seed: int) -> None:
    check(database, seed, 5000)


def sent(cursor: Any, text: str) -> Any:
    """The error that the driver raises for a statement."""
    try:
        cursor.execute(text)
        if cursor.description:
            cursor.fetchmany(10)
    except (dbapi.Error, ValueError, UnicodeError) as error:
        return error if isinstance(error, dbapi.Error) else None
    return None


@pytest.mark.local_only
@pytest.mark.parametrize("seed", range(200, 202))
def test_no_statement_costs_the_connection(connect: Connect, seed: int) -> None:
    """The real driver, which sends what it can of the same statements."""
    connection = connect()
    cursor = connection.cursor()
    for text in OBJECTS:
        cursor.execute(text)
    generator = StatementGenerator(seed)
    for _ in range(200):
        text = generator.statement()
        error = sent(cursor, text)
        assert error is None or "defect here" not in error.errortext, f"{text[:1000]}: {error}"
        assert connection.isconnected(), text[:1000]
    cursor.execute("SELECT 1 FROM SYS.DUMMY")
    assert cursor.fetchone()[0] == 1


def test_the_same_seed_gives_the_same_statements() -> None:
    first, second = StatementGenerator(7), StatementGenerator(7)
    assert [first.statement() for _ in range(50)] == [second.statement() for _ in range(50)]
