"""Settles what a project's start will be: where each app listens, what it runs, what each service is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.cloudfoundry import process_environment
from localcloud.ports import LOOPBACK, PortTakenError, free_port, why_not

from .addresses import Addresses, Place
from .declared import App, ProjectError, Service, Space
from .hdi import has_tables, is_unbuilt, usual_tables
from .provided import HANA, STAND_INS, settled
from .reading import read_space
from .start_command import is_router, start_commands, tool_folders, what_is_missing

ROUTER_PORT, APP_PORT = 5050, 3000


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    project: Path
    file: Path | None = None
    port: int | None = None
    """Of the approuter, or of the first app where there is none; 0 stands for any ports, of everything."""
    seeds: Mapping[str, Path] = field(default_factory=dict)
    """What fills a HANA service, by its name; that of no name fills any."""
    services: Mapping[str, str] = field(default_factory=dict)
    """The kind of a service, or the file with its credentials."""
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: tuple[Path, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    destinations: Mapping[str, str] = field(default_factory=dict)
    """Addresses of destinations that approuters have beside their own."""
    without: frozenset[str] = frozenset()


class PortsInUse:
    """Hands out free ports, each once; with `any_port` never the usual ones, which others may want too."""

    def __init__(self, *, any_port: bool = False) -> None:
        self._any = any_port
        self._taken: set[int] = set()

    def take(self, wanted: int) -> int:
        """The wanted port or, if it is taken, another."""
        port = free_port(0 if self._any else wanted, without=self._taken)
        self._taken.add(port)
        return port


@dataclass(frozen=True)
class StartPlan:
    """What will be started, and what will not."""

    space: Space
    apps: tuple[App, ...]
    services: tuple[Service, ...]
    places: Addresses
    """Where the apps with a web process listen."""
    ports: Mapping[str, int]
    commands: Mapping[str, Mapping[str, str]]
    """By app and type of process."""
    front: App | None
    """The app that people open."""
    tables: Mapping[str, Path | None]
    """By HANA service."""
    notes: tuple[str, ...]


def settle(options: Options, in_use: PortsInUse) -> StartPlan:
    """Read the project and plan its start.

    Raises ProjectError for what does not fit or is not installed, and PortTakenError.
    """
    space = read_space(options.project, options.file, options.variables, options.variable_files)
    _check_names(space, options)
    apps = tuple(app for app in space.apps if app.name not in options.without)
    if not apps:
        raise ProjectError(f"{space.file}: no app is left to be started")
    wanted = dict.fromkeys(binding.service for app in apps for binding in app.bindings)
    guesses = [settled(space.services[name], options.services.get(name)) for name in wanted]
    services = tuple(service for service, _ in guesses)
    tables, about_tables = _tables(space, services, options)
    commands = _commands(apps, options, space)
    front = next((app for app in apps if app.has_web and is_router(app.folder)), None)
    front = front or next((app for app in apps if app.has_web), None)
    ports = _ports(apps, front, options.port, in_use)
    notes = (*space.notes, *(guess for _, guess in guesses if guess), *about_tables)
    places = Addresses(
        Place(app, f"{'localhost' if is_router(app.folder) else LOOPBACK}:{ports[app.name]}")
        for app in apps
        if app.has_web
    )
    return StartPlan(space, apps, services, places, ports, commands, front, tables, notes)


def tools_of(app: App, project: Path) -> list[Path]:
    """The folders of the programs that an app finds first."""
    own = [Path(sys.executable).parent] if sys.prefix != sys.base_prefix else []
    return [*tool_folders(app.folder.resolve(), project.resolve()), *own]


def _check_names(space: Space, options: Options) -> None:
    """What an option names has to be there."""
    apps = [app.name for app in space.apps]
    _among("app", options.without | options.commands.keys(), apps)
    seeds = options.seeds.keys() - {""}
    _among("service", options.services.keys() | seeds, space.services)


def _among(kind: str, named: Iterable[str], known: Iterable[str]) -> None:
    for name in sorted(named):
        if name not in known:
            others = ", ".join(known) or "none"
            raise ProjectError(f"there is no {kind} {name} in the project; there are: {others}")


def _commands(apps: Iterable[App], options: Options, space: Space) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    missing: list[str] = []
    for app in apps:
        tools = tools_of(app, space.folder)
        path = process_environment({}, *tools)["PATH"]
        found[app.name] = start_commands(app, options.commands) if app.folder.is_dir() else {}
        missing += what_is_missing(app, found[app.name], path)
    if missing:
        raise ProjectError(os.linesep.join(missing))
    return found


def _tables(
    space: Space, services: Iterable[Service], options: Options
) -> tuple[dict[str, Path | None], list[str]]:
    """What fills each HANA service that gets a stand-in, and what is to be said about it."""
    found: dict[str, Path | None] = {}
    notes = []
    for service in services:
        if service.label != HANA or options.services.get(service.name, HANA) not in STAND_INS:
            continue
        seed = options.seeds.get(service.name) or options.seeds.get("") or space.tables.get(service.name)
        if seed and not seed.exists():
            build = "; a CAP project makes it by `npx cds build --production`, and --seed names another"
            hint = build if seed == space.tables.get(service.name) else ""
            raise ProjectError(f"{service.name}: there is no {seed} to fill it from{hint}")
        filling = seed or usual_tables(space.folder)
        found[service.name] = filling
        if is_unbuilt(space.folder) and not (filling and (filling.is_file() or has_tables(filling))):
            notes.append(
                f"{service.name}: db/ holds CDS models, and no tables: `npx cds build --for hana` makes some"
            )
    return found, notes


def _ports(apps: Iterable[App], front: App | None, wanted: int | None, in_use: PortsInUse) -> dict[str, int]:
    ports = {}
    if wanted and front:
        if why := why_not(wanted):
            raise PortTakenError(f"Port {wanted} {why}; choose another with --port, or none.")
        ports[front.name] = in_use.take(wanted)
    usual = {True: ROUTER_PORT, False: APP_PORT}
    for app in apps:
        kind = is_router(app.folder)
        if app.has_web and app.name not in ports:
            ports[app.name] = in_use.take(usual[kind])
            usual[kind] += 10
    return ports
