"""A HANA for these tests: the local one, or a real one whose address and user are in the environment.

    HANA_ADDRESS=… HANA_PORT=443 HANA_USER=… HANA_PASSWORD=… pytest tests/localcloud/hana/sql

The user must be allowed to create schemas; every test makes one and drops it. HANA_OPTIONS takes further
options of hdbcli as JSON. Where the two differ, the real one is right.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

REAL = os.environ.get("HANA_ADDRESS")
_EXACT = Context(prec=80)
_NUMBERS = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "local_only: looks into the local HANA, or says what it refuses")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REAL is None:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "local_only" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="not about a real HANA"))


def plain(value: Any) -> Any:
    """A value that can be compared: bytes for binary ones, text for LOBs, decimals without trailing zeros."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, Decimal):
        return _EXACT.normalize(value) if value else Decimal(0)
    return value


class Sql:
    """Runs statements on one connection, and says what came of them."""

    def __init__(self, connection: Any, schema: str = "") -> None:
        self.connection = connection
        self.schema = schema

    def run(self, sql: str, *parameters: Any) -> int:
        """Run a statement; how many rows it changed."""
        cursor = self.connection.cursor()
        cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def script(self, *statements: str) -> None:
        for statement in statements:
            self.run(statement)

    def many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        cursor = self.connection.cursor()
        cursor.executemany(sql, rows)
        cursor.close()

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
        found = [tuple(plain(value) for value in row) for row in cursor.fetchall()]
        cursor.close()
        return found

    def column(self, sql: str, *parameters: Any) -> list[Any]:
        """The first column of a query."""
        return [row[0] for row in self.rows(sql, *parameters)]

    def value(self, expression: str, *parameters: Any) -> Any:
        """What an expression yields."""
        return self.rows(f"SELECT {expression} FROM DUMMY", *parameters)[0][0]

    def described(self, sql: str) -> list[tuple[Any, ...]]:
        """`cursor.description` of a query."""
        cursor = self.connection.cursor()
        cursor.execute(sql)
        found = [tuple(column) for column in cursor.description]
        cursor.close()
        return found

    def error(self, sql: str, *parameters: Any) -> int:
        """The code with which a statement is refused."""
        return self.failure(sql, *parameters).errorcode  # type: ignore[no-any-return]

    def failure(self, sql: str, *parameters: Any) -> Any:
        with pytest.raises(dbapi.Error) as caught:
            self.rows(sql, *parameters) if sql.lstrip("( ")[:4].upper() in ("SELE", "WITH") else self.run(
                sql, *parameters
            )
        return caught.value


Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def local_hana(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="SQLTEST", user="SQLTEST_RT") as server:
        yield server


@pytest.fixture(scope="session")
def options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """How to connect to the HANA that is tested."""
    if REAL is not None:
        return {
            "address": REAL,
            "port": int(os.environ.get("HANA_PORT", "443")),
            "user": os.environ["HANA_USER"],
            "password": os.environ["HANA_PASSWORD"],
            "encrypt": True,
            **json.loads(os.environ.get("HANA_OPTIONS", "{}")),
        }
    hana: LocalHana = request.getfixturevalue("local_hana")
    return {
        "address": hana.host,
        "port": hana.port,
        "user": hana.hdi_user,
        "password": hana.hdi_password,
        "encrypt": True,
        "sslTrustStore": hana.certificate,
    }


@pytest.fixture(scope="session")
def administration(options: Mapping[str, Any]) -> Iterator[Sql]:
    """Makes and drops the schemas."""
    connection = dbapi.connect(**options)
    yield Sql(connection)
    connection.close()


@pytest.fixture
def schema(administration: Sql) -> Iterator[str]:
    """A schema for one test."""
    name = f"TOKONOMA_TEST_{os.getpid()}_{next(_NUMBERS)}"
    administration.run(f"CREATE SCHEMA {name}")
    yield name
    administration.run(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def connect(options: Mapping[str, Any], schema: str) -> Iterator[Connect]:
    """Opens connections into the test's schema; closes them at the end."""
    opened: list[Any] = []

    def connect(**more: Any) -> Any:
        connection = dbapi.connect(**{**options, "currentSchema": schema, **more})
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        with suppress(dbapi.Error):
            connection.close()


@pytest.fixture
def sql(connect: Connect, schema: str) -> Sql:
    """A connection that commits every statement."""
    return Sql(connect(), schema)


@pytest.fixture
def transaction(connect: Connect, schema: str) -> Sql:
    """A connection that commits when told to."""
    connection = connect()
    connection.setautocommit(False)
    return Sql(connection, schema)
