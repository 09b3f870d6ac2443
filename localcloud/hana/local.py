"""The handle: starts, stops and breaks a local HANA from Python."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localcloud.certificates import Authority
from localcloud.server_certificate import ServerCertificate

from .faults import Fault
from .releases import DEFAULT_LINE
from .wire.connection import Limits
from .wire.server import HOST

_PROJECT = Path(__file__).parents[2]
_STOP_SECONDS = 15.0


class LocalHana:
    """A local HANA in a process of its own, for as long as a `with` block, or from `start` to `stop`.

    A process of its own, because hdbcli keeps Python's lock while it waits for some answers: a server in the
    same process could not give them. It ends with this one, whatever happens.

    `port` 0 is any free one, chosen at the first start and the same after that. `data` is the file that
    keeps the data (nothing is kept without one); `seed` is a script, a folder of design-time files or an HDI
    module, for a database that is new; what of it is not read is told on stderr. Passwords are generated
    unless given. `logon_seconds` is what a client may take from its first byte to its logon. `version` 4 is
    HANA Cloud, 2 the platform. Safe for many threads.
    Raises OSError at the start where the port is taken, RuntimeError where the seed, the file or the version
    does not fit.
    """

    host = HOST

    def __init__(
        self,
        *,
        port: int = 0,
        authority: Authority | None = None,
        user: str = "TOKONOMA_RT",
        password: str | None = None,
        schema: str = "TOKONOMA",
        data: Path | None = None,
        seed: Path | None = None,
        logon_seconds: float = Limits.logon_seconds,
        version: int = DEFAULT_LINE,
    ) -> None:
        self.port = port
        self.user = user
        self.password = password or new_password()
        self.hdi_user = f"{schema}_DT"
        self.hdi_password = new_password()
        self.schema = schema
        self._authority = authority or Authority()
        self._data = data
        self._seed = seed
        self._logon_seconds = logon_seconds
        self._version = version
        self._database_id = str(uuid.uuid4())
        self._certificate = self._authority.issue()
        self._active: set[Fault] = set()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.RLock()

    def start(self) -> Self:
        """Start the process and wait until it listens."""
        with self._lock:
            if self._process is not None:
                return self
            path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(
                # -P: the current folder may hold modules that are called as Python's own.
                [sys.executable, "-P", "-m", "localcloud.hana.control"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
                # Ctrl-C in a terminal is for its owner, who then stops it.
                start_new_session=True,
            )
            try:
                self.port = self._ask(
                    user=self.user,
                    password=self.password,
                    owner=self.hdi_user,
                    owner_password=self.hdi_password,
                    schema=self.schema,
                    port=self.port,
                    data=str(self._data) if self._data else None,
                    seed=str(self._seed) if self._seed else None,
                    logon_seconds=self._logon_seconds,
                    version=self._version,
                    certificate=self._certificate.certificate,
                    key=self._certificate.key,
                )
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """End the process; open connections are cut and faults healed."""
        with self._lock:
            process, self._process = self._process, None
            self._active.clear()
            if process is None:
                return
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<LocalHana {self.host}:{self.port} schema {self.schema}>"

    @property
    def certificate(self) -> str:
        """The root to trust (PEM): hdbcli's `sslTrustStore`."""
        return self._authority.certificate

    @property
    def process_id(self) -> int:
        """The server's process."""
        if self._process is None:
            raise RuntimeError("the local HANA is not running")
        return self._process.pid

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return int(self._do("connections"))

    def binding(self) -> dict[str, str]:
        """The credentials of an hdi-shared binding, as VCAP_SERVICES carries them (the port is text)."""
        return {
            "host": self.host,
            "port": str(self.port),
            "user": self.user,
            "password": self.password,
            "hdi_user": self.hdi_user,
            "hdi_password": self.hdi_password,
            "schema": self.schema,
            "certificate": self.certificate,
            # CAP hands these two on to @sap/hana-client as they are.
            "encrypt": "true",
            "sslTrustStore": self.certificate,
            "driver": "com.sap.db.jdbc.Driver",
            "url": f"jdbc:sap://{self.host}:{self.port}?encrypt=true&validateCertificate=true"
            f"&currentschema={self.schema}",
            "database_id": self._database_id,
        }

    def fail(self, fault: Fault | str, *, seconds: float = 1.0) -> None:
        """Fail in this way until `heal`; `seconds` is for SLOW."""
        with self._lock:
            fault = Fault(fault)
            self._do("fail", fault=fault, delay=seconds)
            self._active.add(fault)
            self._present()

    def heal(self, fault: Fault | str | None = None) -> None:
        """Stop failing in one way, or in all."""
        with self._lock:
            for healed in list(self._active) if fault is None else [Fault(fault)]:
                self._do("heal", fault=healed)
                self._active.discard(healed)
            self._present()

    @contextmanager
    def failing(self, fault: Fault | str, *, seconds: float = 1.0) -> Iterator[None]:
        """`fail` on the way in, `heal` on the way out."""
        self.fail(fault, seconds=seconds)
        try:
            yield
        finally:
            self.heal(fault)

    def refuse(self) -> AbstractContextManager[object]:
        """Refuse new connections at once, until `accept` or the end of a `with` block."""
        self.fail(Fault.REFUSE)
        stack = ExitStack()
        stack.callback(self.accept)
        return stack

    def accept(self) -> None:
        """Accept new connections again."""
        self.heal(Fault.REFUSE)

    def drop_connections(self, *, idle: bool = True, busy: bool = True) -> int:
        """Cut connections, those that are idle and those that run a statement; returns how many."""
        return int(self._do("drop", idle=idle, busy=busy))

    def restart(self, *, keep_data: bool = True) -> None:
        """Cut every connection and come back on the same port, with or without the data."""
        self._do("restart", keep_data=keep_data)

    def _present(self) -> None:
        certificate = self._certificate
        if Fault.FOREIGN_CERTIFICATE in self._active:
            certificate = Authority("A stranger").issue()
        elif Fault.EXPIRED_CERTIFICATE in self._active:
            certificate = self._authority.issue(valid_for=timedelta(days=-1))
        self._do("present", **_pem(certificate))

    def _do(self, command: str, **given: object) -> Any:
        return self._ask(do=command, **given)

    def _ask(self, **question: object) -> Any:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                raise RuntimeError("the local HANA is not running")
            try:
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = ""
        if not line:
            raise RuntimeError("the local HANA has ended unexpectedly")
        answer = json.loads(line)
        if "errno" in answer:
            place = answer["file"] or f"port {self.port}"
            raise OSError(answer["errno"], f"local HANA, {place}: {answer['error']}")
        if "error" in answer:
            raise RuntimeError(f"local HANA: {answer['error']}")
        return answer["result"]


def _pem(certificate: ServerCertificate) -> dict[str, str]:
    return {"certificate": certificate.certificate, "key": certificate.key}


def new_password() -> str:
    """One that HANA's password policy lets pass: upper case, lower case and digits."""
    return f"Aa1{secrets.token_urlsafe(24)}"
