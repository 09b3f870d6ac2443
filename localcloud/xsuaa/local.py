"""The handle: starts, stops, asks and breaks a local XSUAA from Python."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from joserfc.jwk import Key

from localcloud.certificates import Authority
from localcloud.http_faults import FaultInjector, HttpFault
from localcloud.listener import HOST, Listener
from localcloud.server_certificate import ServerCertificate

from . import tokens
from .app import create_app
from .descriptor import read_descriptor
from .endpoints import TOKEN, TOKEN_KEYS
from .grants import AuthorizationCodeGrant, ClientCredentialsGrant
from .store import Session
from .users import User
from .zone import Zone


class LocalXsuaa:
    """A local XSUAA for the application that `descriptor` (xs-security.json, or what it says) describes.

    It listens twice on loopback: http for people and the approuter (`url`), and https with a certificate of
    `authority` for the keys (`uaadomain`). Keys, client secret and zone ids are new with every construction;
    ports that were 0 are chosen at the first start and stay the same after that.
    `redirect_uris` are patterns that are allowed beside the descriptor's own, `http://localhost:5000/**` say.
    Raises DescriptorError, and OSError at the start where a port is taken.
    """

    def __init__(
        self,
        descriptor: Path | Mapping[str, Any],
        *,
        authority: Authority | None = None,
        redirect_uris: Sequence[str] = (),
        http_port: int = 0,
        tls_port: int = 0,
        token_lifetime: int | None = None,
    ) -> None:
        self._zone = Zone(read_descriptor(descriptor), redirect_uris)
        if token_lifetime is not None:
            self._zone.token_lifetime = token_lifetime
        self._authority = authority or Authority()
        self._faults = FaultInjector(create_app(self._zone))
        self._http = Listener(self._faults, http_port)
        self._tls = Listener(self._faults, tls_port, _context(self._authority.issue()))

    def start(self) -> Self:
        self._http.reserve()
        try:
            self._tls.reserve()
        except OSError:
            self._http.stop()
            raise
        self._zone.url = f"http://{HOST}:{self._http.port}"
        self._zone.uaadomain = f"localhost:{self._tls.port}"
        self._http.start()
        self._tls.start()
        return self

    def stop(self) -> None:
        """Close the ports and end every request, the hanging ones too; faults are healed."""
        self._faults.heal()
        self._http.stop()
        self._tls.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address for people and the approuter, `http://127.0.0.1:<port>`."""
        return self._zone.url

    @property
    def uaadomain(self) -> str:
        """The host from which the library fetches keys, `localhost:<port>`."""
        return self._zone.uaadomain

    @property
    def certificate(self) -> str:
        """The root to trust (PEM): write it to a file and name that in SSL_CERT_FILE."""
        return self._authority.certificate

    @property
    def users(self) -> Mapping[str, User]:
        """The users who can sign in, by name; the password is the name."""
        return self._zone.users

    @property
    def token_lifetime(self) -> int:
        """Seconds that the next tokens will live; the descriptor's `token-validity` at first."""
        return self._zone.token_lifetime

    @token_lifetime.setter
    def token_lifetime(self, seconds: int) -> None:
        self._zone.token_lifetime = seconds

    def binding(self) -> dict[str, Any]:
        """The credentials of a service binding, as VCAP_SERVICES carries them."""
        zone = self._zone
        return {
            "tenantmode": zone.descriptor.tenant_mode,
            "clientid": zone.client.client_id,
            "clientsecret": zone.client.secret,
            "credential-type": "binding-secret",
            "xsappname": zone.descriptor.xsappname,
            "url": zone.url,
            "uaadomain": zone.uaadomain,
            "apiurl": zone.url,
            "sburl": f"{zone.url}/sb",
            "identityzone": zone.subdomain,
            "identityzoneid": zone.zone_id,
            "tenantid": zone.zone_id,
            "zoneid": zone.zone_id,
            "subaccountid": zone.subaccount_id,
            "verificationkey": zone.keys.verification_key,
        }

    def token(
        self,
        user: str | None = "alice",
        *,
        scopes: Sequence[str] | None = None,
        lifetime: int | None = None,
        **claims: Any,
    ) -> str:
        """A bearer token of `user`, or of the application itself for None, like one of the token endpoint.

        `scopes` replaces the person's own, granted or not (`$XSAPPNAME.` stands for the application's name);
        `lifetime` is seconds, negative for a token that has expired; `claims` replaces claims, None
        removes one. Raises ValueError for a user who does not exist.
        """
        return self._zone.sign(tokens.overlay(self._claims(user, scopes, lifetime), claims))

    def mint(
        self,
        claims: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
        *,
        payload: bytes | None = None,
    ) -> str:
        """Any token whatsoever: alice's, with claims and header changed (None removes one), signed by `key`.

        The header's `alg` chooses the algorithm; `none` or an unknown one leaves the signature empty.
        `payload` takes the place of the claims as it is.
        """
        if payload is None:
            payload = tokens.to_json(tokens.overlay(self._claims("alice"), claims))
        changed = tokens.overlay(tokens.header(self._zone), header)
        return tokens.sign(changed, payload, key or self._zone.keys.current)

    def trust(self, person_of: Callable[[str], str | None]) -> None:
        """Take the assertions of an IAS; `person_of` says of whom one speaks, None for a bad one."""
        self._zone.trusted = person_of

    def rotate_key(self) -> str:
        """Sign with a new key from now on and return its kid; the old one stays published."""
        return str(self._zone.keys.rotate().kid)

    def retire_old_keys(self) -> None:
        """Publish the signing key only."""
        self._zone.keys.retire_old()

    def renew_secret(self) -> None:
        """Give the client another secret: whoever was bound before is refused as `invalid_client`."""
        self._zone.client.renew_secret()

    def present(self, certificate: ServerCertificate) -> None:
        """Show another certificate to whoever connects to `uaadomain` from now on."""
        self._tls.context = _context(certificate)

    @property
    def requests(self) -> Counter[str]:
        """How often each path was asked for; `clear()` it to begin anew."""
        return self._faults.requests

    def fail(self, endpoint: str, fault: HttpFault | str, *, status: int = 500, seconds: float = 1.0) -> None:
        """Make `endpoint` (`/token_keys`, `/oauth/token` or any path) fail until `heal`.

        `status` is for STATUS, `seconds` for SLOW. REFUSE closes the whole port of the endpoint.
        """
        self.heal(endpoint)
        self._faults.prepare(endpoint, HttpFault(fault), status, seconds)
        if fault == HttpFault.REFUSE:
            self._listener(endpoint).refuse()

    def heal(self, endpoint: str | None = None) -> None:
        """Let `endpoint`, or everything, work again."""
        self._faults.heal(endpoint)
        for path in [endpoint] if endpoint else [TOKEN, TOKEN_KEYS]:
            self._listener(path).resume()

    @contextmanager
    def failing(
        self, endpoint: str, fault: HttpFault | str, *, status: int = 500, seconds: float = 1.0
    ) -> Iterator[None]:
        """`fail` on the way in, `heal` on the way out."""
        self.fail(endpoint, fault, status=status, seconds=seconds)
        try:
            yield
        finally:
            self.heal(endpoint)

    def _listener(self, endpoint: str) -> Listener:
        return self._tls if endpoint == TOKEN_KEYS else self._http

    def _claims(
        self, user: str | None, scopes: Sequence[str] | None = None, lifetime: int | None = None
    ) -> dict[str, Any]:
        zone = self._zone
        if user is not None and user not in zone.users:
            raise ValueError(f"there is no user {user!r}; there are {', '.join(zone.users)}")
        person = zone.users[user] if user is not None else None
        held = person.scopes if person else zone.application_scopes
        if scopes is not None:
            held = tuple(scope.replace("$XSAPPNAME.", f"{zone.descriptor.xsappname}.", 1) for scope in scopes)
        return tokens.access_claims(
            zone,
            Session(person, int(time.time())) if person else None,
            held,
            AuthorizationCodeGrant.GRANT_TYPE if person else ClientCredentialsGrant.GRANT_TYPE,
            zone.token_lifetime if lifetime is None else lifetime,
        )


def _context(certificate: ServerCertificate) -> ssl.SSLContext:
    # The key is on the disk for as long as `ssl` needs to read it.
    with TemporaryDirectory() as folder:
        return certificate.ssl_context(Path(folder))
