"""One connection by one logon, for whoever looks why there is none: a refusal says its code and its cause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.hana.connector import Connector
from tokonoma.hana.error_mapping import NO_ANSWER, map_error
from tokonoma.settings import Settings

_RUNTIME_ERROR = re.compile(r"\[(\d{5,6})\]")


class LogonRefused(Exception):
    """No connection: HANA's code, or the driver's runtime error, and the likely cause."""

    def __init__(self, code: int, cause: str) -> None:
        super().__init__(f"{cause} ({code})")
        self.code = code
        self.is_silence = cause == NO_ANSWER
        """Whether HANA did not answer at all."""


def refused(error: Any) -> LogonRefused:
    """What the `dbapi.Error` of a logon says."""
    runtime = _RUNTIME_ERROR.search(str(error.errortext))
    code = int(runtime[1]) if runtime else int(error.errorcode or 0)
    return LogonRefused(code, map_error(error, connecting=True)[1])


class OneLogon:
    """A connection that is never opened a second time: HANA locks a user after wrong passwords."""

    def __init__(self, binding: HanaBinding, settings: Settings) -> None:
        """Log on. Raises LogonRefused."""
        self._service = binding.name
        try:
            self._connection = Connector(binding, settings).open_once()
        except dbapi.Error as error:
            raise refused(error) from None

    def ask(self, sql: str, parameters: Sequence[Any] = (), /) -> list[tuple[Any, ...]]:
        """The rows of a statement. Raises HanaError."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, tuple(parameters))
            return [tuple(row) for row in cursor.fetchall()]
        except dbapi.Error as error:
            raise map_error(error, connecting=False)[0](self._service) from None
        finally:
            cursor.close()

    def close(self) -> None:
        self._connection.close()
