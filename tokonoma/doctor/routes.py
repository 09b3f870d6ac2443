"""Beside the app: routes, and what has to agree with them: redirect addresses and destinations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tokonoma.doctor.cf import CfError, CloudFoundry, inside
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.services import Services

CALLBACK = "/login/callback"
FILES = {"identity": "deploy/cloudfoundry/ias.json", "xsuaa": "xs-security.json"}
"""Where the project says what an instance is created with."""
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


class Routes:
    """Looks at the addresses of the two apps."""

    def __init__(
        self,
        cf: CloudFoundry,
        app: str,
        router: str,
        guids: Mapping[str, str],
        services: Services,
        folder: Path,
    ) -> None:
        self._cf = cf
        self._app, self._router = app, router
        self._guids = guids
        self._services = services
        self._folder = folder

    def checks(self) -> list[Check]:
        return [
            Check("cf.routes", self._routes, needs=("cf.apps",)),
            Check("cf.redirects", self._redirects, needs=("cf.routes", "cf.bound")),
            Check("cf.destination", self._destination, needs=("cf.routes",)),
            Check("cf.csrf", self._csrf),
        ]

    def _hosts(self, name: str) -> list[str]:
        """The addresses of an app, without a scheme. Raises CfError."""
        return [str(each.get("url")) for each in self._cf.list(f"/v3/apps/{self._guids[name]}/routes")]

    def _routes(self) -> Iterator[Seen]:
        for name in self._guids:
            try:
                hosts = self._hosts(name)
            except CfError as error:
                yield Seen(str(error), "cf.answer")
                continue
            yield Seen(f"{name}: {', '.join(hosts)}") if hosts else Seen(f"{name} has no route", "cf.route")

    def _registered(self, label: str) -> tuple[str, list[str]]:
        """Where the redirect addresses were found, and they; as registered, if the broker tells."""
        for each in self._services.bound(self._router, label):
            told = self._services.parameters(str(each.get("instance_guid")))
            if found := _addresses(told):
                return str(each.get("name")), found
        file = FILES[label]
        try:
            return file, _addresses(json.loads((self._folder / file).read_text()))
        except (OSError, ValueError):
            return file, []

    def _redirects(self) -> Iterator[Seen]:
        """Of IAS if it is bound: then the approuter signs people in with that."""
        try:
            label = next((each for each in FILES if self._services.bound(self._router, each)), None)
            if label is None:
                return
            where, patterns = self._registered(label)
            hosts = self._hosts(self._router)
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        for pattern in patterns:
            if not _is_allowed(pattern):
                yield Seen(f"{where} has {pattern}", "cf.redirect_form")
        known = {host: _is_registered(f"https://{host}{CALLBACK}", patterns) for host in hosts}
        # One that people can sign in by is enough.
        failure = "cf.more_routes" if any(known.values()) else "cf.redirect"
        for host, is_known in known.items():
            address = f"https://{host}{CALLBACK}"
            if is_known:
                yield Seen(f"{where} has {address}")
            else:
                yield Seen(f"{where} does not have {address}", failure)

    def _destination(self) -> Iterator[Seen]:
        try:
            variables = self._cf.get(f"/v3/apps/{self._guids[self._router]}/env")
            hosts = self._hosts(self._app)
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        text = inside(variables, "environment_variables").get("destinations") or "[]"
        try:
            found = {each["name"]: each for each in json.loads(text)}
        except (ValueError, TypeError, KeyError, RecursionError):
            yield Seen(f"the variable destinations of {self._router} is not a list", "cf.destination")
            return
        # xs-app.json names it so, whatever the app is called.
        destination = found.get("myapp")
        if destination is None:
            yield Seen(f"{self._router} has no destination myapp", "cf.destination")
            return
        url = _parts(str(destination.get("url")))
        is_internal = (url.hostname or "").endswith(".internal")
        if not url.hostname:
            yield Seen("the destination myapp has no address as its url", "cf.destination")
        elif url.hostname not in {host.partition("/")[0] for host in hosts}:
            yield Seen(f"{url.hostname} is no route of {self._app}", "cf.destination")
        elif url.scheme != "https" and not is_internal:
            yield Seen(f"the destination begins with {url.scheme}", "cf.plain")
        elif str(destination.get("forwardAuthToken")).lower() != "true":
            yield Seen("the destination lacks forwardAuthToken", "cf.forward")
        else:
            yield Seen(f"{url.hostname}, with the token")

    def _csrf(self) -> Iterator[Seen]:
        """By the project's own xs-app.json; where there is none, nothing can be told."""
        try:
            found = json.loads((self._folder / "web" / "xs-app.json").read_text())["routes"]
            routes = [each for each in found if "destination" in each]
        except (OSError, ValueError, TypeError, KeyError):
            return
        for each in routes:
            methods = set(each.get("httpMethods") or WRITING)
            if methods & WRITING and each.get("csrfProtection") is not False:
                yield Seen(f"the route {str(each.get('source'))[:60]} wants a CSRF token", "cf.csrf")


def _addresses(document: object) -> list[str]:
    found = inside(document, "oauth2-configuration").get("redirect-uris")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _is_registered(address: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(address, pattern.partition("?")[0].replace("**", "*")) for pattern in patterns)


def _parts(address: str) -> SplitResult:
    """The parts of an address; empty ones for what is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _is_allowed(address: str) -> bool:
    """Whether XSUAA takes such an address: https, or http for this machine."""
    parts = _parts(address.replace("*", "x"))
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    )
