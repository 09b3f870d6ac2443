"""A small `cf` on PATH that answers from a space in the shapes of the platform's API, version 3."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from tokonoma.doctor.cf import CloudFoundry

_SCRIPT = """#!{python} -IS
import json, sys, time
space = json.load(open({file!r}))
time.sleep(space["delay"])
words = sys.argv[1:]
if words == ["target"]:
    if space["target"] is None:
        sys.exit(1)
    print(space["target"])
elif words[0] == "app" and words[2] == "--guid":
    if words[1] not in space["apps"]:
        print("App '" + words[1] + "' not found.", file=sys.stderr)
        sys.exit(1)
    print(words[1] + "-guid")
elif words[0] == "curl":
    missing = {{"errors": [{{"code": 10010, "title": "CF-ResourceNotFound", "detail": "not found"}}]}}
    print(json.dumps(space["paths"].get(words[1], missing)))
else:
    sys.exit("unknown: " + " ".join(words))
"""

DOMAIN = "cfapps.eu20.hana.ondemand.com"
MYAPP, WEB = f"myapp-museum.{DOMAIN}", f"web-museum.{DOMAIN}"


def binding(label: str, name: str, plan: str, **credentials: str) -> dict[str, Any]:
    return {
        "label": label,
        "name": name,
        "plan": plan,
        "instance_name": name,
        "instance_guid": f"{name}-guid",
        "credentials": {"password": "Geheim-12345678", **credentials},
    }


def instance(name: str, state: str = "succeeded", description: str = "") -> dict[str, Any]:
    last = {"type": "create", "state": state, "description": description}
    return {"guid": f"{name}-guid", "name": name, "type": "managed", "last_operation": last}


def _related(name: str, guid: str) -> dict[str, Any]:
    return {"relationships": {name: {"data": {"guid": guid}}}}


class InProcess(CloudFoundry):
    """The answers of a space without a command, for what is tried in a hundred spaces."""

    is_there = True

    def __init__(self, space: Space) -> None:
        super().__init__()
        self._space = space

    def run(self, *arguments: str) -> str | None:
        match arguments:
            case ("target",):
                return self._space.target
            case ("app", name, "--guid"):
                return f"{name}-guid" if name in self._space.apps else None
            case ("curl", path):
                return json.dumps(self._space.paths[path]) if path in self._space.paths else None
        raise AssertionError(arguments)


class Space:
    """A healthy space with the two apps; a test breaks what it wants in `paths`."""

    def __init__(self) -> None:
        pyhana, pyuaa = (
            binding("hana", "pyhana", "hdi-shared"),
            binding("xsuaa", "pyuaa", "application", clientsecret="Geheim-12345678"),
        )
        self.target: str | None = (
            "API endpoint:   https://api.cf.eu20.hana.ondemand.com\n"
            "org:            museum\nspace:          dev"
        )
        self.apps = ["myapp", "web"]
        self.delay = 0.0
        self.paths: dict[str, Any] = {
            "/v3/service_instances/pyuaa-guid/parameters": {
                "oauth2-configuration": {"redirect-uris": [f"https://{WEB}/login/callback"]}
            },
            "/v3/service_plans?service_offering_names=hana": {
                "resources": [{"name": "hdi-shared"}, {"name": "schema"}]
            },
        }
        destination = {"name": "myapp", "url": f"https://{MYAPP}", "forwardAuthToken": True}
        self._app("myapp", MYAPP, {"hana": [pyhana], "xsuaa": [pyuaa]}, {})
        self._app("web", WEB, {"xsuaa": [pyuaa]}, {"destinations": json.dumps([destination])})

    def _app(self, name: str, host: str, services: dict[str, Any], variables: dict[str, str]) -> None:
        app, guid = f"/v3/apps/{name}-guid", f"{name}-guid"
        instances = [instance(each["name"]) for bound in services.values() for each in bound]
        self.paths |= {
            app: {"guid": guid, "name": name, "state": "STARTED"},
            f"{app}/processes/web/stats": {"resources": [{"state": "RUNNING"}, {"state": "RUNNING"}]},
            f"{app}/builds?order_by=-created_at&per_page=1": {
                "resources": [{"state": "STAGED", "error": None}]
            },
            self.crashes(name): {"resources": []},
            f"{app}/features": {
                "resources": [
                    {"name": "ssh", "enabled": True},
                    {"name": "file-based-vcap-services", "enabled": False},
                    {"name": "service-binding-k8s", "enabled": False},
                ]
            },
            f"{app}/env": {
                "environment_variables": variables,
                "system_env_json": {"VCAP_SERVICES": deepcopy(services)},
            },
            f"{app}/routes": {"resources": [{"url": host}]},
            f"/v3/service_credential_bindings?app_guids={guid}&include=service_instance": {
                "resources": [],
                "included": {"service_instances": instances},
            },
        }

    @staticmethod
    def crashes(name: str) -> str:
        return (
            f"/v3/audit_events?target_guids={name}-guid&types=audit.app.process.crash"
            "&order_by=-created_at&per_page=5"
        )

    def services(self, app: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self.paths[f"/v3/apps/{app}-guid/env"]["system_env_json"][
            "VCAP_SERVICES"
        ]
        return found

    def feature(self, app: str, name: str) -> None:
        """Enable an app's feature."""
        for each in self.paths[f"/v3/apps/{app}-guid/features"]["resources"]:
            each["enabled"] |= each["name"] == name

    def destination(self, **changes: Any) -> None:
        """Change the destination of web."""
        variables = self.paths["/v3/apps/web-guid/env"]["environment_variables"]
        [destination] = json.loads(variables["destinations"])
        variables["destinations"] = json.dumps([{**destination, **changes}])

    def instance(self, name: str, state: str, description: str = "") -> None:
        """Change the last operation of a service instance, for both apps."""
        for path, answer in self.paths.items():
            if path.startswith("/v3/service_credential_bindings"):
                found = answer["included"]["service_instances"]
                found[:] = [instance(name, state, description) if e["name"] == name else e for e in found]

    def as_files(self, name: str, variable: str = "VCAP_SERVICES_FILE_PATH") -> None:
        """Give an app its bindings as files: the API tells them in other shapes, and the variable is gone."""
        system = self.paths[f"/v3/apps/{name}-guid/env"]["system_env_json"]
        found = [each for bindings in system.pop("VCAP_SERVICES").values() for each in bindings]
        system[variable] = "/etc/cf-service-bindings"
        answer = self.paths[f"/v3/service_credential_bindings?app_guids={name}-guid&include=service_instance"]
        answer["resources"] = []
        answer["included"]["service_instances"] = instances = []
        for each in found:
            guid, is_own = f"{each['instance_guid']}-in-{name}", each["label"] == "user-provided"
            answer["resources"].append(
                {
                    "guid": guid,
                    "type": "app",
                    "name": None,
                    **_related("service_instance", each["instance_guid"]),
                }
            )
            plan = {} if is_own else _related("service_plan", f"{each['label']}-{each['plan']}-guid")
            instances.append({**instance(each["instance_name"]), "guid": each["instance_guid"], **plan})
            self.paths[f"/v3/service_credential_bindings/{guid}/details"] = {
                "credentials": each["credentials"]
            }
        guids = ",".join(str(each["guid"]) for each in instances)
        managed = [each for each in found if each["label"] != "user-provided"]
        self.paths[f"/v3/service_plans?service_instance_guids={guids}&include=service_offering"] = {
            "resources": [
                {
                    "guid": f"{each['label']}-{each['plan']}-guid",
                    "name": each["plan"],
                    **_related("service_offering", f"{each['label']}-guid"),
                }
                for each in managed
            ],
            "included": {
                "service_offerings": [
                    {"guid": f"{each['label']}-guid", "name": each["label"]} for each in managed
                ]
            },
        }

    def install(self, folder: Path) -> Path:
        """Write the command; returns the folder for PATH."""
        told = {"target": self.target, "apps": self.apps, "paths": self.paths, "delay": self.delay}
        file = folder / "space.json"
        file.write_text(json.dumps(told))
        command = folder / "cf"
        command.write_text(_SCRIPT.format(python=sys.executable, file=str(file)))
        command.chmod(0o700)
        return folder
