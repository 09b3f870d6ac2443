"""Reads mta.yaml or mtad.yaml, as `cf deploy` does.

Rules: SAP, "Multitarget Applications in the Cloud Foundry Environment", and the schema of version 3.
Every app gets an address in a domain that does not exist, which later becomes that of this laptop.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .declared import HEALTH_CHECKS, App, Binding, HealthCheck, ProjectError, Service, Space
from .documents import Section, as_text, mapping, read_json, read_yaml
from .hdi import is_deployer
from .java import placed
from .placeholders import Values
from .start_command import is_router

DOMAIN = "localcloud.invalid"
_SYSTEM = {"org": "local", "space": "laptop", "protocol": "https", "default-domain": DOMAIN}
_DEPLOYERS = ("hdb", "com.sap.xs.hdi")
_CONTENT = ("html5", "com.sap.application.content", "com.sap.html5.", "com.sap.portal.", "business-logging")
_MANAGED = "org.cloudfoundry.managed-service"
_EXISTING = "org.cloudfoundry.existing-service"
_USER_PROVIDED = "org.cloudfoundry.user-provided-service"
_TYPES = {
    "com.sap.xs.hdi-container": ("hana", "hdi-shared"),
    "com.sap.xs.hana-schema": ("hana", "schema"),
    "com.sap.xs.uaa": ("xsuaa", "application"),
    "com.sap.xs.uaa-space": ("xsuaa", "space"),
    "com.sap.xs.application-logs": ("application-logs", "lite"),
    "com.sap.xs.auditlog": ("auditlog", "standard"),
}
"""The types of resources that say by themselves which service they are."""
_NO_SERVICES = ("configuration", "mta-provided")


def read_mta(file: Path, variables: Mapping[str, str]) -> Space:
    """What an MTA declares. Raises ProjectError."""
    return _Reader(file, read_yaml(file), variables).read()


class _Reader:
    """One descriptor, with the names of what modules provide."""

    def __init__(self, file: Path, document: Section, variables: Mapping[str, str]) -> None:
        self._file = file
        self._document = document
        self._modules = document.parts("modules")
        self._resources = [each for each in document.parts("resources") if each.text("active") != "false"]
        if not self._modules:
            raise document.wrong("modules", "is missing or empty")
        self._parameters = {
            **_SYSTEM,
            "mta-id": document.text("ID"),
            "mta-version": document.text("version"),
            **document.part("parameters").entries,
            **variables,
        }
        self._variables = variables
        self._services: dict[str, Service] = {}
        """By the names of the resources."""
        self._tables: dict[str, Path] = {}
        self._notes: list[str] = []
        self._provided = self._all_provided()

    def read(self) -> Space:
        self._services = {
            each.name(): service for each in self._resources if (service := self._service(each))
        }
        apps = [app for module in self._modules if (app := self._app(module))]
        if len({app.name for app in apps}) < len(apps):
            raise self._document.wrong("modules", "has two of the same name")
        name = self._document.text("ID") or self._file.parent.resolve().name
        by_name = {service.name: service for service in self._services.values()}
        return Space(name, self._file, tuple(apps), by_name, self._tables, tuple(self._notes))

    def _all_provided(self) -> dict[str, Mapping[str, Any]]:
        """The properties that each name provides, with the parameters of their module put in."""
        found: dict[str, Mapping[str, Any]] = {}
        for module in self._modules:
            values = Values(module.where, self._parameters_of(module), {})
            found[module.name()] = {}
            for each in module.parts("provides"):
                found[each.name()] = values.put(dict(each.part("properties").entries))
        for resource in self._resources:
            values = Values(resource.where, self._parameters_of(resource), found)
            found[resource.name()] = values.put(dict(resource.part("properties").entries))
        return found

    def _parameters_of(self, entry: Section) -> dict[str, Any]:
        """From the platform's to the entry's own; what was given on the command line comes before all."""
        own = entry.part("parameters").entries
        name = own.get("app-name", entry.name())
        host = own.get("host", name)
        return {
            **self._parameters,
            "app-name": name,
            "service-name": entry.name(),
            "default-host": host,
            "default-uri": f"{host}.{DOMAIN}",
            "default-url": f"https://{host}.{DOMAIN}",
            **own,
            **self._variables,
        }

    def _app(self, module: Section) -> App | None:
        name = module.name()
        kind = module.text("type")
        folder = self._place_of(module)
        values = Values(module.where, self._parameters_of(module), self._provided)
        bound = [each for each in module.parts("requires") if each.name() in self._services]
        if kind in _DEPLOYERS or is_deployer(folder):
            filled = [self._services[each.name()] for each in bound]
            self._tables |= {service.name: folder for service in filled if service.label in ("hana", "")}
            self._notes.append(f"{name} is not started: what it would deploy is read from {folder}")
            return None
        platforms = module.part("build-parameters").entries.get("supported-platforms")
        # In MTAs of version 2 the approuter is of type html5.
        if platforms == [] or (kind.startswith(_CONTENT) and not is_router(folder)):
            self._notes.append(f"{name} is left out: a module of type {kind} is no app")
            return None
        parameters = mapping(f"{module.where}: parameters", values.put(self._own(module)))
        kind = parameters.text("health-check-type", "port")
        if kind not in HEALTH_CHECKS:
            raise parameters.wrong("health-check-type", f"must be one of {', '.join(HEALTH_CHECKS)}")
        place, command = placed(folder, parameters.text("command"))
        return App(
            parameters.text("app-name", name),
            place,
            command=command,
            routes=self._routes(parameters, values),
            bindings=tuple(self._binding(each) for each in bound),
            env=self._env(module, values),
            health=HealthCheck(kind, parameters.text("health-check-http-endpoint", "/")),
            has_web=parameters.count("instances", 1) > 0,
        )

    def _place_of(self, module: Section) -> Path:
        """Where its app is: in what its build has left, if there is such a folder or jar."""
        folder = self._file.parent / module.text("path", ".")
        result = module.part("build-parameters").text("build-result")
        try:
            built = sorted(folder.glob(result)) if result else []
        except (ValueError, NotImplementedError):
            raise module.wrong("build-result", "must be a path below the module's") from None
        return built[-1] if built and (built[-1].is_dir() or built[-1].suffix == ".jar") else folder

    @staticmethod
    def _own(module: Section) -> dict[str, Any]:
        """The parameters that say how an app runs; others may have placeholders of nobody's concern."""
        used = (
            "app-name",
            "command",
            "routes",
            "health-check-type",
            "health-check-http-endpoint",
            "instances",
        )
        return {key: value for key, value in module.part("parameters").entries.items() if key in used}

    @staticmethod
    def _routes(parameters: Section, values: Values) -> tuple[str, ...]:
        usual = as_text(values.put("${default-uri}"))
        return (usual, *(route.text("route") for route in parameters.parts("routes")))

    def _binding(self, requirement: Section) -> Binding:
        return Binding(
            self._services[requirement.name()].name, requirement.part("parameters").text("binding-name")
        )

    def _env(self, module: Section, values: Values) -> dict[str, str]:
        """Properties become variables; those of a group become entries of one list."""
        found = dict(values.put(dict(module.part("properties").entries)))
        groups: dict[str, list[Any]] = {}
        for each in module.parts("requires"):
            name = each.name()
            if name not in self._provided:
                raise ProjectError(f"{each.where}: nothing in the file provides it")
            properties = values.put(dict(each.part("properties").entries), required=name)
            if group := each.text("group") or each.text("list"):
                groups.setdefault(group, []).append(properties or dict(self._provided[name]))
            else:
                found |= properties
        return {key: as_text(value) for key, value in (found | groups).items()}

    def _service(self, resource: Section) -> Service | None:
        kind = resource.text("type")
        parameters = resource.part("parameters")
        label, plan = _TYPES.get(kind, ("", ""))
        if not kind or kind in _NO_SERVICES:
            return None
        values = Values(resource.where, self._parameters_of(resource), self._provided)
        used = ("service", "service-plan", "service-name", "service-tags", "path", "config-path", "config")
        put = {key: values.put(value) for key, value in parameters.entries.items() if key in used}
        told = mapping(f"{resource.where}: parameters", put)
        config = told.part("config").entries
        if path := told.text("path") or told.text("config-path"):
            config = merged(read_json(self._file.parent / path).entries, config)
        name = told.text("service-name", resource.name())
        if kind == _USER_PROVIDED:
            return Service(name, "user-provided", tags=told.texts("service-tags"), credentials=config)
        if kind not in (*_TYPES, _MANAGED, _EXISTING):
            self._notes.append(f"{name} is left out: a resource of type {kind} is no service")
            return None
        return Service(
            name,
            told.text("service", label).replace("hanatrial", "hana"),
            told.text("service-plan", plan),
            tags=told.texts("service-tags"),
            parameters=config,
        )


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two documents as one: mappings are merged, of anything else the one `above` counts."""
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both
