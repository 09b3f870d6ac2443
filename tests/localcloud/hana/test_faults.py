from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana

from .conftest import Connect, fetched


def works(connection: Any) -> bool:
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM DUMMY")
    return fetched(cursor) == [("X",)]


def hangs(future: Future[Any]) -> bool:
    try:
        future.result(0.2)
    except StillRunning:
        return True
    return False


def test_refusing_concerns_new_connections_only(own_server: LocalHana, connect: Connect) -> None:
    before = connect()
    with own_server.refuse():
        with pytest.raises(dbapi.Error, match="refused"):
            connect()
        assert works(before)
    assert works(connect())


def test_refusing_lasts_until_it_accepts(own_server: LocalHana, connect: Connect) -> None:
    own_server.refuse()
    with pytest.raises(dbapi.Error, match="refused"):
        connect()
    own_server.accept()
    assert works(connect())


def test_a_connect_that_hangs_ends_with_the_client_s_patience(
    own_server: LocalHana, connect: Connect
) -> None:
    with own_server.failing(Fault.HANG_CONNECT), pytest.raises(dbapi.Error):
        connect(connectTimeout=2_000)
    assert works(connect())


def test_a_connect_that_hangs_goes_on_when_healed(own_server: LocalHana, connect: Connect) -> None:
    with ThreadPoolExecutor() as threads:
        own_server.fail(Fault.HANG_CONNECT)
        connecting = threads.submit(connect)
        assert hangs(connecting)
        own_server.heal()
        assert works(connecting.result())


def test_a_statement_that_hangs_goes_on_when_healed(own_server: LocalHana, connect: Connect) -> None:
    connection = connect()
    with ThreadPoolExecutor() as threads:
        own_server.fail(Fault.HANG_STATEMENT)
        running = threads.submit(works, connection)
        assert hangs(running)
        own_server.heal(Fault.HANG_STATEMENT)
        assert running.result()


def test_busy_connections_can_be_dropped_and_idle_ones_left(own_server: LocalHana, connect: Connect) -> None:
    busy, idle = connect(reconnect=False), connect()
    assert works(busy)
    assert works(idle)
    with ThreadPoolExecutor() as threads, own_server.failing(Fault.HANG_STATEMENT):
        running = threads.submit(works, busy)
        assert hangs(running)
        assert own_server.drop_connections(idle=False) == 1
        with pytest.raises(dbapi.Error):
            running.result()
    assert works(idle)
    assert not busy.isconnected()


ENDLESS = "SELECT COUNT(*) FROM MANY A, MANY B, MANY C, MANY D, MANY E, MANY F"


@pytest.fixture
def endless(connect: Connect) -> Iterator[Future[Any]]:
    """A connection that is in the middle of a statement which takes longer than anybody waits."""
    connection = connect(reconnect=False)
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE MANY (ID INTEGER)")
    cursor.executemany("INSERT INTO MANY VALUES (?)", [(number,) for number in range(1000)])
    with ThreadPoolExecutor() as threads:
        running = threads.submit(cursor.execute, ENDLESS)
        assert hangs(running)
        yield running
        with pytest.raises(dbapi.Error):
            running.result()


def test_a_statement_is_stopped_with_its_connection(own_server: LocalHana, endless: Future[Any]) -> None:
    assert own_server.drop_connections() == 1
    while own_server.connections:
        time.sleep(0.01)


def test_a_restart_waits_for_no_statement(
    own_server: LocalHana, endless: Future[Any], connect: Connect
) -> None:
    own_server.restart()
    assert works(connect())


def test_idle_connections_can_be_dropped(own_server: LocalHana, connect: Connect) -> None:
    connection = connect(reconnect=False)
    assert own_server.drop_connections(busy=False) == 1
    with pytest.raises(dbapi.Error) as down:
        works(connection)
    assert down.value.errorcode == -10807
    assert works(connect())


def test_hdbcli_connects_anew_of_its_own_accord(own_server: LocalHana, connect: Connect) -> None:
    connection = connect()
    own_server.drop_connections()
    assert works(connection)
    assert works(connection)


