"""The bound services and their credentials, read by cfenv, then typed and checked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cfenv import AppEnv, Service

from tokonoma import binding_sources
from tokonoma.errors import BindingError
from tokonoma.numbers import port_number

HANA_LABEL = "hana"
XSUAA_LABEL = "xsuaa"
XSUAA_NAME = "pyuaa"
IDENTITY_LABEL = "identity"

_PEM = {"certificate", "key", "verificationkey"}
# With them, surrogates: they cannot be sent either.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_CONTROL_IN_PEM = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


_HOST = re.compile(r"[^\s@/?#\\]+")
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class HanaBinding:
    """How to reach the schema as its runtime user; never as the design-time `hdi_user`."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    schema: str = ""
    certificate: str = field(default="", repr=False)
    """The only roots to trust for HANA (PEM); empty: the roots that the system trusts."""


@dataclass(frozen=True)
class XsuaaBinding:
    """The XSUAA client whose tokens are accepted."""

    name: str
    clientid: str
    xsappname: str
    zone: str
    """The id of the identity zone; tokens of other zones are refused, though the library takes them."""
    credentials: Mapping[str, Any] = field(repr=False)
    """The credentials as they were bound, for sap-xssec."""


@dataclass(frozen=True)
class IdentityBinding:
    """The client of IAS (SAP Cloud Identity Services) whose tokens are accepted."""

    name: str
    clientid: str
    url: str
    """The tenant, `https://` in front and no slash at the end; the only issuer that is believed."""
    app_tid: str
    """The tenant of the application; tokens of others are refused, though the library takes them."""
    credentials: Mapping[str, Any] = field(repr=False)
    """As bound, for sap-xssec, with `domains` as a list."""


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
        raise BindingError(f"The binding {_name(service)!r} has a port that is not a port number.")
    host = _text(service, "host")
    # A user or password before the host would be told wherever the host is.
    if not _HOST.fullmatch(host):
        raise BindingError(f"The binding {_name(service)!r} has a 'host' that is no host name or address.")
    return HanaBinding(
        name=_name(service),
        host=host,
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
    service = find_xsuaa(environment, name)
    if service is None:
        raise BindingError(
            f"No XSUAA service is bound (looked for {repr(name) if name else 'pyuaa, then label xsuaa'}), "
            "and without one nobody can be let in: create it with plan application, bind it and restage."
        )
    given = {key: _text(service, key) for key in ("clientid", "xsappname", "identityzoneid", "url")}
    for key in ("clientsecret", "uaadomain", "verificationkey", "certurl", "certificate", "key"):
        if text := _text(service, key, optional=True):
            given[key] = text
    if not {"clientsecret", "certurl"} & given.keys():
        raise BindingError(f"The binding {_name(service)!r} has neither clientsecret nor certurl.")
    return XsuaaBinding(
        name=_name(service),
        clientid=given["clientid"],
        xsappname=given["xsappname"],
        zone=given["identityzoneid"],
        credentials={**service.credentials, **given},
    )


def find_xsuaa(environment: AppEnv, name: str = "") -> Service | None:
    """The service that `read_xsuaa` reads; None where there is none. Raises BindingError."""
    if name:
        return _named(environment, name)
    own = _named(environment, XSUAA_NAME)
    # An IAS that was created in the place of an XSUAA may have its name.
    if own is not None and own.env.get("label") not in (IDENTITY_LABEL, HANA_LABEL):
        return own
    return _labelled(environment, XSUAA_LABEL)


def identity_kinds(environment: AppEnv, xsuaa: str = "", identity: str = "") -> tuple[str, ...]:
    """Which of `xsuaa` and `ias` are bound; the services may be named. Raises BindingError."""
    found = (("xsuaa", find_xsuaa(environment, xsuaa)), ("ias", find_identity(environment, identity)))
    return tuple(kind for kind, service in found if service is not None)


def find_identity(environment: AppEnv, name: str = "") -> Service | None:
    """The service that `read_identity` reads; None where there is none. Raises BindingError."""
    return _named(environment, name) if name else _labelled(environment, IDENTITY_LABEL)


def read_identity(environment: AppEnv, name: str = "") -> IdentityBinding | None:
    """The IAS binding called `name`, or the only one with label `identity`; None where there is none.

    Raises BindingError, also where there is none called `name`.
    """
    service = find_identity(environment, name)
    if service is None:
        if name:
            raise BindingError(f"No service named {name!r} is bound: bind it and restage.")
        return None
    url = _text(service, "url").rstrip("/")
    if not _HTTPS.fullmatch(url):
        raise BindingError(f"The binding {_name(service)!r} has a 'url' that is no https address.")
    domains = _domains(service)
    # As sap-xssec does it with each token's issuer, which has to be the url.
    if not any(
        re.fullmatch(rf"https://[a-z0-9-]{{1,63}}\.{re.escape(each)}", url.lower()) for each in domains
    ):
        raise BindingError(
            f"The binding {_name(service)!r} has 'domains' of which none is that of its 'url': "
            "every token would be refused. Bind it anew."
        )
    if not (_text(service, "clientsecret", optional=True) or _text(service, "certificate", optional=True)):
        raise BindingError(f"The binding {_name(service)!r} has neither clientsecret nor certificate.")
    return IdentityBinding(
        name=_name(service),
        clientid=_text(service, "clientid"),
        url=url.lower(),
        # Old bindings have it by its old name alone.
        app_tid=_text(service, "app_tid", optional=True)
        or _text(service, "zone_uuid", optional=True)
        or _text(service, "app_tid"),
        credentials={**service.credentials, "domains": domains},
    )


def _domains(service: Service) -> list[str]:
    """`domains`, which a user-provided service may have as the text of a list, else `domain`."""
    found = service.credentials.get("domains") or service.credentials.get("domain")
    if isinstance(found, str) and found.startswith("["):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            found = None
    domains = [found] if isinstance(found, str) else found
    if not isinstance(domains, list) or not domains or not all(isinstance(d, str) and d for d in domains):
        raise BindingError(f"The binding {_name(service)!r} has no 'domains' that are a list of texts.")
    return domains


def platform_environment() -> AppEnv:
    """What the platform says of its bindings, wherever it put them (see `binding_sources`).

    Raises BindingError, which names the variable and never quotes it.
    """
    source = binding_sources.source_of(os.environ)
    try:
        if source == binding_sources.FILE:
            environment = _Environment(binding_sources.read_file(os.environ[source]))
        elif source == binding_sources.FOLDER:
            environment = _Environment(binding_sources.read_folder(os.environ[source]))
        else:
            environment = AppEnv() if os.environ.get(source) else _Environment({})
        _check(environment)
    except (ValueError, AttributeError, TypeError, RecursionError):
        # The text of the error would quote the variable, and with it credentials.
        message = f"{source} or VCAP_APPLICATION is not the JSON that Cloud Foundry writes."
        raise BindingError(message) from None
    return environment


class _Environment(AppEnv):  # type: ignore[misc]
    """cfenv's environment, whose services are not in the variable VCAP_SERVICES."""

    def __init__(self, services: Mapping[str, Any]) -> None:
        self.app = json.loads(os.environ.get("VCAP_APPLICATION") or "{}")
        self.services = [Service(each) for bindings in services.values() for each in bindings]


def _check(environment: AppEnv) -> None:
    """Raise TypeError for what would surprise those who read it later."""
    if not isinstance(environment.app, Mapping):
        raise TypeError("VCAP_APPLICATION")
    for service in environment.services:
        if service.credentials is None:
            service.credentials = {}
        if not isinstance(service.credentials, Mapping) or not isinstance(service.name, str | None):
            raise TypeError("VCAP_SERVICES")


def _named(environment: AppEnv, name: str) -> Service | None:
    found = [service for service in environment.services if service.name == name]
    if len(found) > 1:
        raise BindingError(
            f"Several services are bound as {name!r}: give one of their bindings another name "
            "(cf bind-service APP SERVICE --binding-name NAME) and restage."
        )
    return found[0] if found else None


def _labelled(environment: AppEnv, label: str) -> Service | None:
    found = [service for service in environment.services if service.env.get("label") == label]
    if len(found) > 1:
        names = ", ".join(sorted(map(_name, found)))
        raise BindingError(
            f"Several services have label {label!r} ({names}): name one in TOKONOMA_{label.upper()}_SERVICE."
        )
    return found[0] if found else None


def _text(service: Service, key: str, *, optional: bool = False) -> str:
    """A credential that is text, or a whole number, which people write without quotes."""
    value = service.credentials.get(key)
    if value is None or value == "":
        if optional:
            return ""
        raise BindingError(f"The binding {_name(service)!r} has no {key!r}.")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BindingError(f"The binding {_name(service)!r} has a {key!r} that is not text.")
    text = str(value)
    if (_CONTROL if key not in _PEM else _CONTROL_IN_PEM).search(text):
        raise BindingError(f"The binding {_name(service)!r} has a {key!r} with control characters in it.")
    return text


def _name(service: Service) -> str:
    """The name of a binding, as a sentence or a log line may quote it."""
    name = service.name or "(without a name)"
    return ascii(name)[1:-1] if _CONTROL.search(name) else name
