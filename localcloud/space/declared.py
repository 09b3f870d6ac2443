"""What a project declares of its apps and services, whichever file it does so in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class ProjectError(ValueError):
    """A project cannot be started; the message names the file, the place in it, and what is wrong."""


def unprintable(where: object, name: str) -> ProjectError:
    """The refusal of a name that would do something to a terminal."""
    return ProjectError(f"{where}: the name {name!r} has characters that cannot be printed")


@dataclass(frozen=True)
class Binding:
    """A service that an app is bound to; `name` is the binding's own, mostly empty."""

    service: str
    name: str = ""


HEALTH_CHECKS = ("port", "http", "process")
"""When an app counts as started: it listens, it answers 200, or at once."""


@dataclass(frozen=True)
class HealthCheck:
    """One of HEALTH_CHECKS, and the path that http asks for."""

    kind: str = "port"
    path: str = "/"


@dataclass(frozen=True)
class App:
    """One app: what is in `env` is text, as the app will read it."""

    name: str
    folder: Path
    command: str = ""
    """Of its web process; empty where a Procfile or a package.json has to say it."""
    workers: Mapping[str, str] = field(default_factory=dict)
    """Further processes that run without a port: type to command, which may be empty as well."""
    routes: tuple[str, ...] = ()
    """Its addresses in the cloud, without a scheme."""
    bindings: tuple[Binding, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    health: HealthCheck = field(default_factory=HealthCheck)
    has_web: bool = True
    """False where no instance of the web process is wanted."""


@dataclass(frozen=True)
class Service:
    """One service instance; label and plan are empty where the project does not tell them."""

    name: str
    label: str = ""
    plan: str = ""
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What it is created with; for an XSUAA its xs-security.json, as far as it stands in a file."""
    credentials: Mapping[str, Any] | None = field(default=None, repr=False)
    """Of a user-provided service, whose credentials the project knows."""


@dataclass(frozen=True)
class Space:
    """A project: its apps in the order of their start, its services by name."""

    name: str
    file: Path
    """Where it is declared."""
    apps: tuple[App, ...]
    services: Mapping[str, Service]
    tables: Mapping[str, Path]
    """The design-time folder that the project deploys to a HANA service."""
    notes: tuple[str, ...] = ()
    """What is not started, and why: a sentence each."""

    def __post_init__(self) -> None:
        kinds = (kind for app in self.apps for kind in app.workers)
        for name in (self.name, *(app.name for app in self.apps), *kinds, *self.services):
            if not name.isprintable():
                raise unprintable(self.file, name)

    @property
    def folder(self) -> Path:
        return self.file.parent
