"""Beside the app: the two apps, as the `cf` command tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tokonoma.doctor.bound import Bound, bindings_of
from tokonoma.doctor.cf import CfError, CloudFoundry, inside
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.routes import Routes
from tokonoma.doctor.services import Services
from tokonoma.doctor.signing_in import SigningIn

KILLED = 137
"""The exit code of a process that was ended by SIGKILL, mostly for its memory."""
DAY = timedelta(days=1)
LARGE = 110_000
"""Characters of bindings in a variable; the platform's limit for the environment is some 130 kB."""


class Beside:
    """Looks at the service `app` and the approuter `router` in the targeted space."""

    def __init__(self, app: str, router: str, cf: CloudFoundry | None = None) -> None:
        """`cf` answers in the place of the command; the current folder holds xs-security.json."""
        self._names = (app, router)
        self._cf = cf or CloudFoundry()
        self._guids: dict[str, str] = {}
        bound = Bound(self._cf, app, router, self._guids)
        signing_in = SigningIn(bound)
        self._parts = (
            Services(self._cf, bound, self._guids),
            signing_in,
            Routes(self._cf, bound, self._guids, signing_in, Path()),
        )

    def checks(self) -> list[Check]:
        found = [
            Check("cf.login", self._login, seconds=8),
            Check("cf.apps", self._apps, needs=("cf.login",), seconds=15),
            Check("cf.state", self._state, needs=("cf.apps",)),
            Check("cf.builds", self._builds, needs=("cf.apps",)),
            Check("cf.events", self._events, needs=("cf.apps",)),
            Check("cf.features", self._features, needs=("cf.apps",)),
        ]
        for part in self._parts:
            found += part.checks()
        return found

    def _login(self) -> Iterator[Seen]:
        if not self._cf.is_there:
            yield Seen("there is no command cf", "cf.missing")
            return
        try:
            target = self._cf.run("target")
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        if target is None or "space:" not in target:
            yield Seen("cf target names no space", "cf.login")
            return
        [space] = [
            line.partition(":")[2].strip() for line in target.splitlines() if line.startswith("space:")
        ]
        yield Seen(f"the space {space}")

    def _apps(self) -> Iterator[Seen]:
        try:
            for name in self._names:
                guid = (self._cf.run("app", name, "--guid") or "").strip()
                if guid:
                    self._guids[name] = guid
                else:
                    yield Seen(f"there is no app {name} in this space", "cf.app")
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        if len(self._guids) == len(self._names):
            yield Seen(f"{' and '.join(self._names)} are there")
            self._cf.prefetch(path for guid in self._guids.values() for path in _questions(guid))

    def _state(self) -> Iterator[Seen]:
        for name, guid in self._guids.items():
            try:
                state = self._cf.get(f"/v3/apps/{guid}").get("state")
                instances = self._cf.list(f"/v3/apps/{guid}/processes/web/stats")
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            states = [str(each.get("state")) for each in instances]
            running = states.count("RUNNING")
            begins = states.count("STARTING")
            if state != "STARTED":
                yield Seen(f"{name} is stopped", "cf.stopped")
            elif not states or set(states) == {"DOWN"}:
                yield Seen(f"{name} has no instances that run: scaled to 0?", "cf.scaled")
            elif begins and running + begins == len(states):
                yield Seen(f"{begins} of {len(states)} instances of {name} are starting", "cf.starting")
            elif running < len(states):
                yield Seen(f"{running} of {len(states)} instances of {name} run", "cf.crashed")
            elif all(each.get("routable") is False for each in instances):
                yield Seen(f"none of {len(states)} instances of {name} is ready", "cf.unready")
            else:
                yield Seen(f"{running} of {len(states)} instances of {name} run")

    def _builds(self) -> Iterator[Seen]:
        for name, guid in self._guids.items():
            try:
                builds = self._cf.list(_builds_of(guid))
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            if builds and builds[0].get("state") == "FAILED":
                yield Seen(f"the last build of {name} failed", _of_the_build(str(builds[0].get("error"))))
            elif builds:
                yield Seen(f"the last build of {name} went well")
        if Path("vendor").is_dir() and Path("requirements.txt").exists():
            yield Seen("there is a folder vendor here, which would be pushed", "cf.vendor")

    def _events(self) -> Iterator[Seen]:
        for name, guid in self._guids.items():
            try:
                events = self._cf.list(_crashes_of(guid))
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            told = [json.dumps(event.get("data") or {}) for event in events]
            killed = [
                event
                for event, text in zip(events, told, strict=True)
                if f'"exit_status": {KILLED}' in text or "out of memory" in text
            ]
            if killed:
                is_past = not any(map(_is_recent, killed))
                yield Seen(
                    f"{name} was ended for its memory: {len(killed)} of {len(told)} crashes"
                    f"{', all of them over a day ago' if is_past else ''}",
                    "cf.crashes" if is_past else "cf.killed",
                )
            elif told:
                yield Seen(f"{name} has crashed {len(told)} times", "cf.crashes")
            else:
                yield Seen(f"{name} has not crashed")

    def _features(self) -> Iterator[Seen]:
        for name, guid in self._guids.items():
            try:
                features = self._cf.list(f"/v3/apps/{guid}/features")
                variables = self._cf.get(f"/v3/apps/{guid}/env")
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            on = {str(each.get("name")) for each in features if each.get("enabled")}
            both = {"file-based-vcap-services", "service-binding-k8s"} & on
            own: dict[str, Any] = inside(variables, "environment_variables")
            size = len(json.dumps(inside(variables, "system_env_json", "VCAP_SERVICES")))
            if len(both) > 1:
                yield Seen(f"{name} has both {' and '.join(sorted(both))}", "cf.features")
            elif "service-binding-k8s" in on and name == self._names[1] and not _names_a_service(own):
                yield Seen(f"{name} has its bindings as files, without the name of a service", "cf.files")
            elif size > LARGE and not both:
                yield Seen(f"the bindings of {name} have {size:,} characters", "cf.large")
            else:
                yield Seen(f"the bindings of {name} come in {next(iter(both), 'VCAP_SERVICES')}")


def _questions(guid: str) -> list[str]:
    """What is asked about each app, so that it can be asked at once."""
    app = f"/v3/apps/{guid}"
    return [
        *(app, f"{app}/processes/web/stats", _builds_of(guid), _crashes_of(guid), f"{app}/features"),
        *(
            f"{app}/env",
            f"{app}/routes",
            bindings_of(guid),
        ),
    ]


def _builds_of(guid: str) -> str:
    return f"/v3/apps/{guid}/builds?order_by=-created_at&per_page=1"


def _crashes_of(guid: str) -> str:
    return (
        f"/v3/audit_events?target_guids={guid}&types=audit.app.process.crash&order_by=-created_at&per_page=5"
    )


def _is_recent(event: Mapping[str, Any]) -> bool:
    """Whether an event is of the last day, or does not tell."""
    try:
        moment = datetime.fromisoformat(str(event.get("created_at")))
    except ValueError:
        return True
    return moment.tzinfo is None or datetime.now(UTC) - moment < DAY


def _names_a_service(variables: dict[str, Any]) -> bool:
    return bool(variables.get("UAA_SERVICE_NAME") or variables.get("IAS_SERVICE_NAME"))


def _of_the_build(error: str) -> str:
    """The failure that a build's error means."""
    lower = error.lower()
    if "no match found" in lower:
        return "cf.python"
    return "cf.vendor" if "vendor" in lower else "cf.staging"
