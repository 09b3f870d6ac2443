"""The server by itself, in this process: its limits, and an engine that breaks its promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from localcloud.certificates import Authority
from localcloud.hana.errors import SYNTAX, HanaError
from localcloud.hana.model import (
    FunctionCode,
    Outcome,
    Parameter,
    ParameterValue,
    ResultColumn,
    Statement,
    Type,
    TypeCode,
    Value,
)
from localcloud.hana.wire.connection import Limits
from localcloud.hana.wire.scram import PasswordStore
from localcloud.hana.wire.server import HOST, HanaServer

from .raw import ERROR, FETCHNEXT, FETCHSIZE, RESULTSETID, Part, RawClient

USER, PASSWORD = "SOMEBODY", "Some1body"


class Rows:
    """Endless ones, until the engine has had enough."""

    columns = (ResultColumn("N", Type(TypeCode.INT)),)

    def __init__(self, until: int) -> None:
        self._next, self._until = 0, until
        self.closed = False

    def fetch(self, rows: int) -> list[tuple[Value, ...]]:
        if self._next >= self._until:
            raise HanaError(SYNTAX, "no more")
        self._next += rows
        return [(n,) for n in range(rows)]

    def close(self) -> None:
        self.closed = True


@dataclass
class Prepared:
    sql: str
    function: FunctionCode = FunctionCode.SELECT
    parameters: Sequence[Parameter] = ()
    columns: Sequence[ResultColumn] = Rows.columns


class Engine:
    """A connection that fails in the ways it is told to."""

    def __init__(self, user: str) -> None:
        if user == "UNWANTED":
            raise HanaError(SYNTAX, "not you")
        self.client_info: dict[str, str | None] = {}
        self.rows: list[Rows] = []
        self.closed = False

    def prepare(self, sql: str) -> Statement:
        return Prepared(sql)

    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        assert isinstance(statement, Prepared)
        if statement.sql == "BREAK":
            raise ZeroDivisionError
        self.rows.append(Rows(int(statement.sql)))
        return Outcome(FunctionCode.SELECT, self.rows[-1])

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def interrupt(self) -> None: ...
    def close(self) -> None:
        self.closed = True


@dataclass
class Running:
    server: HanaServer
    reachable: SimpleNamespace
    engines: list[Engine]


@pytest.fixture
def running(authority: Authority, tmp_path: Path) -> Iterator[Running]:
    users, engines = PasswordStore(), list[Engine]()
    users.set(USER, PASSWORD)
    users.set("UNWANTED", PASSWORD)

    def connect(user: str, _number: int) -> Engine:
        engines.append(Engine(user))
        return engines[-1]

    context = authority.issue().ssl_context(tmp_path)
    server = HanaServer(connect, users, context, limits=Limits(connections=3))
    server.start()
    yield Running(
        server,
        SimpleNamespace(
            host=HOST,
            port=server.port,
            certificate=authority.certificate,
            hdi_user=USER,
            hdi_password=PASSWORD,
        ),
        engines,
    )
    server.stop()
    assert server.connections == 0


def test_there_are_no_more_connections_than_allowed(running: Running) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(RawClient(running.reachable)).log_on()
        with pytest.raises((OSError, EOFError)):
            RawClient(running.reachable)
    while running.server.connections:
        pass
    with RawClient(running.reachable) as client:
        assert client.log_on().kind == 2


def test_a_defect_of_the_engine_is_an_error_and_no_more(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with RawClient(running.reachable) as client:
        client.log_on()
        refusal = client.execute("BREAK").error
        assert refusal is not None
        assert refusal[0] == 2
        assert "ZeroDivisionError" in caplog.text
        assert client.execute("5000").error is None


def test_an_engine_that_does_not_want_a_user_says_so_at_the_logon(running: Running) -> None:
    with RawClient(running.reachable) as client:
        assert client.log_on(user="UNWANTED").error == (SYNTAX, 0, "not you")
        assert client.closed()


def test_a_result_that_fails_half_way_is_closed(running: Running) -> None:
    with RawClient(running.reachable) as client:
        client.log_on()
        answer = client.execute("2000")
        assert answer.error is None
        cursor = Part(RESULTSETID, answer.parts[RESULTSETID].data)
        more = Part(FETCHSIZE, (5000).to_bytes(4, "little"))
        assert client.ask(FETCHNEXT, cursor, more).error == (SYNTAX, 0, "no more")
        assert running.engines[-1].rows[0].closed
        assert ERROR in client.ask(FETCHNEXT, cursor, more).parts


def test_open_results_are_closed_with_the_connection(running: Running) -> None:
    with RawClient(running.reachable) as client:
        client.log_on()
        client.execute("1000000")
    while running.server.connections:
        pass
    assert running.engines[-1].rows[0].closed
    assert running.engines[-1].closed


def test_stopping_cuts_every_connection(running: Running) -> None:
    with RawClient(running.reachable) as logged_on, RawClient(running.reachable) as half_open:
        logged_on.log_on()
        running.server.stop()
        assert logged_on.closed()
        assert half_open.closed()
