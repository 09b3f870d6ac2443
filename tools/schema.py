"""What Cloud Controller and the MTA deployer would make of our files: complaints, in words, before a push.

Neither ships a schema. Cloud Controller drops unknown keys of an app without a word, and the MTA deployer
takes any parameter; so each key that may stand is listed here, with the rule for its value. Sources: "App
manifest attribute reference" of Cloud Foundry; "Modules" and "Resources" in SAP's documentation of MTAs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import landscape

Rule = Callable[[Any], str]
"""From a value to what is wrong with it; empty if nothing is."""


def _number(least: int, most: int) -> Rule:
    return lambda value: (
        ""
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        else f"must be a whole number, {least} to {most}"
    )


def _like(pattern: str, words: str) -> Rule:
    return lambda value: "" if isinstance(value, str) and re.fullmatch(pattern, value) else f"must be {words}"


def _one_of(*names: str) -> Rule:
    return lambda value: "" if value in names else f"must be one of {', '.join(names)}"


def _list_of(rule: Rule) -> Rule:
    def check(value: Any) -> str:
        if not isinstance(value, list) or not value:
            return "must be a list, and not an empty one"
        problem = next(filter(None, map(rule, value)), "")
        return f"has an entry that {problem}" if problem else ""

    return check


def _anything(_: Any) -> str:
    return ""


def _mapping(value: Any) -> str:
    return "" if isinstance(value, Mapping) else "must be a mapping"


def _text_or_mapping(value: Any) -> str:
    return "" if isinstance(value, str | Mapping) else "must be a name, or a mapping"


def _features(value: Any) -> str:
    if not isinstance(value, Mapping) or not all(
        name in FEATURES and isinstance(switch, bool) for name, switch in value.items()
    ):
        return f"must say true or false for some of {', '.join(FEATURES)}"
    files = [name for name in FEATURES_OF_FILES if value.get(name)]
    return f"must not have both {' and '.join(files)}" if len(files) > 1 else ""


FEATURES_OF_FILES = ("file-based-vcap-services", "service-binding-k8s")
FEATURES = ("ssh", "revisions", *FEATURES_OF_FILES)

_TEXT = _like(r"(?s).+", "a text")
_SIZE = _like(r"\d+(K|M|G|T)B?", "a size with a unit, such as 128M")
_PATH = _like(r"/\S*", "a path that begins with /")

PROCESS: dict[str, Rule] = {
    "type": _like(r"[a-z][a-z0-9_-]*", "a process type"),
    "instances": _number(0, 100),
    "command": _TEXT,
    "memory": _SIZE,
    "disk_quota": _SIZE,
    "log-rate-limit-per-second": _like(r"-1|0|\d+(B|K|M|G)B?", "a size with a unit, or -1"),
    "timeout": _number(1, 180),
    "health-check-type": _one_of("http", "port", "process"),
    "health-check-http-endpoint": _PATH,
    "health-check-interval": _number(1, 3600),
    "health-check-invocation-timeout": _number(1, 180),
    "readiness-health-check-type": _one_of("http", "port", "process"),
    "readiness-health-check-http-endpoint": _PATH,
    "readiness-health-check-interval": _number(1, 3600),
    "readiness-health-check-invocation-timeout": _number(1, 180),
}
APP: dict[str, Rule] = {
    "name": _TEXT,
    "path": _like(r"[\w./-]{1,200}", "a folder"),
    "stack": _like(r"cflinuxfs\d", "a stack, such as cflinuxfs4"),
    "buildpacks": _list_of(_TEXT),
    "routes": _list_of(_mapping),
    "no-route": lambda value: "" if value is True else "must be true, or not be there",
    "services": _list_of(_text_or_mapping),
    "env": _mapping,
    "features": _features,
    "metadata": _anything,
    "processes": _list_of(_mapping),
}
ROUTE: dict[str, Rule] = {
    "route": _like(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?", "a host name without a scheme"),
    "protocol": _one_of("http1", "http2"),
}
SERVICE: dict[str, Rule] = {"name": _TEXT, "binding_name": _TEXT, "parameters": _anything}
MANIFEST: dict[str, Rule] = {"version": _number(1, 1), "applications": _list_of(_mapping)}

MODULE: dict[str, Rule] = {
    "name": _TEXT,
    "type": _one_of("application", "com.sap.xs.hdi", "nodejs", "python"),
    "path": _TEXT,
    "deployed-after": _list_of(_TEXT),
    "parameters": _anything,
    "properties": _mapping,
    "requires": _list_of(_mapping),
    "provides": _list_of(_mapping),
}
MODULE_PARAMETERS: dict[str, Rule] = {
    "stack": APP["stack"],
    "buildpacks": _list_of(_TEXT),
    "routes": _list_of(_mapping),
    "instances": PROCESS["instances"],
    "memory": _SIZE,
    "disk-quota": _SIZE,
    "command": _TEXT,
    "keep-existing": _mapping,
    "app-features": _features,
    "health-check-timeout": PROCESS["timeout"],
    **{name: rule for name, rule in PROCESS.items() if "health-check" in name},
}
RESOURCE: dict[str, Rule] = {
    "name": _TEXT,
    "type": _one_of("org.cloudfoundry.managed-service", "org.cloudfoundry.existing-service"),
    "parameters": _anything,
}
RESOURCE_PARAMETERS: dict[str, Rule] = {
    "service": _TEXT,
    "service-plan": _TEXT,
    "service-name": _TEXT,
    "path": _TEXT,
    "config": _anything,
}
REQUIRED: dict[str, Rule] = {
    "name": _TEXT,
    "group": _one_of("destinations"),
    "properties": _mapping,
    "parameters": _anything,
}
MTAD: dict[str, Rule] = {
    "_schema-version": _like(r"3\.\d+\.\d+", "a version of the schema, such as 3.3.0"),
    "ID": _like(r"[A-Za-z0-9_.-]+", "an identifier"),
    "version": _like(r"\d+\.\d+\.\d+", "a version, such as 1.2.3"),
    "description": _TEXT,
    "parameters": _mapping,
    "modules": _list_of(_mapping),
    "resources": _list_of(_mapping),
}
# What the deployer itself knows.
_GIVEN = {"default-domain", "default-host", "default-url", "org", "space", "space-guid"}


def complaints_about_manifest(document: Any, values: Any, project: Path = landscape.PROJECT) -> list[str]:
    """What is wrong with a manifest and the variables that go with it; its paths begin at `project`."""
    values = values if isinstance(values, Mapping) else {}
    used = landscape.variables_of(document)
    found = [f"(({name})) has no value" for name in sorted(used - values.keys())]
    used.add("identity")
    found += [f"the variable {name} is not used" for name in map(str, values) if name not in used]
    if (said := values.get("identity", "xsuaa")) not in list(landscape.IDENTITY):
        found.append(f"identity in vars.yml must be one of {', '.join(landscape.IDENTITY)}, not {said!r}")
    document = landscape.filled_in(document, values)
    found += _keys(document, MANIFEST, "the manifest", required={"version", "applications"})
    apps = _mappings(document, "applications")
    for app in apps:
        found += _app(app, project)
    bound, created = {n for app in apps for n in _names(app, "services")}, landscape.created(values)
    found += [f"nothing binds the service {name}" for name in sorted(created - bound)]
    found += [f"nobody creates the service {name}" for name in sorted(bound - created)]
    routes = [str(route.get("route")) for app in apps for route in _mappings(app, "routes")]
    found += [f"the route {route} is there twice" for route in sorted(_twice(routes))]
    for app in apps:
        found += _destinations(app, routes, project)
    return found


def complaints_about_mtad(document: Any) -> list[str]:
    """What is wrong with an MTA deployment descriptor."""
    found = list(_keys(document, MTAD, "the descriptor", {"_schema-version", "ID", "version", "modules"}))
    modules, resources = _mappings(document, "modules"), _mappings(document, "resources")
    provided = {
        str(each.get("name")): set(_section(each, "properties"))
        for module in modules
        for each in _mappings(module, "provides")
    }
    existing = _names(document, "resources")
    found += [
        f"the name {name} is there twice"
        for name in sorted(_twice([*_names(document, "modules"), *existing, *provided]))
    ]
    for module in modules:
        place = f"the module {module.get('name')}"
        found += _keys(module, MODULE, place, required={"name", "type", "path"})
        found += _keys(_section(module, "parameters"), MODULE_PARAMETERS, f"the parameters of {place}")
        found += [
            f"{place} is deployed after {name}, which is not there"
            for name in _texts(module, "deployed-after")
            if name not in _names(document, "modules")
        ]
        found += _health(_section(module, "parameters"), place)
        for each in _mappings(module, "requires"):
            found += _keys(each, REQUIRED, f"what {place} requires", required={"name"})
            found += _requirement(each, place, provided, existing)
    required = {name for module in modules for name in _names(module, "requires")}
    for resource in resources:
        place = f"the resource {resource.get('name')}"
        found += _keys(resource, RESOURCE, place, required={"name", "type"})
        found += _keys(_section(resource, "parameters"), RESOURCE_PARAMETERS, f"the parameters of {place}")
        if str(resource.get("name")) not in required:
            found.append(f"{place} is required by no module")
    found += [f"{name} is provided, and required by no module" for name in sorted(provided.keys() - required)]
    parameters = set(map(str, _section(document, "parameters")))
    placeholders = set(re.findall(r"\$\{([\w-]+)\}", "\n".join(landscape.texts_of(document))))
    found += [f"${{{name}}} has no value" for name in sorted(placeholders - parameters - _GIVEN)]
    found += [f"the parameter {name} is not used" for name in sorted(parameters - placeholders)]
    return found


def _keys(
    holder: Any, rules: Mapping[str, Rule], place: str, required: set[str] | frozenset[str] = frozenset()
) -> Iterator[str]:
    if not isinstance(holder, Mapping):
        yield f"{place} must be a mapping"
        return
    for name in sorted(required - holder.keys()):
        yield f"{place} lacks {name}"
    for name, value in holder.items():
        if name not in rules:
            yield f"{place} has {name}, which nobody knows there"
        elif problem := rules[name](value):
            yield f"{name} of {place} {problem}"


def _app(app: Mapping[str, Any], project: Path) -> Iterator[str]:
    place = f"the app {app.get('name')}"
    yield from _keys(app, APP, place, required={"name", "path", "stack", "buildpacks", "processes"})
    folder = _folder(app, project)
    if folder is None:
        yield f"the path of {place} leads to no folder"
        return
    known = landscape.process_types(folder)
    for process in _mappings(app, "processes"):
        kind = str(process.get("type"))
        its = f"the process {kind} of {place}"
        yield from _keys(process, PROCESS, its, required={"type", "instances", "memory"})
        yield from _health(process, its)
        if kind not in known and not process.get("command"):
            yield f"{its} has no line in {app.get('path')}/Procfile, and no command"
    if bool(app.get("routes")) == bool(app.get("no-route")):
        yield f"{place} needs routes, or no-route, and not both"
    for route in _mappings(app, "routes"):
        yield from _keys(route, ROUTE, f"a route of {place}", required={"route"})
    for service in _mappings(app, "services"):
        yield from _keys(service, SERVICE, f"a service of {place}", required={"name"})
    for name, value in _section(app, "env").items():
        if isinstance(value, Mapping | list):
            yield f"{name} in the environment of {place} must be a text, a number or a boolean"


def _health(process: Mapping[str, Any], place: str) -> Iterator[str]:
    for prefix in ("health-check", "readiness-health-check"):
        is_http = process.get(f"{prefix}-type") == "http"
        if is_http != (f"{prefix}-http-endpoint" in process):
            yield f"{prefix}-type http and {prefix}-http-endpoint of {place} belong together"


def _destinations(app: Mapping[str, Any], routes: list[str], project: Path) -> Iterator[str]:
    folder = _folder(app, project)
    asked = {
        route["destination"]
        for route in (landscape.routing(folder) if folder else {}).get("routes", [])
        if "destination" in route
    }
    try:
        destinations = json.loads(_section(app, "env").get("destinations", "[]"))
        names = [str(destination["name"]) for destination in destinations]
        hosts = [re.sub(r"^https?://|:\d+$", "", destination["url"]) for destination in destinations]
    except (ValueError, TypeError, KeyError):
        yield f"destinations of the app {app.get('name')} must be a JSON list of objects with name and url"
        return
    for name in sorted(_twice(names)):
        yield f"the destination {name} is there twice"
    for name in sorted(asked - set(names)):
        yield f"a route asks for the destination {name}, which is not there"
    for name in sorted(set(names) - asked):
        yield f"no route uses the destination {name}"
    for host in hosts:
        if host not in routes:
            yield f"the destination's host {host} is no route of these apps"


def _requirement(
    each: Mapping[str, Any], place: str, provided: Mapping[str, set[str]], resources: list[str]
) -> Iterator[str]:
    name = str(each.get("name"))
    if name not in resources and name not in provided:
        yield f"{place} requires {name}, which nothing provides"
        return
    asked = set(re.findall(r"~\{([\w-]+)\}", "\n".join(landscape.texts_of(each))))
    for missing in sorted(asked - provided.get(name, set())):
        yield f"{place} asks {name} for {missing}, which it does not provide"


# What has another shape was complained about already, and is passed over here.


def _section(holder: Any, key: str) -> Mapping[str, Any]:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _mappings(holder: Any, key: str) -> list[Mapping[str, Any]]:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _names(holder: Any, key: str) -> list[str]:
    """The names in a list, of texts or of mappings with a name."""
    value = holder.get(key) if isinstance(holder, Mapping) else None
    entries = value if isinstance(value, list) else []
    return [str(each.get("name")) if isinstance(each, Mapping) else str(each) for each in entries]


def _texts(holder: Any, key: str) -> list[str]:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _folder(app: Mapping[str, Any], project: Path) -> Path | None:
    path = app.get("path")
    folder = project / path if isinstance(path, str) and not APP["path"](path) else None
    return folder if folder and folder.is_dir() else None


def _twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}
