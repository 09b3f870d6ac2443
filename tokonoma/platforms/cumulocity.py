"""Cumulocity: the platform itself says who is asking, and its roles become scopes."""

from __future__ import annotations

from collections.abc import Mapping

from cfenv import AppEnv

from tokonoma.auth.gate import Gate
from tokonoma.platforms.platform import Environ, Platform, secret, variable
from tokonoma.settings import Settings

ROLES: Mapping[str, frozenset[str]] = {
    "ROLE_TOKONOMA_ADMIN": frozenset({"Operate"}),
    # Whoever may put microservices into a tenant, and take them away, may see how this one does.
    "ROLE_APPLICATION_MANAGEMENT_ADMIN": frozenset({"Operate"}),
}
"""The scopes of xs-security.json that each role of Cumulocity's gives; any good credentials give `openid`."""


def gate(environ: Environ, _services: AppEnv, settings: Settings) -> Gate:
    """The gate that asks the platform. Raises BindingError."""
    from tokonoma.auth.cumulocity import CumulocityGate, read_microservice

    return CumulocityGate(read_microservice(environ), ROLES, settings.threads)


PLATFORM = Platform(
    "cumulocity",
    is_here=lambda environ: bool(environ.get("C8Y_BASEURL")),
    gate=gate,
    secret=lambda environ, _services, _settings: environ.get("C8Y_BOOTSTRAP_PASSWORD", ""),
    binds_services=False,
    facts={
        "platformUrl": variable("C8Y_BASEURL"),
        "mqttPlatformUrl": variable("C8Y_BASEURL_MQTT"),
        "tenant": variable("C8Y_BOOTSTRAP_TENANT"),
        "user": variable("C8Y_BOOTSTRAP_USER"),
        "password": secret("C8Y_BOOTSTRAP_PASSWORD"),
        "microserviceIsolation": variable("C8Y_MICROSERVICE_ISOLATION"),
    },
)
