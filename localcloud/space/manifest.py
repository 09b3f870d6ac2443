"""Reads manifest.yml, as `cf push` does, and the services-manifest.yml beside it.

Rules: Cloud Foundry, "App manifest attribute reference"; the second file is that of the plug-in
Create-Service-Push, which CAP writes too. Variables in double parentheses without a value stay as they are:
in a route and in the address of a destination they are the same text, and elsewhere the start complains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .declared import HEALTH_CHECKS, App, Binding, HealthCheck, ProjectError, Service, Space
from .documents import Section, json_of, mapping, read_json, read_yaml
from .hdi import is_deployer
from .java import placed

VARIABLE = re.compile(r"\(\(([\w.-]+)\)\)")


def read_manifest(file: Path, variables: Mapping[str, str]) -> Space:
    """What a manifest declares. Raises ProjectError."""
    document = _with_values(read_yaml(file), variables)
    entries = document.parts("applications")
    if not entries:
        raise document.wrong("applications", "is missing or empty")
    known = _declared_services(file.parent)
    apps: list[App] = []
    tables: dict[str, Path] = {}
    notes: list[str] = []
    for entry in entries:
        app = _app(entry, file.parent)
        if "docker" in entry.entries:
            notes.append(f"{app.name} is left out: it is a container image")
        elif is_deployer(app.folder):
            tables |= {binding.service: app.folder for binding in app.bindings}
            notes.append(f"{app.name} is not started: what it would deploy is read from {app.folder}")
        else:
            apps.append(app)
            notes += [f"{app.name}: sidecars are left out"] if "sidecars" in entry.entries else []
    _check_names(file, apps)
    bound = dict.fromkeys(binding.service for app in apps for binding in app.bindings)
    services = {name: known.get(name, Service(name)) for name in (*bound, *(tables.keys() - bound.keys()))}
    return Space(file.parent.resolve().name, file, tuple(apps), services, tables, tuple(notes))


def _app(entry: Section, folder: Path) -> App:
    name = entry.name()
    processes = {each.text("type"): each for each in entry.parts("processes")}
    web = processes.pop("web", entry)
    workers = {kind: each.text("command") for kind, each in processes.items() if each.count("instances", 0)}
    kind = web.text("health-check-type") or entry.text("health-check-type", "port")
    if kind not in HEALTH_CHECKS:
        raise entry.wrong("health-check-type", f"must be one of {', '.join(HEALTH_CHECKS)}")
    path = web.text("health-check-http-endpoint") or entry.text("health-check-http-endpoint", "/")
    place, command = placed(folder / entry.text("path", "."), web.text("command") or entry.text("command"))
    return App(
        name,
        place,
        command=command,
        workers=workers,
        routes=tuple(route.text("route") for route in entry.parts("routes")) or _default_routes(entry, name),
        bindings=tuple(_bindings(entry)),
        env={key: entry.part("env").text(key) for key in _env_keys(entry)},
        health=HealthCheck(kind, path),
        has_web=web.count("instances", entry.count("instances", 1)) > 0,
    )


def _env_keys(entry: Section) -> list[str]:
    env = entry.part("env")
    for key, value in env.entries.items():
        if isinstance(value, dict | list):
            raise env.wrong(key, "must be a text: an app's variables are, and JSON stands in quotes")
    return list(env.entries)


def _default_routes(entry: Section, name: str) -> tuple[str, ...]:
    """The address that the platform gives by itself: in its domain, which for BTP begins like this."""
    hosts = entry.texts("hosts") or (entry.text("host", name),)
    domain = entry.text("domain", "cfapps.*")
    return () if entry.flag("no-route") else tuple(f"{host}.{domain}" for host in hosts)


def _bindings(entry: Section) -> list[Binding]:
    found = []
    services = entry.entries.get("services")
    if services is not None and not isinstance(services, list):
        raise entry.wrong("services", "must be a list")
    for number, each in enumerate(services or ()):
        if isinstance(each, dict):
            part = mapping(f"{entry.where}: services no. {number + 1}", each)
            found.append(Binding(part.name(), part.text("binding_name")))
        elif isinstance(each, str) and each:
            found.append(Binding(each))
        else:
            raise entry.wrong("services", "must be a list of names")
    return found


def _declared_services(folder: Path) -> dict[str, Service]:
    file = folder / "services-manifest.yml"
    if not file.exists():
        return {}
    found = {}
    for entry in read_yaml(file).parts("create-services"):
        name = entry.name()
        credentials = entry.entries.get("credentials") if entry.text("type") == "credentials" else None
        if credentials is not None:
            credentials = mapping(f"{entry.where}: credentials", credentials).entries
        label = entry.text("broker").replace("hanatrial", "hana")
        label = "user-provided" if credentials is not None else label
        found[name] = Service(
            name,
            label,
            entry.text("plan"),
            entry.texts("tags"),
            parameters=_parameters(entry, folder),
            credentials=credentials,
        )
    return found


def _parameters(entry: Section, folder: Path) -> Mapping[str, Any]:
    """Those in the file itself, in JSON or in the file that is named."""
    value = entry.entries.get("parameters")
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        return read_json(folder / value).entries
    if isinstance(value, str):
        value = json_of(f"{entry.where}: parameters", value)
    return mapping(f"{entry.where}: parameters", value or {}).entries


def _check_names(file: Path, apps: list[App]) -> None:
    names = [app.name for app in apps]
    if again := next((name for name in names if names.count(name) > 1), ""):
        raise ProjectError(f"{file}: there are two apps {again}")


def _with_values(document: Section, variables: Mapping[str, str]) -> Section:
    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(each) for key, each in value.items()}
        if isinstance(value, list):
            return [put(each) for each in value]
        if isinstance(value, str):
            return VARIABLE.sub(lambda found: variables.get(found[1], found[0]), value)
        return value

    return Section(document.where, put(dict(document.entries)))
