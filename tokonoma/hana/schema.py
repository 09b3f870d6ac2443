"""The bound schema: statements in, rows out, and what is made of the errors in between."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic, perf_counter
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.errors import BindingError, HanaNotBound, HanaTimeout, HanaUnavailable
from tokonoma.hana.connector import CANCEL_MARGIN, Connector
from tokonoma.hana.error_mapping import map_error
from tokonoma.hana.pool import CHECK_TIMEOUT, Pool, PooledConnection
from tokonoma.settings import Settings
from tokonoma.telemetry.request_notes import add

_log = logging.getLogger(__name__)

Row = Any
"""hdbcli's ResultRow: indexed by position or by column name."""

STALE_WITHIN = 1.0
"""Seconds within which a connection that had been dropped while it was idle breaks under a statement."""
APPROUTER_TIMEOUT = 30
"""Seconds after which the approuter gives up, unless its destination says otherwise."""


def longest_select(settings: Settings) -> float:
    """Seconds after which every `Schema.select` has ended, whatever happens to HANA.

    The wait for a connection, a probe and a statement that find it broken, a look at an absent HANA with a
    connect, and a statement that HANA does not cancel in time.
    """
    connecting = 2 * settings.connect_timeout
    return (
        settings.pool_wait
        + CHECK_TIMEOUT
        + STALE_WITHIN
        + connecting
        + settings.statement_timeout
        + CANCEL_MARGIN
    )


class Schema:
    """The bound schema. Opens nothing before the first request, so that no two workers share a connection."""

    def __init__(self, binding: HanaBinding | BindingError, settings: Settings) -> None:
        self._wait = settings.pool_wait
        self._pool: Pool | None = None
        if isinstance(binding, BindingError):
            self._missing = str(binding)
            return
        self._service = binding.name
        self._connector = Connector(binding, settings)
        self._pool = Pool(self._connector, settings)
        if longest_select(settings) >= APPROUTER_TIMEOUT:
            _log.warning(
                "A request may take %g s, and the approuter gives up after %d",
                longest_select(settings),
                APPROUTER_TIMEOUT,
            )

    def select(self, sql: str, parameters: Sequence[Any] = (), *, user: str = "") -> list[Row]:
        """All rows of one query, run on behalf of `user` as HANA's session context and audit see it.

        Raises HanaError: one of its kinds in `errors`.
        """
        pool = self._pool
        if pool is None:
            raise HanaNotBound(self._missing)
        until = monotonic() + self._wait
        try:
            return self._select(pool, until, sql, parameters, user)
        except _Stale:
            # What has cut this one has cut those that were idle with it.
            pool.close_idle()
            return self._select(pool, until, sql, parameters, user, again=True)

    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._pool is None else len(self._pool)

    def close(self) -> None:
        """Close the connections that are not lent."""
        if self._pool is not None:
            self._pool.close_idle()

    def _select(
        self, pool: Pool, until: float, sql: str, parameters: Sequence[Any], user: str, again: bool = False
    ) -> list[Row]:
        asked = perf_counter()
        try:
            lent = pool.acquire(until)
        finally:
            began = perf_counter()
            add("pool", began - asked)
        try:
            if lent.user != user:
                lent.act_for(user)
            cursor = lent.cursor
            # An empty list of parameters would make the driver prepare: three round trips for one.
            cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
            rows: list[Row] = cursor.fetchall()
            add("db", cursor.server_processing_time() / 1e6)
        except dbapi.Error as error:
            may_be_stale = lent.returned and not again and perf_counter() - began < STALE_WITHIN
            raise self._broken(pool, lent, error, bool(may_be_stale)) from None
        except BaseException:
            pool.discard(lent)
            raise
        finally:
            add("hana", perf_counter() - began)
        pool.release(lent)
        self._connector.hangs = 0
        return rows

    # No exception stays in a variable of a frame that it passes: the cycle would keep connections alive.

    def _broken(
        self, pool: Pool, lent: PooledConnection, error: dbapi.Error, may_be_stale: bool
    ) -> Exception:
        """What to raise for an error on a lent connection, which is thrown away if it is of no more use."""
        meaning, cause = map_error(error, self._service, connecting=False)
        if lent.driver.isconnected() and not isinstance(meaning, HanaUnavailable):
            pool.release(lent)
        else:
            pool.discard(lent)
            if may_be_stale and isinstance(meaning, HanaUnavailable):
                return _Stale()
        _log.warning("HANA error %s: %s [%s]", error.errorcode, error.errortext, cause)
        if isinstance(meaning, HanaTimeout) and error.errorcode < 0:
            self._connector.hung()
            if self._connector.away is not None:
                pool.close_idle()
        else:
            self._connector.hangs = 0
        return meaning


class _Stale(Exception):
    """The connection had been used before, and was broken."""
