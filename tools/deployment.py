"""`python -m tools.deployment`: checks manifest.yml, and writes what follows from it and from vars.yml.

That is the MTA descriptor, the manifest of the internal route, the addresses in xs-security.json and in
ias.json, and which services that sign people in the apps are bound to: the variable `identity`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from . import landscape, schema
from .landscape import DESCRIPTOR, DOCKER, MANIFEST, PROJECT

MTAD = PROJECT / "mtad.yaml"
INTERNAL = PROJECT / "deploy" / "cloudfoundry" / "internal-route.yml"
IAS = PROJECT / "deploy" / "cloudfoundry" / "ias.json"
"""The parameters of the instance `pyias`."""
# Where the approuter lets XSUAA send people back to: after signing in, and after signing out.
CALLBACK = "/login/callback"

# The MTA deployer's names of what a process of the manifest says. A log rate limit it cannot set.
_PARAMETERS = {"disk_quota": "disk-quota", "timeout": "health-check-timeout"}
_NOT_IN_MTA = {"type", "log-rate-limit-per-second"}
_TYPES = {"python_buildpack": "python", "nodejs_buildpack": "nodejs"}
_API = "myapp-api"

_MTAD_SAYS = """\
# For those who deploy MTAs: `make mta`, then `cf deploy build/mta`. See docs/deploy-btp.md.
# Written from manifest.yml and vars.yml by `make deployment`; change those.
"""
_INTERNAL_SAYS = """\
# manifest.yml with the service on an internal route, out of reach of the Internet. See docs/deploy-btp.md.
# Written from manifest.yml by `make deployment`; change that.
"""


def main() -> int:
    """Check, write, and tell what was written; 1 where a check complains."""
    try:
        manifest, values = landscape.manifest(), landscape.variables()
    except yaml.YAMLError as error:
        print(f"This is no YAML: {error}", file=sys.stderr)
        return 1
    manifest = landscape.with_identity(manifest, landscape.identity(values))
    complaints = schema.complaints_about_manifest(manifest, values)
    if not complaints:
        for file, text in written(manifest, values).items():
            if not file.exists() or file.read_text() != text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                print(f"{file.relative_to(PROJECT)} is written anew.")
    for complaint in complaints:
        print(f"manifest.yml: {complaint}.", file=sys.stderr)
    return 1 if complaints else 0


def written(manifest: Mapping[str, Any], values: Mapping[str, Any]) -> dict[Path, str]:
    """What follows from the manifest and its variables, by file."""
    names = landscape.identity(values)
    manifest = landscape.with_identity(manifest, names)
    return {
        **{file: landscape.text_with_identity(file.read_text(), names) for file in (MANIFEST, DOCKER)},
        MTAD: _MTAD_SAYS + _as_yaml(mtad(manifest, values)),
        INTERNAL: _INTERNAL_SAYS + _as_yaml(internal_route(manifest)),
        DESCRIPTOR: _with_redirects(DESCRIPTOR.read_text(), redirect_uris(values)),
        IAS: json.dumps(ias_parameters(values), indent=2) + "\n",
    }


def mtad(manifest: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The MTA deployment descriptor that deploys what the manifest does."""
    parameters = {name: value for name, value in values.items() if name not in ("domain", "identity")}
    apps = manifest["applications"]
    schemas = [app["name"] for app in apps if _is_schema(app)]
    modules = [_schema_module(app) if _is_schema(app) else _module(app, schemas) for app in apps]
    resources = [_resource(name, values) for name in ("pyhana", *landscape.identity(values))]
    return {
        "_schema-version": "3.3.0",
        "ID": "tokonoma",
        "version": landscape.version(),
        "parameters": parameters,
        "modules": landscape.with_texts(modules, _as_placeholders),
        "resources": landscape.with_texts(resources, _as_placeholders),
    }


def _is_schema(app: Mapping[str, Any]) -> bool:
    return landscape.is_hdi_module(PROJECT / app["path"])


def _schema_module(app: Mapping[str, Any]) -> dict[str, Any]:
    """An app that deploys a schema by a task; its type says so, without a route or an instance."""
    [task] = [process for process in app["processes"] if process["type"] == "task"]
    return {
        "name": app["name"],
        "type": "com.sap.xs.hdi",
        "path": app["name"],
        "parameters": {
            "stack": app["stack"],
            "buildpacks": app["buildpacks"],
            "memory": task["memory"],
            "disk-quota": task["disk_quota"],
        },
        "requires": [{"name": name} for name in app["services"]],
    }


