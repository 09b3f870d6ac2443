"""The Kafka service that is bound on Cloud Foundry, as properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokonoma.binding_sources import has_bindings

from .properties import flat

BINDER = "spring.cloud.stream.kafka.binder"
BINDINGS = "spring.cloud.stream.bindings"
NAME = "kafka"

SHORT = {
    "brokers": f"{BINDER}.brokers",
    "bootstrap_servers": f"{BINDER}.brokers",
    "security_protocol": f"{BINDER}.configuration.security.protocol",
    "mechanism": f"{BINDER}.configuration.sasl.mechanism",
    "username": f"{BINDER}.configuration.sasl.username",
    "password": f"{BINDER}.configuration.sasl.password",
    "certificate": f"{BINDER}.configuration.ssl.ca.pem",
    "orders": f"{BINDINGS}.orders.destination",
    "hot_drink": f"{BINDINGS}.hot.drink.destination",
    "cold_drink": f"{BINDINGS}.cold.drink.destination",
    "group": f"{BINDINGS}.orders.group",
}
"""Short names that a user-provided service may use for properties; it may use their full names as well."""


def properties_of_service(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """The properties of the bound service called `name`, else of the one called or tagged `kafka`; else none.

    Raises tokonoma.errors.BindingError when the bindings cannot be read, or several services fit.
    """
    if not has_bindings(environ):
        return {}
    # Imported only where it is needed: cfenv takes 3 MiB.
    from tokonoma.bindings import platform_environment
    from tokonoma.errors import BindingError

    services = platform_environment().services
    if name:
        found = [service for service in services if service.name == name]
        if not found:
            raise BindingError(f"No service named {name!r} is bound.")
    else:
        found = [each for each in services if each.name == NAME or _is_tagged(each.env.get("tags"))]
    if len(found) > 1:
        names = ", ".join(sorted(str(service.name) for service in found))
        raise BindingError(f"Several Kafka services are bound ({names}): name one in BARISTA_KAFKA_SERVICE.")
    return _translated(found[0].credentials) if found else {}


def _is_tagged(tags: object) -> bool:
    return isinstance(tags, list) and NAME in tags


def _translated(credentials: Mapping[str, Any]) -> dict[str, str]:
    return dict(flat("", {SHORT.get(key, key): value for key, value in credentials.items()}))
