"""The handle: starts, stops, asks and breaks a local Cumulocity from Python."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from localcloud.http_faults import FaultInjector, HttpFault
from localcloud.listener import Listener
from localcloud.ports import LOOPBACK

from .app import QUESTIONS, create_app
from .tenants import Tenants, TenantSession, TenantUser

Headers = dict[str, str]


class LocalCumulocity:
    """The platform around one microservice, on a loopback port. Passwords are new with every construction.

    Users of the tenants t100 and t200 reach it by the gateway; t900 exists, and is not subscribed.
    """

    def __init__(self, context_path: str = "tokonoma") -> None:
        self.tenants = Tenants(context_path)
        self._context_path = context_path
        self._microservice = ""
        self._faults = FaultInjector(create_app(self.tenants, context_path, lambda: self._microservice))
        self._listener = Listener(self._faults)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._faults.heal()
        self._listener.stop()

    @property
    def url(self) -> str:
        """The platform, `http://127.0.0.1:<port>`; it is C8Y_BASEURL as well."""
        return f"http://{LOOPBACK}:{self._listener.port}"

    @property
    def service(self) -> str:
        """The address of the microservice at the gateway, without a slash at the end."""
        return f"{self.url}/service/{self._context_path}"

    def serve(self, port: int) -> None:
        """Have the gateway send requests to a microservice on this loopback port."""
        self._microservice = f"http://{LOOPBACK}:{port}"

    def environment(self, isolation: str = "MULTI_TENANT", tenant: str = "") -> dict[str, str]:
        """What the platform sets for a microservice; `tenant` is for PER_TENANT only."""
        bootstrap, service = self.tenants.bootstrap, self.tenants.service_user(tenant)
        own = {
            "C8Y_TENANT": tenant,
            "C8Y_USER": f"service_{self._context_path}",
            "C8Y_PASSWORD": service.password if service else secrets.token_urlsafe(16),
        }
        return {
            "APPLICATION_NAME": self._context_path,
            "APPLICATION_KEY": f"{self._context_path}-key",
            "C8Y_BASEURL": self.url,
            "C8Y_BASEURL_MQTT": f"tcp://{LOOPBACK}:1881",
            "C8Y_BOOTSTRAP_REGISTER": "false",
            "C8Y_BOOTSTRAP_TENANT": bootstrap.tenant,
            "C8Y_BOOTSTRAP_USER": bootstrap.name,
            "C8Y_BOOTSTRAP_PASSWORD": bootstrap.password,
            "C8Y_MICROSERVICE_ISOLATION": isolation,
            "MEMORY_LIMIT": "256M",
            "MICROSERVICE_SUBSCRIPTION_ENABLED": "true",
            "SERVER_PORT": "80",
            "TZ": "Etc/UTC",
            **(own if tenant else {}),
        }

    def user(self, tenant: str, name: str) -> TenantUser:
        return self.tenants.users[tenant, name]

    def basic(self, tenant: str, name: str, password: str | None = None) -> Headers:
        """The Basic header of a user, with `password` in the place of the right one if given."""
        password = self.user(tenant, name).password if password is None else password
        return {"Authorization": "Basic " + b64encode(f"{tenant}/{name}:{password}".encode()).decode()}

    def sign_in(self, tenant: str, name: str, lifetime: float = 600) -> TenantSession:
        """A session, whose token goes as Bearer, or as the cookie `authorization` with its `xsrf`."""
        return self.tenants.sign_in(self.user(tenant, name), lifetime)

    @property
    def requests(self) -> Counter[str]:
        """How often each path was asked for; `clear()` it to begin anew."""
        return self._faults.requests

    @contextmanager
    def failing(
        self, endpoint: str, fault: HttpFault | str, *, status: int = 500, seconds: float = 1.0
    ) -> Iterator[None]:
        """Make one of the platform's QUESTIONS fail; REFUSE closes the whole port."""
        if endpoint not in QUESTIONS:
            raise ValueError(f"{endpoint} is none of this platform's questions")
        self._faults.prepare(endpoint, HttpFault(fault), status, seconds)
        if fault == HttpFault.REFUSE:
            self._listener.refuse()
        try:
            yield
        finally:
            self._faults.heal(endpoint)
            self._listener.resume()
