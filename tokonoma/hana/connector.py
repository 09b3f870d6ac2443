"""Connects to the bound schema, and remembers that it could not.

While HANA is away, whoever connects is a looker, too: a statement on a connection of its own, under a short
time-out, proves that HANA is back before anybody relies on it. What else there is to tell comes from memory.
"""

from __future__ import annotations

import logging
from copy import copy
from functools import partial
from time import monotonic
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.deadline import within
from tokonoma.errors import HanaError, HanaRefuses, HanaUnavailable
from tokonoma.hana.error_mapping import SILENT, meaning_of
from tokonoma.settings import Settings

_log = logging.getLogger(__name__)

PROOF = "SELECT 1 FROM DUMMY"
"""What shows that HANA answers."""
MARGIN = 2
"""Seconds that HANA has to cancel a statement itself before the driver gives the connection up."""
HANGS = 2
"""Statements in a row that HANA neither answered nor cancelled; after so many it hangs as a whole."""
REFUSALS = 2
"""Logons in a row that HANA refused; after so many the next one comes a `PAUSE` later."""
PAUSE = 60.0
"""Seconds; HANA locks a user after six wrong passwords, and every process of the service counts."""


class Connector:
    """Opens connections, one caller at a time or several."""

    def __init__(self, binding: HanaBinding, settings: Settings) -> None:
        self.away: HanaError | None = None
        """What to tell while HANA is away; to be raised as a copy, since this one is kept."""
        self._service = binding.name
        self._timeout = settings.connect_timeout
        self.hangs = 0
        """Statements in a row that were neither answered nor cancelled."""
        self._refusals = 0
        self._not_before = float("-inf")
        self._options: dict[str, Any] = {
            "address": binding.host,
            "port": binding.port,
            "user": binding.user,
            "password": binding.password,
            "encrypt": True,
            "sslValidateCertificate": True,
            "connectTimeout": settings.connect_timeout * 1000,
            # The pool replaces what breaks; the driver would do it behind our back.
            "reconnect": False,
        }
        if binding.certificate:
            self._options["sslTrustStore"] = binding.certificate
        self._for_work: dict[str, Any] = {
            "communicationTimeout": (settings.statement_timeout + MARGIN) * 1000
        }
        if binding.schema:
            self._for_work["currentSchema"] = binding.schema

    def connect(self) -> Any:
        """A new hdbcli connection within `connect_timeout` seconds, or twice as many for a looker.

        Raises HanaError; from memory alone while HANA is not to be bothered.
        """
        away = self.away
        if away is not None and monotonic() < self._not_before:
            raise copy(away)
        attempt = partial(self._attempt, look=away is not None)
        # The driver has no bound for some of what it does: finding the address, setting the schema.
        found = within(self._timeout * (1 if away is None else 2), attempt, _close)
        if found is None or isinstance(found, dbapi.Error):
            raise self._failure(found)
        if self.away is not None:
            _log.warning("HANA is back")
            self.away = None
            self.hangs = self._refusals = 0
        return found

    def hung(self) -> None:
        """A statement was neither answered nor cancelled."""
        self.hangs += 1
        if self.hangs >= HANGS and self.away is None:
            _log.warning("HANA has left %d statements in a row without an answer: it hangs", self.hangs)
            self.away = HanaUnavailable(self._service)

    def _attempt(self, *, look: bool) -> Any:
        """A connection, or the driver's error."""
        try:
            if look:
                short = dbapi.connect(**self._options, communicationTimeout=self._timeout * 1000)
                try:
                    short.cursor().execute(PROOF)
                finally:
                    short.close()
            connection = dbapi.connect(**self._options, **self._for_work)
            connection.setclientinfo("APPLICATION", "tokonoma")
        except dbapi.Error as error:
            return error.with_traceback(None)
        return connection

    def _failure(self, error: Any) -> HanaError:
        """What to raise for an attempt that failed, or did not end (None); it is remembered, too."""
        meaning: HanaError = HanaUnavailable(self._service)
        cause, said = SILENT, f"no connection within {self._timeout} s"
        if error is not None:
            meaning, cause = meaning_of(error, self._service, connecting=True)
            said = f"error {error.errorcode}: {error.errortext}"
        if type(self.away) is not type(meaning):
            _log.warning("HANA: %s [%s]", said, cause)
        self.away = meaning
        # Logons are counted in HANA; a certificate that does not fit may be looked at as often as one likes.
        self._count_refusal(isinstance(meaning, HanaRefuses) and error.errorcode > 0)
        return copy(meaning)

    def _count_refusal(self, refused: bool) -> None:
        """Keep away for a while from a HANA that refuses logons."""
        self._refusals = self._refusals + 1 if refused else 0
        if self._refusals >= REFUSALS:
            self._not_before = monotonic() + PAUSE
        if self._refusals == REFUSALS:
            _log.warning("HANA: %d logons refused, the next one in %g s", REFUSALS, PAUSE)


def _close(found: Any) -> None:
    """Nobody waits for this connection any more."""
    if not isinstance(found, dbapi.Error):
        found.close()
