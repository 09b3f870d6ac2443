"""The bound schema: statements in, rows out, and what is made of the errors in between."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic, perf_counter
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.errors import BindingError, HanaNotBound, HanaTimeout, HanaUnavailable
from tokonoma.hana.connector import MARGIN, Connector
from tokonoma.hana.error_mapping import meaning_of
from tokonoma.hana.pool import PROBE, Pool, Pooled
from tokonoma.settings import Settings
from tokonoma.telemetry.request_notes import add

_log = logging.getLogger(__name__)

Row = Any
"""hdbcli's ResultRow: indexed by position or by column name."""

STALE = 1.0
"""Seconds within which a connection that had been dropped while it was idle breaks under a statement."""
ROUTER = 30
"""Seconds after which the approuter gives up, unless its destination says otherwise."""


def longest(settings: Settings) -> float:
    """Seconds after which every `Hana.select` has ended, whatever happens to HANA.

    The wait for a connection, a probe and a statement that find it broken, a look at an absent HANA with a
    connect, and a statement that HANA does not cancel in time.
    """
    connecting = 2 * settings.connect_timeout
    return settings.pool_wait + PROBE + STALE + connecting + settings.statement_timeout + MARGIN


class Hana:
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
        if longest(settings) >= ROUTER:
            _log.warning(
                "A request may take %g s, and the approuter gives up after %d", longest(settings), ROUTER
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
            pool.drop_idle()
            return self._select(pool, until, sql, parameters, user, again=True)

    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._pool is None else len(self._pool)

    def close(self) -> None:
        """Close the connections that are not lent."""
        if self._pool is not None:
            self._pool.drop_idle()

    def _select(
        self, pool: Pool, until: float, sql: str, parameters: Sequence[Any], user: str, again: bool = False
    ) -> list[Row]:
        asked = perf_counter()
        try:
            lent = pool.lend(until)
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
            may_be_stale = lent.returned and not again and perf_counter() - began < STALE
            raise self._broken(pool, lent, error, bool(may_be_stale)) from None
        except BaseException:
            pool.throw_away(lent)
            raise
        finally:
            add("hana", perf_counter() - began)
        pool.give_back(lent)
        self._connector.hangs = 0
        return rows

    # No exception stays in a variable of a frame that it passes: the cycle would keep connections alive.

    def _broken(self, pool: Pool, lent: Pooled, error: dbapi.Error, may_be_stale: bool) -> Exception:
        """What to raise for an error on a lent connection, which is thrown away if it is of no more use."""
        meaning, cause = meaning_of(error, self._service, connecting=False)
        if lent.driver.isconnected() and not isinstance(meaning, HanaUnavailable):
            pool.give_back(lent)
        else:
            pool.throw_away(lent)
            if may_be_stale and isinstance(meaning, HanaUnavailable):
                return _Stale()
        _log.warning("HANA error %s: %s [%s]", error.errorcode, error.errortext, cause)
        if isinstance(meaning, HanaTimeout) and error.errorcode < 0:
            self._connector.hung()
            if self._connector.away is not None:
                pool.drop_idle()
        else:
            self._connector.hangs = 0
        return meaning


class _Stale(Exception):
    """The connection had been used before, and was broken."""
