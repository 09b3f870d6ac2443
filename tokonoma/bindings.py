"""The credentials that are bound, typed and checked: out of cfenv, or one clear sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cfenv import AppEnv, Service

from tokonoma.errors import BindingError
from tokonoma.numbers import port_number

HANA_LABEL = "hana"
XSUAA_LABEL = "xsuaa"
XSUAA_NAME = "pyuaa"


@dataclass(frozen=True)
class HanaBinding:
    """How to reach the schema, as its runtime user; never as the design-time `hdi_user`."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    schema: str = ""
    certificate: str = field(default="", repr=False)
    """The PEM text to trust; empty: the system's own roots."""


@dataclass(frozen=True)
class XsuaaBinding:
    """The XSUAA client whose tokens are accepted."""

    name: str
    clientid: str
    xsappname: str
    zone: str
    """The identity zone's id: tokens of other zones are not ours, though the library takes them."""
    credentials: Mapping[str, Any] = field(repr=False)
    """As bound: what sap-xssec wants to read."""


def read_hana(environment: AppEnv, name: str = "") -> HanaBinding:
    """The HANA binding called `name`, or the only one with label `hana`. Raises BindingError."""
    service = _named(environment, name) if name else _labelled(environment, HANA_LABEL)
    if service is None:
        if name:
            looked_for = f"No service named {name!r} is bound"
        elif environment.get_service(label="hana-cloud"):
            looked_for = (
                "A hana-cloud instance is bound, which has no database user, but none with label 'hana'"
            )
        else:
            looked_for = "No service with label 'hana' is bound"
        raise BindingError(f"{looked_for}: create one with plan hdi-shared or schema, bind it and restage.")
    port = port_number(_text(service, "port"))
    if port is None:
        raise BindingError(f"The binding {service.name!r} has a port that is not a port number.")
    return HanaBinding(
        name=str(service.name),
        host=_text(service, "host"),
        port=port,
        user=_text(service, "user"),
        password=_text(service, "password"),
        schema=_text(service, "schema", optional=True),
        certificate=_text(service, "certificate", optional=True),
    )


def read_xsuaa(environment: AppEnv, name: str = "") -> XsuaaBinding:
    """The XSUAA binding called `name`; without one `pyuaa`, else the only one with label `xsuaa`.

    Raises BindingError.
    """
    if name:
        service = _named(environment, name)
    else:
        service = _named(environment, XSUAA_NAME) or _labelled(environment, XSUAA_LABEL)
    if service is None:
        raise BindingError(
            f"No XSUAA service is bound (looked for {repr(name) if name else 'pyuaa, then label xsuaa'}), "
            "and without one nobody can be let in: create it with plan application, bind it and restage."
        )
    binding = XsuaaBinding(
        name=str(service.name),
        clientid=_text(service, "clientid"),
        xsappname=_text(service, "xsappname"),
        zone=_text(service, "identityzoneid"),
        credentials=dict(service.credentials),
    )
    _text(service, "url")
    if not (_text(service, "clientsecret", optional=True) or _text(service, "certurl", optional=True)):
        raise BindingError(f"The binding {binding.name!r} has neither clientsecret nor certurl.")
    return binding


def platform_environment() -> AppEnv:
    """What the platform put into VCAP_SERVICES and VCAP_APPLICATION. Raises BindingError."""
    try:
        environment = AppEnv()
        for service in environment.services:
            if not isinstance(service.credentials, Mapping):
                raise TypeError("credentials")
    except (ValueError, AttributeError, TypeError, RecursionError):
        # The text of the error would quote the variable, and with it credentials.
        message = "VCAP_SERVICES or VCAP_APPLICATION is not the JSON that Cloud Foundry writes."
        raise BindingError(message) from None
    return environment


def _named(environment: AppEnv, name: str) -> Service | None:
    return environment.get_service(name=name)


def _labelled(environment: AppEnv, label: str) -> Service | None:
    found = [service for service in environment.services if service.env.get("label") == label]
    if len(found) > 1:
        names = ", ".join(sorted(str(service.name) for service in found))
        raise BindingError(
            f"Several services have label {label!r} ({names}): name one in TOKONOMA_{label.upper()}_SERVICE."
        )
    return found[0] if found else None


def _text(service: Service, key: str, *, optional: bool = False) -> str:
    value = service.credentials.get(key)
    if value is None or value == "":
        if optional:
            return ""
        raise BindingError(f"The binding {service.name!r} has no {key!r}.")
    return str(value)
