"""Cumulocity: the platform itself says who is asking, and its roles become scopes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

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

    With isolation PER_TENANT it has a service user of that tenant besides its bootstrap user.
    """
    from tokonoma.auth.cumulocity import read_microservice

    microservice = read_microservice(environ)
    tenant, user = environ.get("C8Y_BOOTSTRAP_TENANT", ""), environ.get("C8Y_BOOTSTRAP_USER", "")
    asking = partial(
        Question,
        "bootstrap user",
        f"{tenant}/{user}" if tenant and user else "",
        environ.get("C8Y_BOOTSTRAP_PASSWORD", ""),
    )
    application = f"{microservice.url}/application/currentApplication"
    found = [
        asking(application, ("name", environ.get("APPLICATION_NAME", ""))),
        asking(f"{application}/subscriptions", fills="users"),
    ]
    if microservice.tenant:
        user = environ.get("C8Y_USER", "")
        found.append(
            Question(
                "service user",
                f"{microservice.tenant}/{user}" if user else "",
                environ.get("C8Y_PASSWORD", ""),
                f"{microservice.url}/tenant/currentTenant",
                ("name", microservice.tenant),
            )
        )
    return found


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
