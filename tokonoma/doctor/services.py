"""Beside the app: its service instances, and whether both apps are bound to the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokonoma.doctor import certificates
from tokonoma.doctor.cf import CfError, CloudFoundry, inside
from tokonoma.doctor.checkup import Check, Seen

PLANS = {
    "hana": frozenset({"hdi-shared", "schema"}),
    "xsuaa": frozenset({"application", "broker", "space"}),
    "identity": frozenset({"application"}),
}
"""The plans that can be used, by offering."""
IDENTITY = frozenset({"xsuaa", "identity"})


FILES = frozenset({"VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"})
"""Variables that say where bindings are as files."""


class Services:
    """Looks at what the two apps are bound to."""

    def __init__(self, cf: CloudFoundry, app: str, router: str, guids: Mapping[str, str]) -> None:
        self._cf = cf
        self._app, self._router = app, router
        self._guids = guids

    def checks(self) -> list[Check]:
        return [
            Check("cf.services", self._states, needs=("cf.apps",)),
            Check("cf.bound", self._bound, needs=("cf.apps",)),
            Check("cf.same", self._same, needs=("cf.bound",)),
            Check("cf.certificates", self._certificates, needs=("cf.apps",)),
            Check("cf.tokens", self._tokens, needs=("cf.bound",)),
        ]

    def bound(self, name: str, label: str) -> list[dict[str, Any]]:
        """The bindings of an app with a label, as VCAP_SERVICES has them. Raises CfError."""
        variables = self._cf.get(f"/v3/apps/{self._guids[name]}/env")
        services = inside(variables, "system_env_json", "VCAP_SERVICES")
        return [each for each in services.get(label) or [] if isinstance(each, dict)]

    def are_files(self, name: str) -> bool:
        """Whether an app has its bindings as files alone, which the platform's API does not tell.

        Raises CfError.
        """
        variables = self._cf.get(f"/v3/apps/{self._guids[name]}/env")
        system = inside(variables, "system_env_json")
        return "VCAP_SERVICES" not in system and not FILES.isdisjoint(
            {*system, *inside(variables, "environment_variables")}
        )

    def parameters(self, guid: str) -> dict[str, Any]:
        """What an instance was created with; empty where its broker does not tell."""
        try:
            return self._cf.get(f"/v3/service_instances/{guid}/parameters")
        except CfError:
            return {}

    def _instances(self, name: str) -> list[dict[str, Any]]:
        path = f"/v3/service_credential_bindings?app_guids={self._guids[name]}&include=service_instance"
        return list((self._cf.get(path).get("included") or {}).get("service_instances") or [])

    def _states(self) -> Iterator[Seen]:
        seen: set[str] = set()
        for name in self._guids:
            try:
                instances = self._instances(name)
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            for each in instances:
                if each.get("guid") not in seen:
                    seen.add(str(each.get("guid")))
                    yield _state_of(each)

    def _bound(self) -> Iterator[Seen]:
        try:
            labels = {
                name: {label for label in (*PLANS, "hana-cloud") if self.bound(name, label)}
                for name in self._guids
            }
            unseen = {name for name in self._guids if self.are_files(name)}
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        yield from self._of_identity(labels, unseen)
        if "hana" not in labels[self._app] and self._app not in unseen:
            if "hana-cloud" in labels[self._app]:
                yield Seen(f"{self._app} is bound to hana-cloud", "cf.instance")
            else:
                yield from self._without_hana()
        for label, plans in PLANS.items():
            for each in self.bound(self._app, label):
                if each.get("plan") not in plans:
                    yield Seen(f"{each.get('name')} has the plan {each.get('plan')}", "cf.plan")
        if any(labels.values()):
            bound = (f"{name} is bound to {', '.join(sorted(each))}" for name, each in labels.items() if each)
            yield Seen("; ".join(bound))

    def _of_identity(self, labels: Mapping[str, set[str]], unseen: set[str]) -> Iterator[Seen]:
        """Who signs people in, by the labels of each app's bindings; those of `unseen` are not known."""
        for name, found in labels.items():
            if name in unseen:
                yield Seen(f"{name} has its bindings as files, which were not looked at", "cf.unseen")
            elif not found & IDENTITY:
                yield Seen(f"{name} has no XSUAA and no IAS", "cf.unbound")
        kinds = {name: found & IDENTITY for name, found in labels.items()}
        if all(kinds.values()) and not set.intersection(*kinds.values()):
            told = " and ".join(f"{name} to {', '.join(sorted(found))}" for name, found in kinds.items())
            yield Seen(f"bound are {told}", "cf.two_kinds")

    def _without_hana(self) -> Iterator[Seen]:
        try:
            plans = {p.get("name") for p in self._cf.list("/v3/service_plans?service_offering_names=hana")}
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        if "hdi-shared" not in plans:
            yield Seen("the marketplace has no plan hdi-shared of hana", "cf.entitlement")
        else:
            yield Seen(f"{self._app} has no schema", "cf.unbound")

    def _same(self) -> Iterator[Seen]:
        for label in sorted(IDENTITY):
            try:
                pairs = [
                    {
                        str(each.get("instance_guid") or each.get("instance_name"))
                        for each in self.bound(name, label)
                    }
                    for name in (self._app, self._router)
                ]
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            if all(pairs) and not pairs[0] & pairs[1]:
                yield Seen(f"{self._app} and {self._router} have another {label} each", "cf.two_xsuaa")
            elif all(pairs):
                yield Seen(f"both apps have the same {label}")

    def _certificates(self) -> Iterator[Seen]:
        for name in self._guids:
            try:
                bindings = [each for label in PLANS for each in self.bound(name, label)]
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            for each in bindings:
                credentials = each.get("credentials")
                if isinstance(credentials, dict):
                    is_hana = each.get("label") == "hana"
                    yield from certificates.ends(f"{each.get('name')} of {name}", credentials, roots=is_hana)

    def _tokens(self) -> Iterator[Seen]:
        """What an instance of IAS has to say of tokens, so that sessions last and XSUAA takes them."""
        for each in self.bound(self._router, "identity"):
            told = self.parameters(str(each.get("instance_guid")))
            policy = inside(told, "oauth2-configuration", "token-policy")
            if told and policy.get("access-token-format") != "jwt":
                yield Seen(f"{each.get('name')} renews tokens as opaque ones", "cf.opaque")
            if told and self.bound(self._router, "xsuaa") and not told.get("xsuaa-cross-consumption"):
                yield Seen(f"{each.get('name')} lacks xsuaa-cross-consumption", "cf.exchange")


def _state_of(instance: Mapping[str, Any]) -> Seen:
    last = instance.get("last_operation") or {}
    name, told = instance.get("name"), f"{last.get('type')} {last.get('state')}"
    if "no database available" in str(last.get("description")).lower():
        return Seen(f"{name}: there is no database available", "cf.database")
    failure = {"failed": "cf.failed", "in progress": "cf.pending", "initial": "cf.pending"}
    return Seen(f"{name}: {told}", failure.get(str(last.get("state")), ""))
