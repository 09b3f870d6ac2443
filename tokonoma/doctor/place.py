"""The place of the app: its settings, its bindings and its memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

from cfenv import AppEnv

from tokonoma import binding_sources
from tokonoma.bindings import (
    HANA_LABEL,
    XSUAA_LABEL,
    HanaBinding,
    IdentityBinding,
    XsuaaBinding,
    platform_environment,
    read_hana,
    read_identity,
    read_xsuaa,
)
from tokonoma.doctor import certificates
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.errors import BindingError, SettingsError
from tokonoma.platforms import platform as platforms
from tokonoma.settings import Settings

MOST_ENVIRONMENT = 110_000
"""Characters of bindings in a variable; the platform's limit for the environment is some 130 kB."""
CERTIFICATE_ROUTE = ".cert."
"""In the host names of the routes where the platform asks for client certificates."""
WORKER, REST = 40, 10
"""MB that a busy worker takes, and all else; docs/scaling.md has the figures."""


@dataclass
class AppPlace:
    """What is known of the place; the checks fill it in."""

    settings: Settings = field(default_factory=Settings)
    services: AppEnv | None = None
    hana: HanaBinding | None = None
    xsuaa: XsuaaBinding | None = None
    ias: IdentityBinding | None = None
    cgroup: Path = Path("/sys/fs/cgroup")

    def checks(self) -> list[Check]:
        return [
            Check("settings", self._settings),
            Check("bindings", self._bindings),
            Check("bindings.hana", self._hana, needs=("settings", "bindings")),
            Check("bindings.identity", self._identity, needs=("settings", "bindings")),
            Check("bindings.route", self._route, needs=("bindings.identity",)),
            Check("certificates", self._certificates, needs=("bindings",)),
            Check("memory", self._memory, needs=("settings",)),
        ]

    def _settings(self) -> Iterator[Seen]:
        known = {row.metadata["variable"] for row in fields(Settings)}
        unknown = sorted({name for name in os.environ if name.startswith("TOKONOMA_")} - known)
        if unknown:
            yield Seen(f"unknown: {', '.join(unknown)}", "settings.unknown")
        try:
            self.settings = Settings.read(os.environ)
            given = sum(bool(os.environ.get(name)) for name in known)
            yield Seen(f"{given} of {len(known)} are given, the others have their defaults")
        except SettingsError as error:
            yield Seen(str(error), "settings.wrong")

    def _bindings(self) -> Iterator[Seen]:
        source = binding_sources.source_of(os.environ)
        sources = (binding_sources.FILE, binding_sources.VARIABLE, binding_sources.FOLDER)
        unread = [name for name in sources if name != source and os.environ.get(name, "") not in ("", "{}")]
        if unread:
            yield Seen(f"{source} counts, {' and '.join(unread)} is not read", "bindings.unread")
        size = len(os.environ.get(binding_sources.VARIABLE, ""))
        if size > MOST_ENVIRONMENT:
            yield Seen(f"{binding_sources.VARIABLE} has {size:,} characters", "bindings.large")
        try:
            self.services = platform_environment()
        except BindingError as error:
            yield Seen(str(error), "bindings.unreadable")
            return
        count = len(self.services.services)
        yield Seen(f"{count} in {source}" if count else f"none in {source}")

    def _hana(self) -> Iterator[Seen]:
        assert self.services is not None
        try:
            binding = read_hana(self.services, self.settings.hana_service)
        except BindingError as error:
            if self._has(HANA_LABEL, self.settings.hana_service):
                failure = "hana.shape"
            elif not self.services.services and not platforms.find(os.environ).binds_services:
                yield Seen("none is bound: this platform binds none, and there is nothing to show then")
                return
            else:
                failure = "hana.instance" if self._has("hana-cloud") else "hana.unbound"
            yield Seen(str(error), failure)
            return
        self.hana = binding
        if binding.user.endswith("_DT"):
            yield Seen(f"the user of {binding.name!r} ends with _DT", "hana.design_time")
        yield Seen(f"{binding.name!r}, schema {binding.schema or '(the user has one)'}")

    def _identity(self) -> Iterator[Seen]:
        """By the platform's own gate, which says what it lacks."""
        assert self.services is not None
        try:
            kinds = platforms.find(os.environ).gate(os.environ, self.services, self.settings).kinds
        except BindingError as error:
            yield Seen(str(error), self._why(str(error)))
            return
        if "xsuaa" in kinds:
            self.xsuaa = read_xsuaa(self.services, self.settings.xsuaa_service)
            yield Seen(f"XSUAA {self.xsuaa.name!r}, xsappname {self.xsuaa.xsappname}")
        if "ias" in kinds:
            self.ias = read_identity(self.services, self.settings.identity_service)
            assert self.ias is not None
            yield Seen(f"IAS {self.ias.name!r}, tenant {self.ias.url}")

    def _route(self) -> Iterator[Seen]:
        """Whether clients can show their certificates, where IAS binds tokens to them."""
        if self.ias is None or self.ias.credentials.get("clientsecret"):
            return
        assert self.services is not None
        told = self.services.app.get("application_uris") or self.services.app.get("uris")
        routes = [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
        asking = [each for each in routes if CERTIFICATE_ROUTE in each.partition("/")[0].lower()]
        if asking:
            yield Seen(f"{', '.join(asking)} asks for certificates")
        else:
            yield Seen(f"{self.ias.name!r} has a certificate alone, and no route asks for one", "ias.route")

    def _why(self, sentence: str) -> str:
        """The failure that the gate's sentence stands for: IAS's or XSUAA's, or else the platform's own."""
        assert self.services is not None
        named, xsuaa = self.settings.identity_service, self.settings.xsuaa_service
        if sentence == _complaint(lambda services: read_identity(services, named), self.services):
            return "ias.shape"
        if sentence == _complaint(lambda services: read_xsuaa(services, xsuaa), self.services):
            return "xsuaa.shape" if self._has(XSUAA_LABEL, xsuaa) else "xsuaa.unbound"
        return "platform.wrong"

    def _has(self, label: str, name: str = "") -> bool:
        assert self.services is not None
        return any(
            each.name == name if name else each.env.get("label") == label for each in self.services.services
        )

    def _certificates(self) -> Iterator[Seen]:
        assert self.services is not None
        for each in self.services.services:
            is_hana = each.env.get("label") == HANA_LABEL
            name = ascii(each.name or "")[1:-1]
            yield from certificates.ends(name, each.credentials, roots=is_hana)

    def _memory(self) -> Iterator[Seen]:
        limit = _number(self.cgroup / "memory.max")
        if "oom_kill 0" not in (events := _text(self.cgroup / "memory.events")) and "oom_kill " in events:
            yield Seen("a process in this container was ended for its memory", "memory.killed")
        if not limit:
            return
        megabytes, needed = limit // 2**20, WORKER * self.settings.workers + REST
        sentence = f"{megabytes} MB for {self.settings.workers} workers"
        yield Seen(sentence, "memory.small" if megabytes < needed else "")


def _complaint(read: Callable[[AppEnv], object], services: AppEnv) -> str:
    """What a reader of bindings finds wrong; empty for nothing."""
    try:
        read(services)
    except BindingError as error:
        return str(error)
    return ""


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _number(file: Path) -> int:
    """The number in a file; 0 for none, or `max`."""
    text = _text(file).strip()
    return int(text) if text.isdigit() else 0
