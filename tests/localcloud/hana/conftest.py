"""A local HANA for these tests, and connections to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

Connect = Callable[..., Any]
"""Makes a connection of the schema's owner, with options of hdbcli's own."""


def fetched(cursor: Any) -> list[tuple[Any, ...]]:
    """All rows, as tuples that can be compared; bytes for binary values."""
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in cursor.fetchall()
    ]


@pytest.fixture(scope="session")
def server(authority: Authority) -> Iterator[LocalHana]:
    """One that all tests here share; each makes tables of its own."""
    with LocalHana(authority=authority, schema="WIRE", user="WIRE_RT") as server:
        yield server


@pytest.fixture
def own_server(authority: Authority) -> Iterator[LocalHana]:
    """One for a test that breaks it."""
    with LocalHana(authority=authority) as server:
        yield server


@pytest.fixture
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Connects to `own_server` where a test has one, else to `server`; closes everything at the end."""
    name = "own_server" if "own_server" in request.fixturenames else "server"
    hana: LocalHana = request.getfixturevalue(name)
    opened: list[Any] = []

    def connect(**options: object) -> Any:
        connection = pytest_plugin.connect(hana, owner=True, **options)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        with suppress(dbapi.Error):
            connection.close()


@pytest.fixture
def connection(connect: Connect) -> Any:
    return connect()


@pytest.fixture
def cursor(connection: Any) -> Any:
    return connection.cursor()
