"""Statements that run long: their time-outs, who cancels them, and what becomes of them without a client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import Connect
from tests.programs import PATIENCE

VIEW = "SYS.M_MONITOR_COLUMNS"
ENDLESS = f"SELECT COUNT(*) FROM {VIEW} A, {VIEW} B, {VIEW} C, {VIEW} D"
CANCELLED, TIMED_OUT, REFUSED_PATTERN = 139, 613, 2048

_CLIENT = """
import json, sys
from localcloud.hana.connecting import connect
cursor = connect(json.loads(sys.argv[1]), owner=True).cursor()
print("connected", flush=True)
cursor.execute(sys.argv[2])
"""


def running(cursor: Any) -> list[int]:
    """The connections that run the endless statement."""
    cursor.execute("SELECT CONNECTION_ID FROM M_ACTIVE_STATEMENTS WHERE STATEMENT_STRING = ?", (ENDLESS,))
    return [row[0] for row in cursor.fetchall()]


def wait_until_runs(cursor: Any, *, runs: bool) -> list[int]:
    deadline = time.monotonic() + PATIENCE
    while bool(found := running(cursor)) is not runs:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_statement_ends_when_its_time_is_over(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.setquerytimeout(1)
    with pytest.raises(dbapi.Error) as raised:
        cursor.execute(ENDLESS)
    assert raised.value.errorcode == TIMED_OUT
    cursor.execute("SELECT 1 FROM DUMMY")
    assert cursor.fetchone()[0] == 1


def test_a_wait_for_a_lock_ends_when_its_time_is_over(connect: Connect) -> None:
    holder, waiting = connect().cursor(), connect().cursor()
    holder.execute("CREATE TABLE AWAITED (A INT)")
    holder.connection.setautocommit(False)
    holder.execute("INSERT INTO AWAITED VALUES (1)")
    waiting.setquerytimeout(1)
    with pytest.raises(dbapi.Error) as raised:
        waiting.execute("INSERT INTO AWAITED VALUES (2)")
    assert raised.value.errorcode == TIMED_OUT
    holder.connection.commit()
    waiting.execute("INSERT INTO AWAITED VALUES (3)")


def test_one_session_cancels_the_statement_of_another(connect: Connect) -> None:
    runner, other = connect(), connect().cursor()
    runner.setautocommit(False)
    cursor = runner.cursor()
    cursor.execute("CREATE TABLE UNDONE (A INT)")
    cursor.execute("INSERT INTO UNDONE VALUES (1)")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cursor.execute, ENDLESS)
        [number] = wait_until_runs(other, runs=True)
        other.execute("SELECT CONNECTION_STATUS FROM M_CONNECTIONS WHERE CONNECTION_ID = ?", (number,))
        assert other.fetchone()[0] == "RUNNING"
        other.execute(f"ALTER SYSTEM CANCEL SESSION '{number}'")
        with pytest.raises(dbapi.Error) as raised:
            future.result(PATIENCE)
    assert raised.value.errorcode == CANCELLED
    runner.commit()
    other.execute("SELECT COUNT(*) FROM UNDONE")
    assert other.fetchone()[0] == 0, "its transaction was rolled back"
    for nobody in ("1", "x"):
        with pytest.raises(dbapi.Error, match="there is no session"):
            other.execute(f"ALTER SYSTEM CANCEL SESSION '{nobody}'")


def test_nobody_cancels_what_another_user_runs(server: LocalHana, connect: Connect) -> None:
    cursor = connect().cursor()
    cursor.execute("SELECT CURRENT_CONNECTION FROM DUMMY")
    number = cursor.fetchone()[0]
    binding = server.binding()
    guest = dbapi.connect(
        address=binding["host"],
        port=int(binding["port"]),
        user=binding["user"],
        password=binding["password"],
        encrypt=True,
        sslTrustStore=binding["certificate"],
    )
    with pytest.raises(dbapi.Error, match="there is no session"):
        guest.cursor().execute(f"ALTER SYSTEM CANCEL SESSION '{number}'")
    guest.close()


def test_nothing_runs_on_for_a_client_that_was_killed(server: LocalHana, connect: Connect) -> None:
    cursor = connect().cursor()
    command = [sys.executable, "-c", _CLIENT, json.dumps(server.binding()), ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
        assert client.stdout
        assert client.stdout.readline() == b"connected\n"
        wait_until_runs(cursor, runs=True)
        client.kill()
    assert wait_until_runs(cursor, runs=False) == []


def test_a_pattern_that_tries_for_ever_stops_nobody(connect: Connect) -> None:
    cursor, other = connect().cursor(), connect().cursor()
    endless = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' LIKE_REGEXPR '^(a|aa|aaa|b?a)+$'"
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cursor.execute, f"SELECT COUNT(*) FROM DUMMY WHERE {endless}")
        other.execute("SELECT 1 FROM DUMMY")
        with pytest.raises(dbapi.Error) as raised:
            future.result(PATIENCE)
    assert raised.value.errorcode == REFUSED_PATTERN
