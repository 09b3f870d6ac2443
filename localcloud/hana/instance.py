"""One local HANA in this process: database, users, certificate, server and faults put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory
from typing import Protocol

from localcloud.server_certificate import ServerCertificate

from .data_lock import DataLock
from .faults import Fault, FaultState
from .model import Connection
from .releases import DEFAULT_LINE, RELEASES
from .trace import Trace
from .wire.connection import Limits
from .wire.scram import PasswordStore
from .wire.server import HOST, HanaServer


class Backend(Protocol):
    """What the wire side needs of the SQL side."""

    def connect(self, user: str, number: int) -> Connection:
        """The connection of one client, by the number that it was told; `user` has logged on."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class InstanceSettings:
    """The settings of one local HANA."""

    user: str
    """The runtime user: reads and writes the data of `schema`."""
    password: str = field(repr=False)
    owner: str
    """The design-time user: owns `schema`."""
    owner_password: str = field(repr=False)
    schema: str
    port: int = 0
    """0 is any free one."""
    listen: str = HOST
    """The address to listen on."""
    data: Path | None = None
    """The file that keeps the data; without one nothing is kept."""
    seed: Path | None = None
    """A script, a folder of design-time files or an HDI module, for a database that is new."""
    logon_seconds: float = Limits.logon_seconds
    """Seconds that a client may take from its first byte to its logon."""
    trace: Path | None = None
    """The file that every statement is written to, with its parameters."""
    version: int = DEFAULT_LINE
    """The line of HANA that it says it is: 4 is HANA Cloud, 2 the platform."""


class Instance:
    """Starts, stops and breaks a HANA that runs in this process.

    hdbcli keeps Python's lock while it waits for some answers (LOBs, the end of a prepared statement), so a
    client of that kind has to live in another process than this.
    """

    def __init__(
        self,
        settings: InstanceSettings,
        certificate: ServerCertificate,
        open_database: Callable[[InstanceSettings], Backend],
    ) -> None:
        if settings.user.upper() == settings.owner.upper():
            raise ValueError(
                f"the user and the owner are two users, and both are called {settings.owner.upper()}"
            )
        if settings.version not in RELEASES:
            raise ValueError(f"the version is one of {', '.join(map(str, RELEASES))}, not {settings.version}")
        self._settings = settings
        self._open_database = open_database
        self._trace = Trace(settings.trace) if settings.trace is not None else None
        self._faults = FaultState()
        users = PasswordStore()
        users.set(settings.user, settings.password)
        users.set(settings.owner, settings.owner_password)
        data = settings.data
        # Where there is no folder, opening the database says so.
        self._lock = DataLock(data) if data is not None and data.parent.is_dir() else None
        try:
            self._database = open_database(settings)
        except BaseException:
            self._free()
            raise
        limits = Limits(logon_seconds=settings.logon_seconds)
        self._server = HanaServer(
            self._connect,
            users,
            _context(certificate),
            self._faults,
            limits,
            host=settings.listen,
            release=RELEASES[settings.version],
        )

    def start(self) -> int:
        """Listen, and return the port; OSError if it is taken."""
        self._server.start(self._server.port or self._settings.port)
        return self._server.port

    def stop(self) -> None:
        """Close everything; what is not kept in a file is gone."""
        self._faults.active.clear()
        self._server.stop()
        self._database.close()
        self._free()
        if self._trace is not None:
            self._trace.close()

    def restart(self, *, keep_data: bool) -> None:
        """Cut every connection and come back on the same port."""
        self._server.stop()
        if not keep_data:
            self._database.close()
            if (data := self._settings.data) is not None:
                remove(data)
            self._database = self._open_database(self._settings)
        self._server.start(self._server.port)

    def present(self, certificate: ServerCertificate) -> None:
        """Show another certificate to new connections."""
        self._server.context = _context(certificate)

    def fail(self, fault: Fault, delay: float = 0.0) -> None:
        """Switch a fault on. For a certificate fault the owner of the authority also calls `present`."""
        if fault is Fault.REFUSE:
            self._server.refuse()
        self._faults.delay = delay if fault is Fault.SLOW else self._faults.delay
        self._faults.active.add(fault)

    def heal(self, fault: Fault) -> None:
        """Switch a fault off."""
        self._faults.active.discard(fault)
        if fault is Fault.REFUSE:
            self._server.accept()

    def drop_connections(self, *, idle: bool, busy: bool) -> int:
        """Cut connections, those that wait for a request and those that are in one; returns how many."""
        return self._server.drop_connections(idle=idle, busy=busy)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._server.connections

    def _free(self) -> None:
        if self._lock is not None:
            self._lock.free()

    def _connect(self, user: str, number: int) -> Connection:
        connection = self._database.connect(user, number)
        return connection if self._trace is None else self._trace.of(connection, user)


def remove(data: Path) -> None:
    """Remove the file of a database that is closed, and what sqlite keeps beside it."""
    for end in "", "-wal", "-shm":
        Path(f"{data}{end}").unlink(missing_ok=True)


def _context(certificate: ServerCertificate) -> SSLContext:
    with TemporaryDirectory(prefix="local-hana-") as folder:
        context = certificate.ssl_context(Path(folder))
    # Drivers do not resume TLS sessions, so tickets would only cost time.
    context.num_tickets = 0
    return context
