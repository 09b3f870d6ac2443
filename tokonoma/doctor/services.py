"""Beside the app: its service instances, and what the two apps are bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokonoma.doctor import certificates
from tokonoma.doctor.bound import Bound
from tokonoma.doctor.cf import CfError, CloudFoundry, inside
from tokonoma.doctor.checkup import Check, Seen

PLANS = {
    "hana": frozenset({"hdi-shared", "schema"}),
    "xsuaa": frozenset({"application", "broker", "space"}),
    "identity": frozenset({"application"}),
}
"""The plans that can be used, by offering."""
HANA_PLANS = "/v3/service_plans?service_offering_names=hana"


class Services:
    """Looks at what the two apps are bound to."""

    def __init__(self, cf: CloudFoundry, bound: Bound, guids: Mapping[str, str]) -> None:
        self._cf = cf
        self._of = bound
        self._app = bound.app
        self._guids = guids

    def checks(self) -> list[Check]:
        return [
            Check("cf.services", self._states, needs=("cf.apps",)),
            Check("cf.bound", self._bound, needs=("cf.apps",), seconds=10),
            Check("cf.certificates", self._certificates, needs=("cf.apps",)),
        ]

    def _states(self) -> Iterator[Seen]:
        seen: set[str] = set()
        for name in self._guids:
            try:
                instances = self._of.instances(name)
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            for each in instances:
                if str(each.get("guid")) not in seen:
                    seen.add(str(each.get("guid")))
                    yield _state_of(each)

    def _bound(self) -> Iterator[Seen]:
        try:
            bindings = {name: self._of.all(name) for name in self._guids}
            schemas = self._of.counting(self._app, "hana")
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        if len(schemas) > 1:
            yield Seen(f"{self._app} is bound to several schemas, and no setting names one", "cf.several")
        elif not schemas and self._of.labelled(self._app, "hana-cloud"):
            yield Seen(f"{self._app} is bound to hana-cloud", "cf.instance")
        elif not schemas:
            yield from self._without_hana()
        for each in bindings[self._app]:
            plans = PLANS.get(str(each.get("label")))
            if plans and str(each.get("plan")) not in plans:
                yield Seen(f"{each.get('name')} has the plan {each.get('plan')}", "cf.plan")
        for name, found in bindings.items():
            untold = [str(each.get("name")) for each in found if "credentials" not in each]
            if untold:
                yield Seen(f"the credentials of {', '.join(untold)} in {name} are not told here", "cf.unseen")
        bound = (
            f"{name} is bound to {', '.join(sorted({str(each.get('label')) for each in found}))}"
            for name, found in bindings.items()
            if found
        )
        if told := "; ".join(bound):
            yield Seen(told)

    def _without_hana(self) -> Iterator[Seen]:
        try:
            plans = {str(each.get("name")) for each in self._cf.list(HANA_PLANS)}
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        if "hdi-shared" not in plans:
            yield Seen("the marketplace has no plan hdi-shared of hana", "cf.entitlement")
        else:
            yield Seen(f"{self._app} has no schema", "cf.unbound")

    def _certificates(self) -> Iterator[Seen]:
        for name in self._guids:
            try:
                bindings = [each for each in self._of.all(name) if str(each.get("label")) in PLANS]
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            for each in bindings:
                credentials = each.get("credentials")
                if isinstance(credentials, dict):
                    is_hana = each.get("label") == "hana"
                    yield from certificates.ends(f"{each.get('name')} of {name}", credentials, roots=is_hana)


def _state_of(instance: Mapping[str, Any]) -> Seen:
    last = inside(instance, "last_operation")
    name, told = instance.get("name"), f"{last.get('type')} {last.get('state')}"
    if "no database available" in str(last.get("description")).lower():
        return Seen(f"{name}: there is no database available", "cf.database")
    failure = {"failed": "cf.failed", "in progress": "cf.pending", "initial": "cf.pending"}
    return Seen(f"{name}: {told}", failure.get(str(last.get("state")), ""))
