"""Beside the app: what the two apps are bound to, in a variable or as files, and which of it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokonoma.bindings import XSUAA_NAME
from tokonoma.doctor.cf import CfError, CloudFoundry, inside

FILES = frozenset({"VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"})
"""Variables that say where bindings are as files."""
LABELS = ("hana", "xsuaa", "identity")
_SERVICE_SETTINGS = {
    "hana": "TOKONOMA_HANA_SERVICE",
    "xsuaa": "TOKONOMA_XSUAA_SERVICE",
    "identity": "TOKONOMA_IDENTITY_SERVICE",
}
_ROUTER_SETTINGS = {"xsuaa": "UAA_SERVICE_NAME", "identity": "IAS_SERVICE_NAME"}
"""By which the service, and the approuter, choose one of several."""

Binding = dict[str, Any]
"""A binding as VCAP_SERVICES has it; without `credentials` where the platform does not tell them."""


class Bound:
    """The bindings of the service `app` and of the approuter `router`. Every question may raise CfError."""

    def __init__(self, cf: CloudFoundry, app: str, router: str, guids: Mapping[str, str]) -> None:
        self._cf = cf
        self.app, self.router = app, router
        self._guids = guids
        self._known: dict[str, list[Binding]] = {}

    def all(self, name: str) -> list[Binding]:
        """Every binding of an app."""
        if name not in self._known:
            system = inside(self._env(name), "system_env_json")
            if "VCAP_SERVICES" in system or FILES.isdisjoint({*system, *self.variables(name)}):
                lists = inside(system, "VCAP_SERVICES").values()
                self._known[name] = [each for one in lists for each in _objects(one)]
            else:
                self._known[name] = self._of_files(name)
        return self._known[name]

    def labelled(self, name: str, label: str) -> list[Binding]:
        """The bindings of an app with a label."""
        return [each for each in self.all(name) if each.get("label") == label]

    def counting(self, name: str, label: str) -> list[Binding]:
        """Those of the kind `label` that an app takes into account: one is good, several are not."""
        settings = _ROUTER_SETTINGS if name == self.router else _SERVICE_SETTINGS
        wanted = str(self.variables(name).get(settings.get(label, ""), ""))
        if not wanted and (name, label) == (self.app, "xsuaa"):
            wanted = XSUAA_NAME if any(each.get("name") == XSUAA_NAME for each in self.all(name)) else ""
        if wanted:
            return [each for each in self.all(name) if each.get("name") == wanted]
        if name == self.router:
            return [each for each in self.all(name) if _is_for_the_router(each, label)]
        return self.labelled(name, label)

    def variables(self, name: str) -> Mapping[str, Any]:
        """The app's own variables."""
        return inside(self._env(name), "environment_variables")

    def instances(self, name: str) -> list[dict[str, Any]]:
        """The service instances that an app is bound to."""
        return _objects(
            inside(self._cf.get(bindings_of(self._guids[name])), "included").get("service_instances")
        )

    def parameters(self, binding: Binding) -> dict[str, Any]:
        """What an instance was created with; empty where its broker does not tell."""
        try:
            return self._cf.get(f"/v3/service_instances/{binding.get('instance_guid')}/parameters")
        except CfError:
            return {}

    def _env(self, name: str) -> dict[str, Any]:
        return self._cf.get(f"/v3/apps/{self._guids[name]}/env")

    def _of_files(self, name: str) -> list[Binding]:
        """Bindings that are files, in which nobody can look from here, as the platform's API tells them."""
        bindings = [each for each in self._cf.list(bindings_of(self._guids[name])) if each.get("guid")]
        instances = {str(each.get("guid")): each for each in self.instances(name)}
        if not instances:
            return []
        plans_path = (
            f"/v3/service_plans?service_instance_guids={','.join(instances)}&include=service_offering"
        )
        self._cf.prefetch([plans_path, *(_details_of(each) for each in bindings)])
        plans = {str(each.get("guid")): each for each in self._cf.list(plans_path)}
        included = _objects(inside(self._cf.get(plans_path), "included").get("service_offerings"))
        offerings = {str(each.get("guid")): str(each.get("name")) for each in included}
        return [self._as_in_the_variable(each, instances, plans, offerings) for each in bindings]

    def _as_in_the_variable(
        self,
        binding: Mapping[str, Any],
        instances: Mapping[str, Mapping[str, Any]],
        plans: Mapping[str, Mapping[str, Any]],
        offerings: Mapping[str, str],
    ) -> Binding:
        instance = instances.get(_related(binding, "service_instance"), {})
        plan = plans.get(_related(instance, "service_plan"), {})
        found: Binding = {
            "label": offerings.get(_related(plan, "service_offering"), "user-provided"),
            "name": binding.get("name") or instance.get("name"),
            "plan": plan.get("name"),
            "instance_name": instance.get("name"),
            "instance_guid": instance.get("guid"),
        }
        try:
            told = self._cf.get(_details_of(binding)).get("credentials")
        except CfError:
            # Whoever only reads the space may not see them.
            return found
        return {**found, "credentials": told} if isinstance(told, dict) else found


def _is_for_the_router(binding: Mapping[str, Any], label: str) -> bool:
    """Whether the approuter takes a binding for XSUAA, or IAS; a service of one's own says what it is."""
    if binding.get("label") != "user-provided":
        return label in str(binding.get("label"))
    known = inside(binding, "credentials")
    said = known.get("tags") if label == "xsuaa" else known.get("label")
    return isinstance(said, str | list) and label in said


def _objects(found: object) -> list[dict[str, Any]]:
    """The objects in a list; none in anything else."""
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def bindings_of(guid: str) -> str:
    """The question for the bindings of an app and their instances."""
    return f"/v3/service_credential_bindings?app_guids={guid}&include=service_instance"


def _details_of(binding: Mapping[str, Any]) -> str:
    return f"/v3/service_credential_bindings/{binding.get('guid')}/details"


def _related(resource: Mapping[str, Any], name: str) -> str:
    """The id of what a resource of the API is related to; empty if it is not."""
    return str(inside(resource, "relationships", name, "data").get("guid") or "")
