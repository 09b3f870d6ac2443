"""The handle: starts, stops, asks and breaks a local IAS from Python."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from joserfc.jwk import Key

from localcloud.certificates import Authority
from localcloud.http_faults import FaultInjector, HttpFault
from localcloud.listener import HOST, Listener
from localcloud.server_certificate import ServerCertificate
from localcloud.xsuaa.local import LocalXsuaa
from localcloud.xsuaa.users import User

from .app import create_app
from .client import thumbprint_of
from .pages import AUTHORIZE, LOGOUT
from .tenant import Tenant

_PAGES = (AUTHORIZE, LOGOUT)
_CLIENT_OF_XSUAA = "local-xsuaa-in-ias"
"""By what name XSUAA is an application of IAS."""


class LocalIas:
    """A tenant of IAS on loopback: keys, tokens and people who sign in.

    It listens twice: https with a certificate of `authority` for programs, who may show one of their own,
    and http for browsers. `redirect_uris` are the registered addresses.
    Ports that were 0 are chosen at the first start. Raises OSError at the start where one is taken.
    """

    def __init__(
        self,
        *,
        authority: Authority | None = None,
        port: int = 0,
        pages_port: int = 0,
        redirect_uris: Sequence[str] = (),
        people: Mapping[str, User] | None = None,
        app_tid: str | None = None,
    ) -> None:
        self.tenant = Tenant(redirect_uris, people, app_tid)
        self._authority = authority or Authority()
        self._faults = FaultInjector(create_app(self.tenant))
        self._tls = Listener(self._faults, port, self._context(self._authority.issue()))
        self._pages = Listener(self._faults, pages_port)

    def start(self) -> Self:
        self._tls.reserve()
        try:
            self._pages.reserve()
        except OSError:
            self._tls.stop()
            raise
        self.tenant.url = f"https://{HOST}:{self._tls.port}"
        self.tenant.pages_url = f"http://{HOST}:{self._pages.port}"
        self._tls.start()
        self._pages.start()
        return self

    def stop(self) -> None:
        """Close the ports and end every request; faults are healed."""
        self._faults.heal()
        self._tls.stop()
        self._pages.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<LocalIas {self.tenant.url}>"

    def binding(
        self, credential_type: str = "SECRET", *, valid_for: timedelta = timedelta(days=30)
    ) -> dict[str, Any]:
        """The credentials of a binding, with a secret or (X509_GENERATED) with a certificate of its own.

        The library wants one name before a domain: that of an address is its first number.
        Raises ValueError for another type.
        """
        if credential_type not in ("SECRET", "X509_GENERATED"):
            raise ValueError(f"the local IAS has no credentials of type {credential_type}")
        _, _, rest = f"{HOST}:{self._tls.port}".partition(".")
        by = {"clientsecret": self.tenant.clientsecret}
        return {
            "clientid": self.tenant.clientid,
            **(by if credential_type == "SECRET" else self.certificate(valid_for)),
            "url": self.tenant.url,
            "domain": rest,
            "domains": [rest, f"{HOST}:{self._tls.port}"],
            "app_tid": self.tenant.app_tid,
            "authorization_endpoint": f"{self.tenant.pages_url}{AUTHORIZE}",
            "end_session_endpoint": f"{self.tenant.pages_url}{LOGOUT}",
            "credential-type": credential_type,
        }

    def certificate(self, valid_for: timedelta = timedelta(days=30)) -> dict[str, str]:
        """The part of a binding by which the client signs in with a new certificate."""
        issued = self._authority.issue_client(self.tenant.clientid, valid_for)
        self.tenant.certificates.add(thumbprint_of(ssl.PEM_cert_to_DER_cert(issued.certificate)))
        end = datetime.now(UTC) + valid_for
        return {
            "certificate": issued.certificate,
            "key": issued.key,
            "certificate_expires_at": end.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }

    def exchange_with(self, xsuaa: LocalXsuaa) -> None:
        """Have `xsuaa` take our tokens in exchange for its own: cross consumption in IAS."""
        self.tenant.consumers = (_CLIENT_OF_XSUAA,)
        xsuaa.trust(lambda assertion: self.tenant.person_of(assertion, _CLIENT_OF_XSUAA))

    def present(self, certificate: ServerCertificate) -> None:
        """Show another certificate to whoever connects by TLS from now on."""
        self._tls.context = self._context(certificate)

    def _context(self, certificate: ServerCertificate) -> ssl.SSLContext:
        # The key is on the disk for as long as `ssl` needs to read it.
        with TemporaryDirectory() as folder:
            context = certificate.ssl_context(Path(folder))
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self._authority.certificate)
        return context

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
        listener = self._pages if path in _PAGES else self._tls
        if fault is HttpFault.REFUSE:
            listener.refuse()
        else:
            self._faults.prepare(path, fault, status, seconds)
        try:
            yield
        finally:
            self._faults.heal()
            listener.resume()