def test_a_statement_can_cost_the_connection(own_server: LocalHana, connect: Connect) -> None:
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE KEPT (ID INTEGER)")
    with own_server.failing(Fault.DROP_STATEMENT), pytest.raises(dbapi.Error) as down:
        cursor.execute("INSERT INTO KEPT VALUES (1)")
    assert down.value.errorcode == -10108
    cursor.execute("SELECT COUNT(*) FROM KEPT")
    assert fetched(cursor) == [(0,)]


def test_what_was_not_committed_is_lost_with_the_connection_and_not_in_silence(
    own_server: LocalHana, connect: Connect
) -> None:
    connect().cursor().execute("CREATE COLUMN TABLE KEPT (ID INTEGER)")
    connection = connect(autocommit=False)
    writer = connection.cursor()
    writer.execute("INSERT INTO KEPT VALUES (1)")
    own_server.drop_connections()
    with pytest.raises(dbapi.Error) as down:
        writer.execute("INSERT INTO KEPT VALUES (2)")
    assert down.value.errorcode == -10807
    cursor = connect().cursor()
    cursor.execute("INSERT INTO KEPT VALUES (3)")
    cursor.execute("SELECT * FROM KEPT")
    assert fetched(cursor) == [(3,)]


def test_statements_can_be_slow(own_server: LocalHana, connect: Connect) -> None:
    connection = connect()
    with own_server.failing(Fault.SLOW, seconds=0.3):
        started = time.monotonic()
        assert works(connection)
        assert time.monotonic() - started >= 0.3


def test_the_password_can_be_rejected(own_server: LocalHana, connect: Connect) -> None:
    before = connect()
    with own_server.failing(Fault.REJECT_PASSWORD):
        with pytest.raises(dbapi.Error) as refusal:
            connect()
        assert refusal.value.errorcode == 10
        assert works(before)
    assert works(connect())


@pytest.mark.parametrize("fault", [Fault.EXPIRED_CERTIFICATE, Fault.FOREIGN_CERTIFICATE])
def test_the_certificate_can_be_wrong(own_server: LocalHana, connect: Connect, fault: Fault) -> None:
    with own_server.failing(fault), pytest.raises(dbapi.Error, match=r"SSL|certificate"):
        connect()
    assert works(connect())


def test_faults_can_come_together_and_are_healed_one_by_one(own_server: LocalHana, connect: Connect) -> None:
    own_server.fail("expired-certificate")
    own_server.fail("reject-password")
    with pytest.raises(dbapi.Error, match=r"SSL|certificate"):
        connect()
    own_server.heal("expired-certificate")
    with pytest.raises(dbapi.Error, match="authentication failed"):
        connect()
    own_server.heal()
    assert works(connect())


@pytest.mark.parametrize("kept_in_a_file", [False, True])
@pytest.mark.parametrize("keep_data", [False, True])
def test_a_restart_keeps_its_port_and_maybe_its_data(
    authority: Authority, tmp_path: Path, kept_in_a_file: bool, keep_data: bool
) -> None:
    data = tmp_path / "data" if kept_in_a_file else None
    with LocalHana(authority=authority, data=data) as hana:

        def cursor() -> Any:
            connection = pytest_plugin.connect(hana, owner=True, reconnect=False)
            return connection.cursor()

        before, port = cursor(), hana.port
        before.execute("CREATE COLUMN TABLE KEPT (ID INTEGER)")
        before.execute("INSERT INTO KEPT VALUES (1)")
        hana.restart(keep_data=keep_data)
        assert hana.port == port
        with pytest.raises(dbapi.Error):
            before.execute("SELECT * FROM KEPT")
        after = cursor()
        if keep_data:
            after.execute("SELECT * FROM KEPT")
            assert fetched(after) == [(1,)]
        else:
            with pytest.raises(dbapi.ProgrammingError) as refusal:
                after.execute("SELECT * FROM KEPT")
            assert refusal.value.errorcode == 259
