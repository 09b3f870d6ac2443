"""The bound schema: statements in, rows out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic, perf_counter
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.errors import (
    BindingError,
    HanaBusy,
    HanaError,
    HanaNotBound,
    HanaTimeout,
    HanaUnavailable,
)
from tokonoma.hana.connector import CANCEL_MARGIN, Connector
from tokonoma.hana.error_mapping import Meaning, map_error
from tokonoma.hana.large_value import LargeValue
from tokonoma.hana.pool import CHECK_TIMEOUT, Pool, PooledConnection
from tokonoma.hana.stream import Row, RowStream, StreamLimit
from tokonoma.settings import Settings
from tokonoma.telemetry.request_notes import add

_log = logging.getLogger(__name__)

STALE_WITHIN = 1.0
"""Seconds within which a statement fails on a connection that was cut while it was idle."""
APPROUTER_TIMEOUT = 30
"""Seconds after which the approuter gives up, unless its destination says otherwise."""
STREAM_SHARE = 4
"""At most one of so many connections streams, and at least one: the others answer short requests."""
STREAM_ROWS = 1000
"""Rows of one list of a stream, unless the caller says otherwise."""


def longest_select(settings: Settings) -> float:
    """Seconds after which every `Schema.select` has ended, whatever happens to HANA.

    The wait for a connection, a check and a statement that find it broken, a check of an absent HANA with a
    connect, and a statement that HANA does not cancel in time.
    """
    connecting = 2 * settings.connect_timeout
    statement = settings.statement_timeout + CANCEL_MARGIN
    return settings.pool_wait + CHECK_TIMEOUT + STALE_WITHIN + connecting + statement


class Schema:
    """The bound schema; opens its first connection on demand, so that no two workers share one."""

    def __init__(
        self,
        binding: HanaBinding | BindingError,
        settings: Settings,
        renewal: Callable[[], HanaBinding | None] = lambda: None,
    ) -> None:
        self._wait = settings.pool_wait
        self._tells_ids = settings.hana_user == "id"
        self._pool: Pool | None = None
        if isinstance(binding, BindingError):
            self._missing = str(binding)
            return
        self._connector = Connector(binding, settings, renewal)
        self._pool = Pool(self._connector, settings)
        self._streams = StreamLimit(max(1, settings.connections // STREAM_SHARE))
        longest = longest_select(settings)
        if longest >= APPROUTER_TIMEOUT:
            _log.warning(
                "A request may take %g s, and the approuter gives up after %d", longest, APPROUTER_TIMEOUT
            )

    def user_of(self, name: str, identity: str) -> str:
        """What HANA is told of a caller: the name, or the opaque id if no names shall get there."""
        return identity if self._tells_ids else name

    def select(
        self, sql: str, parameters: Sequence[Any] = (), *, user: str = "", timeout: int | None = None
    ) -> list[Row]:
        """All rows of one query, run for `user` as HANA's session context and audit log see it.

        After `timeout` seconds, 1 at least, HANA cancels it, and never later than the setting says.
        Raises HanaError.
        """
        if timeout is not None and timeout < 1:
            # For the driver 0 means that there is no limit.
            raise ValueError("A statement has at least one second.")
        pool = self._bound_pool()
        until = monotonic() + self._wait
        statement = partial(self._run, pool, until, sql, parameters, user, _fetch_all, timeout=timeout)
        connection, rows = self._repeated_if_stale(pool, statement)
        pool.release(connection)
        return rows

    def stream(
        self, sql: str, parameters: Sequence[Any] = (), *, user: str = "", size: int = STREAM_ROWS
    ) -> RowStream:
        """The rows of one query in lists of at most `size`, for results of any length; to be closed.

        The query runs, and its first rows are fetched, before this returns: what is wrong with it shows here.
        HANA keeps the result over later commits, for each fetch takes part in autocommit (hdbcli asks for
        cursors that are held). A quarter of the connections may stream at once; who comes then waits
        `TOKONOMA_POOL_WAIT` at most. Raises HanaError.
        """
        if size < 1:
            raise ValueError("A list of a stream has at least one row.")
        pool, connection, rows = self._hold(sql, parameters, user, partial(_fetch_many, size))
        return RowStream(
            connection, rows, size, end=partial(self._end_stream, pool), fail=partial(self._fail_stream, pool)
        )

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of one query as they are read, for long ones of the service itself; it counts as a stream.

        Raises HanaError, when it is iterated.
        """
        with self.stream(sql, parameters) as lists:
            for rows in lists:
                yield from rows

    def large_value(
        self, sql: str, parameters: Sequence[Any] = (), *, user: str = "", timeout: int | None = None
    ) -> LargeValue | None:
        """The large value in the only row and column of a query, to be closed; None for null and for no row.

        It counts as a stream. After `timeout` seconds, 1 at least, HANA cancels the query. Raises HanaError.
        """
        pool, connection, rows = self._hold(sql, parameters, user, _fetch_large, timeout)
        if not rows or rows[0] is None:
            self._end_stream(pool, connection, is_free=True)
            return None
        return LargeValue(
            connection, rows[0], end=partial(self._end_stream, pool), fail=partial(self._fail_stream, pool)
        )

    def _hold(
        self,
        sql: str,
        parameters: Sequence[Any],
        user: str,
        fetch: Callable[[Any], list[Row]],
        timeout: int | None = None,
    ) -> tuple[Pool, PooledConnection, list[Row]]:
        """Run a query as a stream, whose connection is held until `_end_stream` or `_fail_stream`."""
        pool = self._bound_pool()
        until = monotonic() + self._wait
        if not self._streams.acquire(self._wait):
            raise HanaBusy(self._connector.service)
        try:
            statement = partial(self._run, pool, until, sql, parameters, user, fetch, timeout=timeout)
            connection, rows = self._repeated_if_stale(pool, statement)
        except BaseException:
            self._streams.release()
            raise
        return pool, connection, rows

    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._pool is None else len(self._pool)

    def close(self) -> None:
        """Close the connections that are not lent, and wait a moment for HANA's answers."""
        if self._pool is not None:
            until = monotonic() + CHECK_TIMEOUT
            for closing in self._pool.close_idle():
                closing.join(max(0.0, until - monotonic()))

    def _bound_pool(self) -> Pool:
        if self._pool is None:
            raise HanaNotBound(self._missing)
        return self._pool

    def _repeated_if_stale(
        self, pool: Pool, statement: Callable[..., tuple[PooledConnection, list[Row]]]
    ) -> tuple[PooledConnection, list[Row]]:
        try:
            return statement()
        except _StaleConnection:
            # What has cut this one has cut those that were idle with it.
            pool.close_idle()
            return statement(again=True)

    def _run(
        self,
        pool: Pool,
        until: float,
        sql: str,
        parameters: Sequence[Any],
        user: str,
        fetch: Callable[[Any], list[Row]],
        again: bool = False,
        timeout: int | None = None,
    ) -> tuple[PooledConnection, list[Row]]:
        """Run a query on a connection of the pool, which the caller must give back, and fetch rows."""
        asked = perf_counter()
        try:
            connection = pool.acquire(until)
        finally:
            began = perf_counter()
            add("pool", began - asked)
        try:
            if connection.user != user:
                connection.act_for(user)
            with connection.within(timeout) as cursor:
                # An empty list of parameters would make the driver prepare: three round trips for one.
                cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
                rows = fetch(cursor)
                add("db", cursor.server_processing_time() / 1e6)
        except dbapi.Error as error:
            may_be_stale = connection.returned and not again and perf_counter() - began < STALE_WITHIN
            raise self._failure(pool, connection, error, bool(may_be_stale)) from None
        except BaseException:
            pool.discard(connection)
            raise
        finally:
            add("hana", perf_counter() - began)
        self._connector.hangs = 0
        return connection, rows

    # No exception stays in a variable of a frame that it passes: the cycle would keep connections alive.

    def _failure(
        self, pool: Pool, connection: PooledConnection, error: dbapi.Error, may_be_stale: bool
    ) -> Exception:
        """What to raise for an error; takes the connection back."""
        meaning = map_error(error, connecting=False)
        if connection.driver.isconnected() and meaning[0] is not HanaUnavailable:
            pool.release(connection)
        else:
            pool.discard(connection)
            if may_be_stale and meaning[0] is HanaUnavailable:
                return _StaleConnection()
        return self._noted(pool, error, meaning)

    def _noted(self, pool: Pool, error: dbapi.Error, meaning: Meaning) -> HanaError:
        """What to raise for an error, which is logged, and counted if HANA hangs."""
        kind, cause = meaning
        _log.warning("HANA error %s: %s [%s]", error.errorcode, error.errortext, cause)
        if kind is HanaTimeout and error.errorcode < 0:
            self._connector.count_hang()
            if self._connector.outage is not None:
                pool.close_idle()
        else:
            self._connector.hangs = 0
        return kind(self._connector.service)

    def _end_stream(self, pool: Pool, connection: PooledConnection, is_free: bool) -> None:
        pool.release(connection) if is_free else pool.discard(connection)
        self._streams.release()

    def _fail_stream(self, pool: Pool, connection: PooledConnection, error: dbapi.Error) -> HanaError:
        self._end_stream(pool, connection, is_free=False)
        return self._noted(pool, error, map_error(error, connecting=False))


def _fetch_all(cursor: Any) -> list[Row]:
    rows: list[Row] = cursor.fetchall()
    return rows


def _fetch_many(size: int, cursor: Any) -> list[Row]:
    rows: list[Row] = cursor.fetchmany(size)
    return rows


def _fetch_large(cursor: Any) -> list[Row]:
    """The large value of the first row as hdbcli's LOB, in a list; an empty list if there is no row."""
    row = cursor.fetchone(True)
    return [] if row is None else [row[0]]


class _StaleConnection(Exception):
    """A connection that was used before is broken."""
