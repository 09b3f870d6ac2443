"""Beside the app: routes, and what has to agree with them: redirect addresses and destinations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from tokonoma.doctor.bound import Bound
from tokonoma.doctor.cf import CfError, CloudFoundry, inside
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.place import CERTIFICATE_ROUTE
from tokonoma.doctor.signing_in import SigningIn

CALLBACK = "/login/callback"
FILES = {"identity": "deploy/cloudfoundry/ias.json", "xsuaa": "xs-security.json"}
"""Where the project says what an instance is created with."""
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


class Routes:
    """Looks at the addresses of the two apps."""

    def __init__(
        self,
        cf: CloudFoundry,
        bound: Bound,
        guids: Mapping[str, str],
        signing_in: SigningIn,
        folder: Path,
    ) -> None:
        self._cf = cf
        self._bound = bound
        self._app, self._router = bound.app, bound.router
        self._guids = guids
        self._signing_in = signing_in
        self._folder = folder

    def checks(self) -> list[Check]:
        return [
            Check("cf.routes", self._routes, needs=("cf.apps",)),
            Check("cf.redirects", self._redirects, needs=("cf.routes", "cf.identity")),
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

    def _in_the_project(self, file: str) -> list[str]:
        """The redirect addresses in a file of the project; none where it cannot be read."""
        try:
            return _addresses(json.loads((self._folder / file).read_text()))
        except (OSError, ValueError, RecursionError):
            return []

    def _redirects(self) -> Iterator[Seen]:
        try:
            used = self._signing_in.used()
            if used is None:
                return
            registered = _addresses(self._bound.parameters(used))
            hosts = self._hosts(self._router)
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        file = FILES[used["label"]]
        written = self._in_the_project(file)
        # As registered, if the broker tells; one that it refuses stands in the file.
        where, patterns = (str(used.get("name")), registered) if registered else (file, written)
        for place, addresses in {where: patterns, file: written}.items():
            for pattern in addresses:
                if not _is_allowed(pattern):
                    yield Seen(f"{place} has {pattern}", "cf.redirect_form")
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
            variables = self._bound.variables(self._router)
            hosts = self._hosts(self._app)
            shows = self._signing_in.is_bound_to_a_certificate()
        except CfError as error:
            yield Seen(str(error), "cf.answer")
            return
        text = variables.get("destinations") or "[]"
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
        elif shows and not _shows_a_certificate(destination, url.hostname):
            yield Seen("the destination shows the service no certificate", "cf.unproved")
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


def _shows_a_certificate(destination: Mapping[str, Any], host: str) -> bool:
    """Whether the approuter shows its certificate, and the platform asks for it there."""
    return str(destination.get("forwardAuthCertificates")).lower() == "true" and CERTIFICATE_ROUTE in host


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
