"""Opens connections to the bound schema, and remembers an outage.

During an outage the next caller who connects sends a short statement on a connection of its own first, which
proves that HANA is back before anybody relies on it. All other callers get the remembered error at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from hdbcli import dbapi

from tokonoma.bindings import HanaBinding
from tokonoma.deadline import call_with_deadline
from tokonoma.errors import HanaError, HanaRefuses, HanaUnavailable
from tokonoma.hana.error_mapping import NO_ANSWER, map_error
from tokonoma.settings import Settings

_log = logging.getLogger(__name__)

CHECK_SQL = "SELECT 1 FROM DUMMY"
"""The statement that shows that HANA answers."""
CANCEL_MARGIN = 2
"""Seconds that HANA has to cancel a statement itself before the driver gives the connection up."""
MAX_HANGS = 2
"""Statements in a row without an answer or a cancellation after which HANA counts as away."""
MAX_REFUSALS = 2
"""Refused logons in a row after which the next one waits for `REFUSAL_PAUSE`."""
REFUSAL_PAUSE = 60.0
"""Seconds; HANA locks a user after six wrong passwords, and every process of the service counts."""


class Connector:
    """Opens connections; several callers may connect at once."""

    def __init__(
        self,
        binding: HanaBinding,
        settings: Settings,
        renewal: Callable[[], HanaBinding | None] = lambda: None,
    ) -> None:
        """Connects with what `binding` says, until `renewal` gives another one."""
        self.service = binding.name
        """The name of the bound service, for messages."""
        self.outage: type[HanaError] | None = None
        """What to raise while HANA is away; a class, because an error raised twice mixes two tracebacks."""
        self.hangs = 0
        """Statements in a row that were neither answered nor cancelled."""
        self._timeout = settings.connect_timeout
        self._refusals = 0
        self._not_before = float("-inf")
        self._renewal = renewal
        self._connect_timeout = settings.connect_timeout * 1000
        self._options = self._options_of(binding)
        self._for_work: dict[str, Any] = {
            "communicationTimeout": (settings.statement_timeout + CANCEL_MARGIN) * 1000
        }
        if binding.schema:
            self._for_work["currentSchema"] = binding.schema

    def _options_of(self, binding: HanaBinding) -> dict[str, Any]:
        """What the driver is told in every connect."""
        options: dict[str, Any] = {
            "address": binding.host,
            "port": binding.port,
            "user": binding.user,
            "password": binding.password,
            "encrypt": True,
            "sslValidateCertificate": True,
            "connectTimeout": self._connect_timeout,
            # The pool replaces connections that break; the driver would do it unseen.
            "reconnect": False,
        }
        if binding.certificate:
            options["sslTrustStore"] = binding.certificate
            # Otherwise the driver trusts every root of the system as well.
            options["sslUseDefaultTrustStore"] = False
        return options

    def connect(self) -> Any:
        """A new hdbcli connection, within `connect_timeout` seconds; within twice as many during an outage.

        Raises HanaError; at once, without asking HANA, in the pause after refused logons.
        """
        if renewed := self._renewal():
            # Other credentials: what was refused says nothing about them.
            self._options, self._refusals, self._not_before = self._options_of(renewed), 0, float("-inf")
        outage = self.outage
        if outage is not None and monotonic() < self._not_before:
            raise outage(self.service)
        seconds = self._timeout * (1 if outage is None else 2)
        # The driver has no bound for some of what it does: finding the address, setting the schema.
        open_one = partial(self._open, check=outage is not None)
        try:
            connection = call_with_deadline(seconds, open_one, lambda late: late.close())
        except dbapi.Error as error:
            raise self._failure(error) from None
        if connection is None:
            raise self._failure(None)
        if self.outage is not None:
            _log.warning("HANA is back")
            self.outage = None
            self.hangs = self._refusals = 0
        return connection

    def open_once(self) -> Any:
        """A new hdbcli connection by one logon; a failure is not remembered. Raises dbapi.Error."""
        return self._open(check=False)

    def count_hang(self) -> None:
        """Count a statement that was neither answered nor cancelled."""
        self.hangs += 1
        if self.hangs >= MAX_HANGS and self.outage is None:
            _log.warning("HANA has left %d statements in a row without an answer: it hangs", self.hangs)
            self.outage = HanaUnavailable

    def _open(self, *, check: bool) -> Any:
        if check:
            short = dbapi.connect(**self._options, communicationTimeout=self._timeout * 1000)
            try:
                short.cursor().execute(CHECK_SQL)
            finally:
                short.close()
        connection = dbapi.connect(**self._options, **self._for_work)
        connection.setclientinfo("APPLICATION", "tokonoma")
        return connection

    def _failure(self, error: Any) -> HanaError:
        """What to raise for a connect that failed, or did not end in time (None); remembers the outage."""
        kind: type[HanaError] = HanaUnavailable
        cause, said = NO_ANSWER, f"no connection within {self._timeout} s"
        if error is not None:
            kind, cause = map_error(error, connecting=True)
            said = f"error {error.errorcode}: {error.errortext}"
        if self.outage is not kind:
            _log.warning("HANA: %s [%s]", said, cause)
        self.outage = kind
        # HANA counts logons; a certificate that does not fit may be tried as often as one likes.
        self._count_refusal(kind is HanaRefuses and error.errorcode > 0)
        return kind(self.service)

    def _count_refusal(self, refused: bool) -> None:
        self._refusals = self._refusals + 1 if refused else 0
        if self._refusals >= MAX_REFUSALS:
            self._not_before = monotonic() + REFUSAL_PAUSE
        if self._refusals == MAX_REFUSALS:
            _log.warning("HANA: %d logons refused, the next one in %g s", MAX_REFUSALS, REFUSAL_PAUSE)
