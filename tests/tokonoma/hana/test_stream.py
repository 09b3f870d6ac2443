"""Streams: all rows of any query, few at a time, and what happens when HANA fails in the middle."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain

import pytest

from localcloud import cloudfoundry
from localcloud.hana.connecting import connect
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.relay import Relay
from tokonoma.errors import (
    BindingError,
    HanaBusy,
    HanaNotBound,
    HanaObjectChanged,
    HanaTimeout,
    HanaUnavailable,
)
from tokonoma.hana.schema import Schema
from tokonoma.hana.stream import Row
from tokonoma.settings import Settings

ROWS = 20_000
QUERY = "SELECT N, TEXT FROM PEBBLES ORDER BY N"


def fill(local: LocalHana, rows: int) -> None:
    owner = connect(local.binding(), owner=True)
    cursor = owner.cursor()
    cursor.execute("CREATE TABLE PEBBLES (N INTEGER, TEXT NVARCHAR(100))")
    for first in range(0, rows, 10_000):
        pebbles = [(n, f"pebble {n:0>80}") for n in range(first, min(first + 10_000, rows))]
        cursor.executemany("INSERT INTO PEBBLES VALUES (?, ?)", pebbles)
    owner.close()


@pytest.fixture
def pebbles(local: LocalHana) -> LocalHana:
    """A table that no driver fetches at once."""
    fill(local, ROWS)
    return local


@pytest.fixture
def schema(open_hana: Callable[..., Schema], pebbles: LocalHana) -> Schema:
    """One stream at a time, one connection beside it."""
    return open_hana(threads=4, connections=2, pool_wait=1)


@pytest.fixture
def hasty(open_hana: Callable[..., Schema], pebbles: LocalHana) -> Schema:
    """The same, where a statement may take two seconds."""
    return open_hana(threads=4, connections=2, pool_wait=1, statement_timeout=2)


def numbers(lists: Iterable[list[Row]]) -> list[int]:
    return [row["N"] for row in chain.from_iterable(lists)]


@pytest.mark.parametrize("size", [1, 7, 1000, ROWS - 1, ROWS, ROWS + 1])
def test_every_row_comes_once_and_in_order(schema: Schema, size: int) -> None:
    query = QUERY if size > 1 else QUERY.replace("SELECT", "SELECT TOP 50")
    expected = range(ROWS if size > 1 else 50)
    with schema.stream(query, size=size) as stream:
        assert stream.columns == ("N", "TEXT")
        lists = list(stream)
    assert numbers(lists) == list(expected)
    assert {len(rows) for rows in lists[:-1]} <= {size}


def test_nothing_found_is_a_stream_without_a_list(schema: Schema) -> None:
    with schema.stream(f"SELECT * FROM ({QUERY}) WHERE N < 0") as stream:
        assert list(stream) == []
        assert list(stream) == []


def test_parameters_are_bound_and_the_person_is_known(schema: Schema) -> None:
    query = "SELECT N, SESSION_CONTEXT('APPLICATIONUSER') AS U FROM PEBBLES WHERE N < ?"
    with schema.stream(query, (3,), user="alice") as stream:
        rows = list(chain.from_iterable(stream))
    assert [(row["N"], row["U"]) for row in rows] == [(n, "alice") for n in range(3)]


def test_at_its_end_the_connection_is_lent_again(schema: Schema, relay: Relay) -> None:
    for _ in range(3):
        with schema.stream(QUERY) as stream:
            assert len(numbers(stream)) == ROWS
        assert schema.select("SELECT COUNT(*) AS N FROM PEBBLES")[0]["N"] == ROWS
    assert relay.connects == schema.connections() == 1


def test_the_connection_is_free_behind_the_last_row_and_not_only_behind_the_block(
    schema: Schema, relay: Relay
) -> None:
    with schema.stream(QUERY) as stream:
        list(stream)
        schema.select("SELECT 1 FROM DUMMY")
        assert relay.connects == 1


def test_closed_early_its_connection_is_gone_and_its_place_is_free(schema: Schema) -> None:
    for _ in range(5):
        with schema.stream(QUERY, size=10) as stream:
            next(stream)
            assert schema.connections() == 1
        assert schema.connections() == 0
    assert schema.select("SELECT 1 AS N FROM DUMMY")[0]["N"] == 1


def test_whoever_goes_on_behind_an_early_end_is_not_told_that_this_was_all(schema: Schema) -> None:
    with schema.stream(QUERY, size=10) as stream:
        next(stream)
    with pytest.raises(ValueError, match="closed before its last row"):
        next(stream)


def test_an_error_of_the_reader_closes_it(schema: Schema) -> None:
    with pytest.raises(ZeroDivisionError), schema.stream(QUERY, size=10) as stream:
        1 / (next(stream)[0]["N"])
    assert schema.connections() == 0


def test_what_is_wrong_with_the_query_shows_before_the_first_row(schema: Schema, relay: Relay) -> None:
    for _ in range(3):
        with pytest.raises(HanaObjectChanged):
            schema.stream("SELECT NOTHING FROM NOWHERE")
    assert schema.select("SELECT 1 AS N FROM DUMMY")[0]["N"] == 1
    assert relay.connects == 1


def test_lists_of_no_rows_are_refused(schema: Schema) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        schema.stream(QUERY, size=0)


def test_without_a_binding_it_says_which_one_is_missing() -> None:
    with pytest.raises(HanaNotBound, match="No service"):
        Schema(BindingError("No service with label 'hana' is bound."), Settings()).stream(QUERY)


def test_a_hana_that_hangs_in_the_middle_is_a_time_out(hasty: Schema, relay: Relay) -> None:
    """After the time of one statement and its margin, and never an end of the rows."""
    with hasty.stream(QUERY, size=10) as stream:
        next(stream)
        relay.swallow()
        began = time.monotonic()
        with pytest.raises(HanaTimeout):
            list(stream)
        assert time.monotonic() - began < 30
        with pytest.raises(ValueError, match="closed before its last row"):
            next(stream)
    assert hasty.connections() == 0
    with hasty.stream(QUERY) as stream:
        assert len(numbers(stream)) == ROWS


def test_a_hana_that_drops_the_connection_in_the_middle_is_unavailable(
    schema: Schema, pebbles: LocalHana
) -> None:
    with schema.stream(QUERY, size=10) as stream:
        next(stream)
        pebbles.drop_connections()
        with pytest.raises(HanaUnavailable):
            list(stream)
    assert schema.connections() == 0
    with schema.stream(QUERY) as stream:
        assert len(numbers(stream)) == ROWS


def test_two_streams_that_hang_are_a_hana_that_hangs(hasty: Schema, relay: Relay) -> None:
    hasty.select("SELECT 1 FROM DUMMY")
    for _ in range(2):
        with hasty.stream(QUERY, size=10) as stream:
            relay.swallow()
            with pytest.raises(HanaTimeout):
                list(stream)
    assert hasty.connections() == 0
    assert hasty.select("SELECT 1 AS N FROM DUMMY")[0]["N"] == 1


def test_a_connection_that_was_cut_while_it_was_idle_is_replaced(schema: Schema, pebbles: LocalHana) -> None:
    schema.select("SELECT 1 FROM DUMMY")
    pebbles.drop_connections()
    with schema.stream(QUERY) as stream:
        assert len(numbers(stream)) == ROWS


def test_a_statement_over_its_time_is_no_stream(hasty: Schema, pebbles: LocalHana) -> None:
    with pebbles.failing(Fault.SLOW, seconds=4), pytest.raises(HanaTimeout):
        hasty.stream(QUERY)
    with hasty.stream(QUERY) as stream:
        assert len(numbers(stream)) == ROWS


@pytest.mark.parametrize(("connections", "streams"), [(1, 1), (4, 1), (8, 2), (9, 2)])
def test_a_quarter_of_the_connections_streams_and_the_others_are_told(
    open_hana: Callable[..., Schema], pebbles: LocalHana, connections: int, streams: int
) -> None:
    schema = open_hana(threads=16, connections=connections, pool_wait=1)
    with ExitStack() as stack:
        open_ones = [stack.enter_context(schema.stream(QUERY, size=10)) for _ in range(streams)]
        with pytest.raises(HanaBusy):
            schema.stream(QUERY)
        if connections > streams:
            assert schema.select("SELECT 1 AS N FROM DUMMY")[0]["N"] == 1
        assert numbers(open_ones[0]) == list(range(ROWS))
        stack.enter_context(schema.stream(QUERY, size=10))


def test_whoever_waits_for_a_stream_gets_the_next_one(
    open_hana: Callable[..., Schema], pebbles: LocalHana
) -> None:
    schema = open_hana(threads=8, connections=4, pool_wait=60)
    with ThreadPoolExecutor(1) as other:
        with schema.stream(QUERY, size=10) as stream:
            waiting = other.submit(lambda: numbers(schema.stream(QUERY)))
            time.sleep(0.2)
            assert not waiting.done()
            next(stream)
        assert waiting.result() == list(range(ROWS))


def test_a_crowd_that_wants_streams_does_not_hold_the_threads(
    open_hana: Callable[..., Schema], pebbles: LocalHana
) -> None:
    """As many as stream may wait, the others are told at once and not when their wait ends."""
    schema = open_hana(threads=32, connections=8, pool_wait=60)
    told = threading.Semaphore(0)

    def ask(_: int) -> str:
        try:
            with schema.stream(QUERY):
                return "streamed"
        except HanaBusy:
            told.release()
            return "busy"

    with ThreadPoolExecutor(10) as crowd:
        with schema.stream(QUERY, size=10), schema.stream(QUERY, size=10):
            answers = crowd.map(ask, range(10))
            assert all(told.acquire(timeout=30) for _ in range(8))
        assert sorted(answers) == ["busy"] * 8 + ["streamed"] * 2


def test_other_statements_and_commits_leave_the_rows_of_a_stream_alone(
    schema: Schema, pebbles: LocalHana
) -> None:
    """Each fetch takes part in autocommit, and the result is that of the moment when the query ran."""
    with schema.stream(QUERY, size=100) as stream:
        first = next(stream)
        owner = connect(pebbles.binding(), owner=True)
        owner.cursor().execute("DELETE FROM PEBBLES WHERE N >= 5000")
        owner.close()
        assert numbers([first, *stream]) == list(range(ROWS))


MEMORY = """
import sys
import psutil
from tokonoma.bindings import HanaBinding
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

host, port, user, password, name, certificate, way = sys.argv[1:]
schema = Schema(HanaBinding("pyhana", host, int(port), user, password, name, certificate), Settings())

def read(rows):
    query = f"SELECT TOP {rows} N, TEXT FROM PEBBLES"
    most = read = 0
    with schema.stream(query) if way == "stream" else schema.stream(query, size=rows + 1) as lists:
        for each in lists:
            read += len(each)
            most = max(most, psutil.Process().memory_info().rss)
    assert read == rows
    return most

before = read(20_000)
print((read(200_000) - before) // 1024)
"""


def test_memory_stays_flat_over_200000_rows(local: LocalHana) -> None:
    fill(local, 200_000)

    def growth(way: str) -> int:
        """KiB that ten times as many rows add to a process of its own."""
        credentials = (
            local.host,
            str(local.port),
            local.user,
            local.password,
            local.schema,
            local.certificate,
        )
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, *credentials, way],
            cwd=cloudfoundry.PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    assert growth("stream") < 8 * 1024
    assert growth("at once") > 16 * 1024