def _module(app: Mapping[str, Any], schemas: list[str]) -> dict[str, Any]:
    process = next(process for process in app["processes"] if process["type"] == "web")  # it knows one kind
    parameters = {
        "stack": app["stack"],
        "buildpacks": app["buildpacks"],
        "routes": app["routes"],
        "keep-existing": {"service-bindings": True},  # a Redis, an autoscaler: as `cf push` leaves them
        **({"app-features": app["features"]} if "features" in app else {}),
        **{_PARAMETERS.get(name, name): value for name, value in process.items() if name not in _NOT_IN_MTA},
    }
    reads_hana = any(landscape.SERVICES[name][0] == "hana" for name in app["services"])
    properties = {name: value for name, value in app.get("env", {}).items() if name != "destinations"}
    destinations = json.loads(app.get("env", {}).get("destinations", "[]"))
    requires: list[dict[str, Any]] = [{"name": name} for name in app["services"]]
    requires += [
        {"name": _API, "group": "destinations", "properties": {**destination, "url": "~{url}"}}
        for destination in destinations
    ]
    address = f"https://{app['routes'][0]['route']}"
    return {
        "name": app["name"],
        "type": _TYPES[app["buildpacks"][0]],
        "path": app["name"],  # the folder that `make mta` fills with what `cf push` would upload
        **({"deployed-after": schemas} if reads_hana and schemas else {}),
        "parameters": parameters,
        **({"properties": properties} if properties else {}),
        "requires": requires,
        **({} if destinations else {"provides": [{"name": _API, "properties": {"url": address}}]}),
    }


def ias_parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the instance of IAS.

    By default it renews tokens as opaque ones, which ends the approuter's sessions; and with one refresh
    token for each person a second browser ends the session in the first.
    """
    callback, signed_out = redirect_uris(values)
    return {
        "display-name": "Tokonoma",
        "oauth2-configuration": {
            "redirect-uris": [callback],
            "post-logout-redirect-uris": [signed_out],
            "token-policy": {
                "token-validity": 3600,
                "refresh-validity": 43200,
                "refresh-parallel": 10,
                "access-token-format": "jwt",
            },
        },
        # With both, the approuter exchanges IAS's tokens for XSUAA's.
        **({"xsuaa-cross-consumption": True} if len(landscape.identity(values)) > 1 else {}),
    }


def _resource(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    service, plan = landscape.SERVICES[name]
    unknown = {**values, "web-host": "((web-host))", "domain": "((domain))"}
    parameters: dict[str, Any] = {"service": service, "service-plan": plan}
    if service == "xsuaa":
        parameters["path"] = DESCRIPTOR.name
        # The deployer knows the domain; what stands here takes the place of the file's.
        oauth = json.loads(DESCRIPTOR.read_text())["oauth2-configuration"]
        parameters["config"] = {"oauth2-configuration": {**oauth, "redirect-uris": redirect_uris(unknown)}}
    if service == "identity":
        parameters["config"] = ias_parameters(unknown)
    return {"name": name, "type": "org.cloudfoundry.managed-service", "parameters": parameters}


def _as_placeholders(text: str) -> str:
    text = text.replace("((domain))", "${default-domain}")
    return re.sub(r"\(\(([\w-]+)\)\)", r"${\1}", text)


def internal_route(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the service on `apps.internal`, where its port is the container's."""

    def move(text: str) -> str:
        text = text.replace("https://((app-host)).((domain))", "http://((app-host)).apps.internal:8080")
        text = text.replace("((app-host)).((domain))", "((app-host)).apps.internal")
        return text if "\n" not in text else json.dumps(json.loads(text))

    document: dict[str, Any] = landscape.with_texts(manifest, move)
    for app in document["applications"]:
        app["path"] = str(Path("../..") / app["path"])
    return document


def redirect_uris(values: Mapping[str, Any]) -> list[str]:
    """The two addresses to which XSUAA may send people, and no other."""
    web = f"https://{values['web-host']}.{values['domain']}"
    return [f"{web}{CALLBACK}", f"{web}{landscape.routing(PROJECT / 'web')['logout']['logoutPage']}"]


def _with_redirects(descriptor: str, addresses: list[str]) -> str:
    """The descriptor's text with other redirect addresses, and everything else as it was."""
    listed = ",\n".join(f"      {json.dumps(address)}" for address in addresses)
    return re.sub(
        r'("redirect-uris": )\[[^\]]*\]', lambda found: f"{found[1]}[\n{listed}\n    ]", descriptor, count=1
    )


def _as_yaml(document: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=110)
    return text


if __name__ == "__main__":
    sys.exit(main())
