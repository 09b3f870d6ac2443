"""The bound schema: way, certificate, one logon, whom HANA takes us for, tables, policy, privileges."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tokonoma.bindings import HanaBinding
from tokonoma.data import catalogue, probe
from tokonoma.data.catalogue import Ask
from tokonoma.data.policy import file as policy_file
from tokonoma.data.policy.access import Applied, apply
from tokonoma.deadline import call_with_deadline
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.place import AppPlace
from tokonoma.errors import HanaError, PolicyError
from tokonoma.hana.one_logon import LogonRefused, OneLogon

CONNECT = 3.0
"""Seconds for each step of the way to HANA."""
CLOSING = 0.5
"""Seconds that the connection may take to close."""
MOST_OBJECTS = 200
"""Objects of the policy whose privileges are tried."""

# By HANA's code, or the driver's runtime error.
_LOGON = {
    10: "hana.password",
    416: "hana.locked",
    **dict.fromkeys((331, 332, 414, 415), "hana.user"),
    89001: "hana.host",
    89006: "hana.stopped",
    **dict.fromkeys((89008, 89013), "hana.closed"),
    **dict.fromkeys((300010, 300015), "hana.certificate"),
}


def logon_failure(error: LogonRefused) -> Seen:
    """What a refused logon means."""
    return Seen(f"refused: {error}", _LOGON.get(error.code, "hana.error"))


@dataclass
class Database:
    """What is known of the schema; the checks fill it in. There is one logon, whatever happens."""

    place: AppPlace
    connect: bool
    policy: policy_file.Policy = field(default_factory=lambda: policy_file.NOTHING)
    applied: Applied | None = None
    _connection: OneLogon | None = None

    def checks(self) -> list[Check]:
        found = [Check("policy", self._policy, needs=("settings",))]
        if self.connect:
            found += [
                Check(
                    "hana.way", self._if_bound(self._way), needs=("bindings.hana",), when_late="hana.silent"
                ),
                Check(
                    "hana.certificate",
                    self._if_bound(self._certificate),
                    needs=("hana.way",),
                    when_late="hana.silent",
                ),
                Check(
                    "hana.logon",
                    self._if_bound(self._logon),
                    needs=("hana.certificate",),
                    when_late="hana.silent",
                ),
                Check("hana.session", self._if_bound(self._session), needs=("hana.logon",)),
                Check("hana.tables", self._if_bound(self._tables), needs=("hana.session",)),
                Check("policy.fits", self._if_bound(self._fits), needs=("policy", "hana.tables")),
                Check("hana.privileges", self._if_bound(self._privileges), needs=("hana.tables",)),
            ]
        return found

    def _if_bound(self, look: Callable[[], Iterator[Seen]]) -> Callable[[], Iterator[Seen]]:
        """A look that sees nothing where a platform binds no HANA, and that is no failure."""
        return lambda: iter(()) if self.place.hana is None else look()

    def close(self) -> None:
        if self._connection is not None:
            # The driver waits for HANA's answer.
            call_with_deadline(CLOSING, self._connection.close, late=lambda _: None)

    @property
    def _binding(self) -> HanaBinding:
        assert self.place.hana is not None
        return self.place.hana

    def _policy(self) -> Iterator[Seen]:
        path = Path(self.place.settings.policy)
        if not path.exists():
            yield Seen(f"there is no file {path}", "policy.missing")
            return
        try:
            self.policy = policy_file.read(path)
        except PolicyError as error:
            for fault in error.faults:
                yield Seen(fault, "policy.wrong")
            return
        yield Seen(f"{path}, with {len(self.policy.rules)} objects")

    def _way(self) -> Iterator[Seen]:
        host, port = self._binding.host, self._binding.port
        try:
            with socket.create_connection((host, port), CONNECT):
                yield Seen(f"{host}:{port} can be reached")
        except (socket.gaierror, UnicodeError):
            yield Seen(f"{host} has no address", "hana.host")
        except TimeoutError:
            yield Seen(f"{host}:{port} does not answer within {CONNECT:.0f} s", "hana.silent")
        except OSError:
            yield Seen(f"nobody listens on {host}:{port}", "hana.stopped")

    def _certificate(self) -> Iterator[Seen]:
        host, port, roots = self._binding.host, self._binding.port, self._binding.certificate
        try:
            context = ssl.create_default_context(cadata=roots or None)
            with (
                socket.create_connection((host, port), CONNECT) as plain,
                context.wrap_socket(plain, server_hostname=host) as encrypted,
            ):
                shown = encrypted.getpeercert() or {}
                yield Seen(f"trusted, until {shown.get('notAfter', 'an unknown day')}")
        except ssl.SSLCertVerificationError as error:
            yield Seen(f"HANA's certificate is not trusted: {error.verify_message}", "hana.certificate")
        except TimeoutError:
            yield Seen(f"{host}:{port} takes connections and is silent", "hana.silent")
        except (ssl.SSLError, OSError) as error:
            if isinstance(error, ssl.SSLError) and "PEM" in str(error):
                yield Seen("the binding's certificate is not PEM", "hana.certificate")
            else:
                yield Seen(f"{host}:{port} closes the connection before TLS", "hana.closed")

    def _logon(self) -> Iterator[Seen]:
        try:
            self._connection = OneLogon(self._binding, self.place.settings)
        except LogonRefused as error:
            yield logon_failure(error)
            return
        yield Seen("one logon, and it was taken")

    @property
    def _ask(self) -> Ask:
        assert self._connection is not None
        return self._connection.ask

    def _session(self) -> Iterator[Seen]:
        try:
            user, schema = probe.session(self._ask)
        except HanaError as error:
            yield Seen(str(error), "hana.error")
            return
        if user.endswith("_DT"):
            yield Seen(f"HANA knows us as {user}", "hana.design_time")
        if self._binding.schema not in ("", schema):
            yield Seen(f"names are looked up in {schema}, not in {self._binding.schema}", "hana.schema")
        else:
            yield Seen(f"user {user}, schema {schema}")

    def _tables(self) -> Iterator[Seen]:
        try:
            found = catalogue.read(self._ask, self._binding.schema, self.policy.names)
            self.applied = apply(self.policy, found, self._ask)
        except HanaError as error:
            yield Seen(str(error), "hana.error")
            return
        if not found.tables and not found.left_out:
            yield Seen(f"the schema {found.schema} is empty", "hana.empty")
            return
        left_out = f", {len(found.left_out)} more cannot be shown" if found.left_out else ""
        yield Seen(f"{len(found.tables)} tables and views{left_out}")

    def _fits(self) -> Iterator[Seen]:
        assert self.applied is not None
        for finding in self.applied.findings:
            yield Seen(str(finding), "policy.unfit" if finding.is_fault else "policy.ahead")
        if not self.applied.findings:
            yield Seen(f"{len(self.applied.shown)} objects are shown to somebody")

    def _privileges(self) -> Iterator[Seen]:
        assert self.applied is not None
        tables = [entries[0].table for entries in self.applied.shown.values() if entries]
        some = list(islice(tables, MOST_OBJECTS))
        try:
            refused = probe.forbidden(self._ask, some)
        except HanaError as error:
            yield Seen(str(error), "hana.error")
            return
        for name in refused:
            yield Seen(f"{name} may not be read, or is broken", "hana.forbidden")
        if some and not refused:
            yield Seen(f"{len(some)} objects of the policy may be read")
