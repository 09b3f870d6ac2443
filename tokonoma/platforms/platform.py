"""Where we run, and what that platform tells us: one table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Environ = Mapping[str, str]
Fact = Callable[[Environ], str | None]

MASK = "********"


def _variable(name: str) -> Fact:
    return lambda environ: environ.get(name)


def _secret(name: str) -> Fact:
    """Whether it is there is worth knowing; what it is, is not."""
    return lambda environ: MASK if environ.get(name) else None


def _application(key: str) -> Fact:
    """One text of VCAP_APPLICATION."""

    def read(environ: Environ) -> str | None:
        value = json.loads(environ.get("VCAP_APPLICATION") or "{}").get(key)
        return None if value is None else str(value)

    return read


def _region(environ: Environ) -> str | None:
    """SAP's regions have an API endpoint each: https://api.cf.eu20.hana.ondemand.com."""
    found = re.match(r"https://api\.cf\.([\w-]+)\.", _application("cf_api")(environ) or "")
    return found[1] if found else None


@dataclass(frozen=True)
class Platform:
    """A platform: how it is recognised, and its facts by the name under which we show them."""

    name: str
    recognised_by: str
    facts: Mapping[str, Fact]


# Cloud Foundry comes first: an app there may well have variables about a Cumulocity that it talks to.
PLATFORMS = (
    Platform(
        "cloud-foundry",
        "VCAP_APPLICATION",
        {
            "application": _application("application_name"),
            "organization": _application("organization_name"),
            "space": _application("space_name"),
            "instance": _variable("CF_INSTANCE_INDEX"),
            "region": _region,
        },
    ),
    Platform(
        "cumulocity",
        "C8Y_BASEURL",
        {
            "platformUrl": _variable("C8Y_BASEURL"),
            "mqttPlatformUrl": _variable("C8Y_BASEURL_MQTT"),
            "tenant": _variable("C8Y_BOOTSTRAP_TENANT"),
            "user": _variable("C8Y_BOOTSTRAP_USER"),
            "password": _secret("C8Y_BOOTSTRAP_PASSWORD"),
            "microserviceIsolation": _variable("C8Y_MICROSERVICE_ISOLATION"),
        },
    ),
    Platform("unknown", "", {}),
)


def where(environ: Environ) -> Platform:
    """The first platform of the table whose variable is set; the last one if none is."""
    return next(p for p in PLATFORMS if not p.recognised_by or environ.get(p.recognised_by))


def tell(environ: Environ) -> dict[str, str | None]:
    """The platform's name and its facts, secrets masked."""
    platform = where(environ)
    return {"platform": platform.name} | {name: fact(environ) for name, fact in platform.facts.items()}
