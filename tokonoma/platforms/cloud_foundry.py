"""Cloud Foundry on SAP BTP: XSUAA says who is asking, and the scopes are those of xs-security.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cfenv import AppEnv

from tokonoma.auth.gate import Gate
from tokonoma.platforms.platform import Environ, Fact, Platform, variable
from tokonoma.settings import Settings

if TYPE_CHECKING:
    from tokonoma.auth.xsuaa import XsuaaGate
    from tokonoma.bindings import XsuaaBinding


def _application(environ: Environ) -> dict[str, Any]:
    found = json.loads(environ.get("VCAP_APPLICATION") or "{}")
    return found if isinstance(found, dict) else {}


def _text(key: str) -> Fact:
    """One text of VCAP_APPLICATION."""

    def read(environ: Environ) -> str | None:
        value = _application(environ).get(key)
        return None if value is None else str(value)

    return read


def _region(environ: Environ) -> str | None:
    """SAP's regions have an API endpoint each: https://api.cf.eu20.hana.ondemand.com."""
    found = re.match(r"https://api\.cf\.([\w-]+)\.", _text("cf_api")(environ) or "")
    return found[1] if found else None


GROUPS: Mapping[str, frozenset[str]] = {"Tokonoma Operator": frozenset({"Operate"})}
"""From groups of IAS to the scopes of xs-security.json, as its role collection of that name."""


def gate(environ: Environ, services: AppEnv, settings: Settings) -> Gate:
    """The gate of the bound XSUAA, of the bound IAS, or of both. Raises BindingError."""
    from tokonoma.bindings import find_xsuaa, read_identity, read_xsuaa

    identity = read_identity(services, settings.identity_service)
    if identity is None:
        return _xsuaa_gate(read_xsuaa(services, settings.xsuaa_service), settings)
    from tokonoma.auth.hybrid import HybridGate
    from tokonoma.auth.ias import IasGate
    from tokonoma.auth.ias_keys import IasKeySet
    from tokonoma.auth.proof import certificate_hosts

    application = _application(environ)
    hosts = certificate_hosts(application.get("application_uris") or application.get("uris"))
    ias = IasGate(identity, IasKeySet(identity, settings.keys_stale), GROUPS, hosts)
    if not settings.xsuaa_service and find_xsuaa(services) is None:
        return ias
    return HybridGate(_xsuaa_gate(read_xsuaa(services, settings.xsuaa_service), settings), ias)


def _xsuaa_gate(binding: XsuaaBinding, settings: Settings) -> XsuaaGate:
    from tokonoma.auth.key_set import KeySet
    from tokonoma.auth.xsuaa import XsuaaGate

    return XsuaaGate(binding, KeySet(binding, settings.keys_stale))


def secret(_environ: Environ, services: AppEnv, settings: Settings) -> str:
    """What only the instances know of their client, or at least what is theirs alone. Raises BindingError."""
    from tokonoma.bindings import read_identity, read_xsuaa

    identity = read_identity(services, settings.identity_service)
    known = identity.credentials if identity else read_xsuaa(services, settings.xsuaa_service).credentials
    names = ("clientsecret", "key", "certificate", "verificationkey")
    return next((str(known[name]) for name in names if known.get(name)), "")


PLATFORM = Platform(
    "cloud-foundry",
    is_here=lambda environ: bool(environ.get("VCAP_APPLICATION")),
    gate=gate,
    secret=secret,
    facts={
        "application": _text("application_name"),
        "organization": _text("organization_name"),
        "space": _text("space_name"),
        "instance": variable("CF_INSTANCE_INDEX"),
        "region": _region,
    },
    # An app there may well have variables about a Cumulocity that it talks to.
    rank=0,
)
