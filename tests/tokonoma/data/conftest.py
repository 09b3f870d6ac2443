"""The specimens on a local HANA, read and changed through hdbcli."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hdbcli import dbapi
from hypothesis import settings

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tests.tokonoma.data.specimens import COLUMNS, SCHEMA, Row, definition, make_rows, sent
from tokonoma.data.query.sql import NOW

Select = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]

# No test is about its own time.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

SEED = 20_260_101


class Rows(list[Row]):
    """Rows that do not fill the screen when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"


@pytest.fixture(scope="session")
def specimen_rows() -> list[Row]:
    return Rows(make_rows(SEED, 150))


@pytest.fixture(scope="session")
def data_hana(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA of these tests' own."""
    with LocalHana(authority=authority, schema=SCHEMA) as hana:
        yield hana


@pytest.fixture(scope="session")
def connection(data_hana: LocalHana, specimen_rows: list[Row]) -> Iterator[Any]:
    """A connection to the schema with the specimens in it."""
    connection = connect(data_hana.binding(), owner=True)
    cursor = connection.cursor()
    places = ", ".join("?" * len(COLUMNS))
    for name, key in (("SPECIMEN", '"ID"'), ("UNKEYED", "")):
        cursor.execute(definition(name, key))
        cursor.executemany(f'INSERT INTO "{name}" VALUES ({places})', [sent(row) for row in specimen_rows])
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def select(connection: Any) -> Select:
    """Runs a query as the service would, and gives plain rows."""

    def select(sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        bound = tuple("2024-05-06 07:08:09.1234567" if value is NOW else value for value in values)
        cursor = connection.cursor()
        try:
            cursor.execute(sql, bound) if bound else cursor.execute(sql)
            return [tuple(plain(value) for value in row) for row in cursor.fetchall()]
        except dbapi.Error as error:
            raise AssertionError(f"{error} for {sql} with {bound}") from error
        finally:
            cursor.close()

    return select


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture(scope="session")
def ids(select: Select) -> Callable[[Any], set[Decimal]]:
    """The IDs of the specimens for which a piece of SQL holds."""
    return lambda sql: {
        Decimal(row[0]) for row in select(f'SELECT "ID" FROM "SPECIMEN" WHERE {sql.text}', sql.values)
    }
