"""Cumulocity: the platform itself says who is asking, and its roles become scopes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cfenv import AppEnv

from tokonoma.auth.gate import Gate
from tokonoma.platforms.platform import Environ, Platform, Question, secret, variable
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


def questions(environ: Environ) -> list[Question]:
    """Who the process is to the platform, and who has subscribed it. Raises BindingError.

    It asks as its bootstrap user; with isolation PER_TENANT as the service user of that tenant.
    """
    from tokonoma.auth.cumulocity import read_microservice

    microservice = read_microservice(environ)
    if tenant := microservice.tenant:
        asking = partial(_question, environ, "service user", tenant, "C8Y_USER", "C8Y_PASSWORD")
        return [asking(url=f"{microservice.url}/tenant/currentTenant", equals=("name", tenant))]
    tenant = environ.get("C8Y_BOOTSTRAP_TENANT", "")
    names = ("C8Y_BOOTSTRAP_USER", "C8Y_BOOTSTRAP_PASSWORD")
    asking = partial(_question, environ, "bootstrap user", tenant, *names)
    application = f"{microservice.url}/application/currentApplication"
    return [
        asking(url=application, equals=("name", environ.get("APPLICATION_NAME", ""))),
        asking(url=f"{application}/subscriptions", fills="users"),
    ]


def _question(environ: Environ, whose: str, tenant: str, user: str, password: str, **rest: Any) -> Question:
    """A question by the user and password in these two variables; by nobody if one is missing."""
    name = environ.get(user, "")
    return Question(whose, f"{tenant}/{name}" if tenant and name else "", environ.get(password, ""), **rest)


PLATFORM = Platform(
    "cumulocity",
    is_here=lambda environ: bool(environ.get("C8Y_BASEURL")),
    gate=gate,
    secret=lambda environ, _services, _settings: environ.get("C8Y_BOOTSTRAP_PASSWORD", ""),
    binds_services=False,
    questions=questions,
    facts={
        "platformUrl": variable("C8Y_BASEURL"),
        "mqttPlatformUrl": variable("C8Y_BASEURL_MQTT"),
        "tenant": variable("C8Y_BOOTSTRAP_TENANT"),
        "user": variable("C8Y_BOOTSTRAP_USER"),
        "password": secret("C8Y_BOOTSTRAP_PASSWORD"),
        "microserviceIsolation": variable("C8Y_MICROSERVICE_ISOLATION"),
    },
)
