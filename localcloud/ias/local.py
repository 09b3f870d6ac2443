"""The handle: starts, stops, asks and breaks a local IAS from Python."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from joserfc.jwk import Key

from localcloud.certificates import Authority
from localcloud.http_faults import FaultInjector, HttpFault
from localcloud.listener import HOST, Listener

from .app import create_app
from .signing_in import AUTHORIZE, LOGOUT
from .tenant import Tenant


class LocalIas:
    """A tenant of IAS on loopback, over TLS with a certificate of `authority`.

    It publishes keys, mints tokens, and signs people in for the registered `redirect_uris`.
    The port is chosen at the first start. Raises OSError at the start where it is taken.
    """

    def __init__(
        self, *, authority: Authority | None = None, port: int = 0, redirect_uris: Sequence[str] = ()
    ) -> None:
        self.tenant = Tenant(redirect_uris)
        self._authority = authority or Authority()
        self._faults = FaultInjector(create_app(self.tenant))
        with TemporaryDirectory() as folder:
            context: ssl.SSLContext = self._authority.issue().ssl_context(Path(folder))
        self._listener = Listener(self._faults, port, context)

    def start(self) -> Self:
        self._listener.reserve()
        self.tenant.url = f"https://{HOST}:{self._listener.port}"
        self._listener.start()
        return self

    def stop(self) -> None:
        """Close the port and end every request; faults are healed."""
        self._faults.heal()
        self._listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<LocalIas {self.tenant.url}>"

    def binding(self) -> dict[str, Any]:
        """The credentials of a binding with a secret.

        The library wants one name before a domain: that of an address is its first number.
        """
        _, _, rest = f"{HOST}:{self._listener.port}".partition(".")
        return {
            "clientid": self.tenant.clientid,
            "clientsecret": self.tenant.clientsecret,
            "url": self.tenant.url,
            "domain": rest,
            "domains": [rest, f"{HOST}:{self._listener.port}"],
            "app_tid": self.tenant.app_tid,
            "authorization_endpoint": f"{self.tenant.url}{AUTHORIZE}",
            "end_session_endpoint": f"{self.tenant.url}{LOGOUT}",
            "credential-type": "SECRET",
        }

    @property
    def requests(self) -> Counter[str]:
        """How often each path was asked for."""
        return self._faults.requests

    def token(self, person: str = "alice") -> str:
        """A genuine access token for somebody."""
        return self.mint(person)

    def mint(
        self,
        person: str = "alice",
        /,
        changes: Mapping[str, Any] | None = None,
        *,
        without: tuple[str, ...] = (),
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
    ) -> str:
        """A token with claims changed or left out, and any header or key."""
        claims = {**self.tenant.claims(person), **(changes or {})}
        kept = {name: value for name, value in claims.items() if name not in without}
        return self.tenant.mint(kept, header=header, key=key)

    @contextmanager
    def failing(
        self, path: str, fault: HttpFault, *, status: int = 503, seconds: float = 1.0
    ) -> Iterator[None]:
        """Fail at a path for as long as the block; REFUSE takes the whole port."""
        if fault is HttpFault.REFUSE:
            self._listener.refuse()
        else:
            self._faults.prepare(path, fault, status, seconds)
        try:
            yield
        finally:
            self._faults.heal()
            self._listener.resume()
