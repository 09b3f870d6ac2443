"""The bound schema, behind a pool of hdbcli connections that survives what happens to HANA.

A connection is opened on demand, kept, looked at before it is lent, replaced when it is old, and thrown away
when it breaks; a read that met a broken one is tried once more on a fresh one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

from hdbcli import dbapi
from sqlalchemy import event, exc
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from .bindings import HanaBinding
from .errors import BindingError, HanaBusy, HanaError, HanaNotBound, HanaUnavailable
from .meanings import meaning_of
from .notes import add, measured
from .settings import Settings

_log = logging.getLogger(__name__)

Row = Any
"""hdbcli's ResultRow: indexed by position or by column name."""

MAX_IDLE = 240.0
"""Seconds after which an unused connection is replaced unseen: routers forget idle ones after 5 minutes."""
QUICK = 1
"""Seconds that a connect may take while HANA is known to be away."""
MARGIN = 5
"""Seconds that HANA has to cancel a statement itself before the driver gives the connection up."""


class Hana:
    """The bound schema. Opens nothing before the first request, so that no two workers share a connection."""

    def __init__(self, binding: HanaBinding | BindingError, settings: Settings) -> None:
        self._binding = binding
        self._service = binding.name if isinstance(binding, HanaBinding) else ""
        self._settings = settings
        self._away: HanaError | None = None
        self._looking = threading.Lock()
        self._pool = QueuePool(
            self._open,
            pool_size=settings.threads,
            max_overflow=0,
            timeout=settings.pool_wait,
            recycle=settings.connection_lifetime,
            reset_on_return=None,
            use_lifo=True,
        )
        event.listen(self._pool, "checkout", self._look_at)
        event.listen(self._pool, "checkin", _remember_when)

    def select(self, sql: str, parameters: Sequence[Any] = (), *, user: str = "") -> list[Row]:
        """All rows of one query, run on behalf of `user` as HANA's session context and audit see it.

        Raises HanaError: one of its kinds in `errors`.
        """
        try:
            return self._select(sql, parameters, user, fresh=False)
        except _Stale:
            return self._select(sql, parameters, user, fresh=True)

    def connections(self) -> int:
        """How many connections are open."""
        return self._pool.checkedin() + self._pool.checkedout()

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._pool.dispose()

    def _select(self, sql: str, parameters: Sequence[Any], user: str, *, fresh: bool) -> list[Row]:
        with self._lend(user, fresh) as connection, measured("hana"):
            cursor = connection.info.get("cursor")
            if cursor is None:
                cursor = connection.info["cursor"] = connection.cursor()
                cursor.setquerytimeout(self._settings.statement_timeout)
            # An empty list of parameters would make the driver prepare: three round trips for one.
            cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
            rows = list(cursor.fetchall())
            add("db", cursor.server_processing_time() / 1e6)
            return rows

    @contextmanager
    def _lend(self, user: str, fresh: bool) -> Iterator[PoolProxiedConnection]:
        if isinstance(self._binding, BindingError):
            raise HanaNotBound(str(self._binding))
        with measured("pool"):
            try:
                lent = self._pool.connect()
                if fresh and "returned" in lent.info:
                    lent.invalidate()
                    lent = self._pool.connect()
            except exc.TimeoutError:
                raise HanaBusy from None
        used = "returned" in lent.info
        try:
            if lent.info.get("user") != user:
                lent.setclientinfo("APPLICATIONUSER", user)
                lent.info["user"] = user
            yield lent
        except dbapi.Error as error:
            raise self._broken(lent, error, may_be_stale=used and not fresh) from None
        finally:
            lent.close()

    # No exception stays in a variable of a frame that it passes: the cycle would keep connections alive.

    def _broken(self, lent: PoolProxiedConnection, error: dbapi.Error, *, may_be_stale: bool) -> Exception:
        """What to raise for an error on a lent connection, which is thrown away if it is of no more use."""
        meaning, cause = meaning_of(error, self._service, connecting=False)
        if not lent.isconnected() or isinstance(meaning, HanaUnavailable):
            lent.invalidate()
            if may_be_stale and isinstance(meaning, HanaUnavailable):
                return _Stale()
        _report(error, cause)
        return meaning

    def _not_connected(self, error: dbapi.Error) -> HanaError:
        """What to raise for an error while connecting; it is remembered, too."""
        meaning, cause = meaning_of(error, self._service, connecting=True)
        if type(self._away) is not type(meaning):
            _report(error, cause)
        self._away = meaning
        return copy(meaning)

    def _open(self) -> Any:
        """Connect; while HANA is away one request at a time looks for it, and the others are told at once."""
        away = self._away
        if away is None:
            return self._connect(self._settings.connect_timeout)
        if not self._looking.acquire(blocking=False):
            raise copy(away)
        try:
            return self._connect(min(QUICK, self._settings.connect_timeout))
        finally:
            self._looking.release()

    def _connect(self, timeout: int) -> Any:
        assert isinstance(self._binding, HanaBinding)
        options: dict[str, Any] = {"currentSchema": self._binding.schema} if self._binding.schema else {}
        if self._binding.certificate:
            options["sslTrustStore"] = self._binding.certificate
        try:
            connection = dbapi.connect(
                address=self._binding.host,
                port=self._binding.port,
                user=self._binding.user,
                password=self._binding.password,
                encrypt=True,
                sslValidateCertificate=True,
                connectTimeout=timeout * 1000,
                communicationTimeout=(self._settings.statement_timeout + MARGIN) * 1000,
                # The pool replaces what breaks; the driver would do it behind our back.
                reconnect=False,
                **options,
            )
        except dbapi.Error as error:
            raise self._not_connected(error) from None
        if self._away is not None:
            _log.warning("HANA is back")
            self._away = None
        connection.setclientinfo("APPLICATION", "tokonoma")
        return connection

    def _look_at(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Refuse to lend a connection that is dead; the pool then opens another one."""
        idle = time.monotonic() - record.info.get("returned", time.monotonic())
        if idle > MAX_IDLE or not connection.isconnected():
            raise exc.DisconnectionError
        if idle > self._settings.idle_probe:
            try:
                cursor = connection.cursor()
                cursor.setquerytimeout(QUICK)
                cursor.execute("SELECT 1 FROM DUMMY")
                cursor.close()
            except dbapi.Error:
                raise exc.DisconnectionError from None


class _Stale(Exception):
    """The connection had been used before, and was broken."""


def _remember_when(_connection: Any, record: Any) -> None:
    record.info["returned"] = time.monotonic()


def _report(error: dbapi.Error, cause: str) -> None:
    """Driver's words and likely cause, for the operator; neither holds a password."""
    _log.warning("HANA error %s: %s [%s]", error.errorcode, error.errortext, cause)
