"""The pool of hdbcli connections, and what a driver's error means."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hdbcli import dbapi
from sqlalchemy import event, exc
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from .bindings import HanaBinding
from .errors import BindingError, HanaBusy, HanaError, HanaNotBound, HanaStatementFailed, HanaUnavailable
from .settings import Settings

_log = logging.getLogger(__name__)

Row = Any
"""hdbcli's ResultRow: indexed by position or by column name."""


class Hana:
    """The bound schema. Connections are opened on demand, kept, checked before they are lent, and replaced.

    Opens nothing before the first request, so that a forked worker never shares a connection.
    """

    def __init__(self, binding: HanaBinding | BindingError, settings: Settings) -> None:
        self._binding = binding
        self._settings = settings
        self._pool = QueuePool(
            self._open,
            pool_size=settings.threads,
            max_overflow=0,
            timeout=settings.pool_wait,
            recycle=settings.connection_lifetime,
            reset_on_return=None,
            use_lifo=True,
        )
        event.listen(self._pool, "checkout", self._check)
        event.listen(self._pool, "checkin", _remember_when)

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one query and return all its rows.

        Raises HanaNotBound, HanaUnavailable, HanaBusy or HanaStatementFailed.
        """
        with self._lend() as connection:
            cursor = connection.cursor()
            try:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())
            finally:
                cursor.close()

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._pool.dispose()

    @contextmanager
    def _lend(self) -> Iterator[PoolProxiedConnection]:
        if isinstance(self._binding, BindingError):
            raise HanaNotBound(str(self._binding))
        try:
            lent = self._pool.connect()
        except exc.TimeoutError:
            raise HanaBusy from None
        except dbapi.Error as error:
            raise self._meaning(error) from None
        try:
            yield lent
        except dbapi.Error as error:
            meaning = self._meaning(error)
            if isinstance(meaning, HanaUnavailable):
                lent.invalidate()
            raise meaning from None
        finally:
            lent.close()

    def _open(self) -> Any:
        assert isinstance(self._binding, HanaBinding)
        options: dict[str, Any] = {"currentSchema": self._binding.schema} if self._binding.schema else {}
        if self._binding.certificate:
            options["sslTrustStore"] = self._binding.certificate
        return dbapi.connect(
            address=self._binding.host,
            port=self._binding.port,
            user=self._binding.user,
            password=self._binding.password,
            encrypt=True,
            sslValidateCertificate=True,
            connectTimeout=self._settings.connect_timeout * 1000,
            communicationTimeout=self._settings.statement_timeout * 1000,
            # The pool replaces what breaks; the driver would do it behind our back.
            reconnect=False,
            **options,
        )

    def _check(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Refuse to lend a connection that is dead; the pool then opens another one."""
        if not connection.isconnected():
            raise exc.DisconnectionError
        idle = time.monotonic() - record.info.get("returned", time.monotonic())
        if idle > self._settings.idle_probe:
            try:
                cursor = connection.cursor()
                cursor.execute("SELECT 1 FROM DUMMY")
                cursor.close()
            except dbapi.Error:
                raise exc.DisconnectionError from None

    def _meaning(self, error: dbapi.Error) -> HanaError:
        """What the driver's error says of HANA; its own text is for the log only."""
        code = getattr(error, "errorcode", 0)
        _log.warning("HANA error %s: %s", code, getattr(error, "errortext", ""))
        # Negative codes come from the driver itself: no connection, or one that broke.
        if code < 0 or code == _AUTHENTICATION_FAILED or isinstance(error, dbapi.OperationalError):
            assert isinstance(self._binding, HanaBinding)
            return HanaUnavailable(
                f"The HANA service {self._binding.name!r} cannot be reached, or refuses to be used: check that "
                "its instance is running, that it accepts this address, and that the binding is current."
            )
        return HanaStatementFailed()


_AUTHENTICATION_FAILED = 10


def _remember_when(_connection: Any, record: Any) -> None:
    record.info["returned"] = time.monotonic()
