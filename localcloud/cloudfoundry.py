"""The environment and the commands that Cloud Foundry would give the two apps."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from .ports import LOOPBACK

PROJECT = Path(__file__).parent.parent

# What a child may take from the shell that started us; anything else could change its behaviour unseen.
_FROM_THE_SHELL = ("HOME", "LANG", "LC_ALL", "PATH", "TERM", "TMPDIR", "TZ", "USER")


def vcap_services(bindings: Mapping[str, tuple[str, str, Mapping[str, Any]]]) -> str:
    """VCAP_SERVICES for bindings given as name -> (label, plan, credentials)."""
    services: dict[str, list[dict[str, Any]]] = {}
    for name, (label, plan, credentials) in bindings.items():
        entry = service_entry(name, label, plan, credentials, TAGS[label])
        services.setdefault(label, []).append(entry)
    return json.dumps(services)


def service_entry(
    name: str, label: str, plan: str, credentials: Mapping[str, Any], tags: Sequence[str], binding: str = ""
) -> dict[str, Any]:
    """One bound service, as VCAP_SERVICES has it; a `binding` that has a name is called by that."""
    return {
        "label": label,
        "name": binding or name,
        "instance_name": name,
        "binding_name": binding or None,
        "plan": plan,
        "tags": list(tags),
        "credentials": credentials,
    }


TAGS = {"hana": ("hana", "database", "relational"), "xsuaa": ("xsuaa",), "identity": ()}
"""The tags of a service by its label."""


def app_environment(app: str, port: int, services: str, routes: Sequence[str] = ()) -> dict[str, str]:
    """What the platform sets for `app` of manifest.yml: its own variables, and the manifest's.

    `routes` are the host names of more routes.
    """
    [manifest] = [a for a in _manifest()["applications"] if a["name"] == app]
    return {
        **{name: _as_text(value) for name, value in manifest.get("env", {}).items()},
        "PORT": str(port),
        "VCAP_APPLICATION": vcap_application(app, port, routes),
        "VCAP_SERVICES": services,
        "CF_INSTANCE_INDEX": "0",
    }


def vcap_application(app: str, port: int, routes: Sequence[str] = ()) -> str:
    """VCAP_APPLICATION of an app that listens on `port`, and has further routes."""
    uris = [f"localhost:{port}", *routes]
    application = {
        "application_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, app)),
        "application_name": app,
        "application_uris": uris,
        "cf_api": "https://api.localcloud.invalid",
        "name": app,
        "organization_name": "local",
        "space_name": "laptop",
        "uris": uris,
    }
    return json.dumps(application)


def python_environment(
    port: int, services: str, authority: Path, routes: Sequence[str] = ()
) -> dict[str, str]:
    """The environment of `myapp`; `authority` is the PEM file of the root that XSUAA's key endpoint shows."""
    environment = app_environment("myapp", port, services, routes)
    arguments = environment.get("GUNICORN_CMD_ARGS", "")
    return {
        **environment,
        "GUNICORN_CMD_ARGS": f"{arguments} --bind={LOOPBACK}:{port}".strip(),
        "PYTHONUNBUFFERED": "1",
        "SSL_CERT_FILE": str(authority),
    }


def router_environment(
    port: int, services: str, app_port: int, authority: Path | None = None, certificate_port: int = 0
) -> dict[str, str]:
    """The environment of `web`, with the destination `myapp`; `authority` is the root that IAS shows.

    By `certificate_port` it shows its client certificate to the app.
    """
    destination = {"name": "myapp", "url": f"http://{LOOPBACK}:{app_port}", "forwardAuthToken": True}
    if certificate_port:
        destination |= {"url": f"https://localhost:{certificate_port}", "forwardAuthCertificates": True}
    return {
        **app_environment("web", port, services),
        "XS_BIND_ADDRESS": LOOPBACK,
        "destinations": json.dumps([destination]),
        **({"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}),
    }


def process_environment(composed: Mapping[str, str], *tools: Path) -> dict[str, str]:
    """`composed`, and the few variables of the shell that any program needs; `tools` come first in PATH."""
    inherited = {name: os.environ[name] for name in _FROM_THE_SHELL if name in os.environ}
    path = os.pathsep.join([*map(str, tools), inherited.get("PATH", os.defpath)])
    return {**inherited, **composed, "PATH": path}


def procfile_line(kind: str = "web") -> str:
    """The Procfile's command for a process type."""
    for line in (PROJECT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(":")
        if name == kind:
            return command.strip()
    raise LookupError(f"the Procfile has no {kind}")


def router_line() -> str:
    """The command of `npm start`, without npm, which would stay in memory as a parent."""
    command: str = json.loads((PROJECT / "web" / "package.json").read_text())["scripts"]["start"]
    return f"exec {command}"


def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load((PROJECT / "manifest.yml").read_text())
    return manifest


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
