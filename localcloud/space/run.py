"""Starts a project: stand-ins for its services, then its apps; and stops it all again."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from shlex import quote

from localcloud.banner import framed, people_lines, python_command
from localcloud.certificates import Authority
from localcloud.child_process import ChildProcess
from localcloud.cloudfoundry import process_environment
from localcloud.console import Console
from localcloud.parts import stop, wait_for
from localcloud.ports import LOOPBACK
from localcloud.running_cloud import RunningCloud, claimed, option, temporary_files
from localcloud.shutdown import Shutdown, ShutdownRequested

from .declared import App, HealthCheck
from .destinations import about_destinations, declared_variables
from .environment import environment_of
from .plan import Options, PortsInUse, StartPlan, settle, tools_of
from .provided import HANA, IDENTITY, STAND_INS, XSUAA, Provided
from .services import provide
from .trust import TRUST_FILE, write_trust_file


def run(options: Options, notes: Path) -> int:
    """Start the project, say where everything is and run until a shutdown; returns the exit code.

    `notes` is the folder that the other commands read. Raises ProjectError, PortTakenError,
    AlreadyRunningError, OSError, and RuntimeError or ValueError where a service does not start.
    """
    shutdown = Shutdown()
    shutdown.listen()
    in_use = PortsInUse(any_port=options.port == 0)
    plan = settle(options, in_use)
    console = Console(on_loss=shutdown.request, width=max(len(app.name) for app in plan.apps))
    started = time.monotonic()

    def ready(part: str, where: str) -> None:
        console.say(f"  {part:<16} ready   {where}   ({time.monotonic() - started:.1f} s)")
        shutdown.wait(0)

    try:
        with ExitStack() as stack:
            stack.enter_context(claimed(notes))
            (notes / ".gitignore").write_text("*\n")  # secrets lie here
            console.say(f"Starting {plan.space.name}, as {plan.space.file} says")
            for note in plan.notes:
                console.say(f"  {note}")
            authority = Authority()
            trust = write_trust_file(notes.resolve(), authority.certificate)
            provided = {}
            for service, given in provide(plan, options, stack, authority, in_use):
                if isinstance(given, Provided):
                    provided[service.name] = given
                    ready(service.name, given.told)
                else:
                    console.say(f"  {given}")
            environments = _environments(plan, options, provided, trust)
            for app in plan.apps:
                for sentence in about_destinations(app, environments[app.name], plan.places):
                    console.say(f"  {sentence}")
            _remember(plan, provided, environments, trust, notes)
            temporary = stack.enter_context(temporary_files(notes))
            parts = _started(plan, environments, {"TMPDIR": str(temporary)}, shutdown, console)
            stack.enter_context(parts)
            for app in plan.apps:
                if app.has_web:
                    check = partial(_answers, plan.ports[app.name], app.health)
                    wait_for(app.name, check, shutdown)
                    ready(app.name, plan.places.places[app.name].url)
            console.say(_banner(plan, provided, option(notes)))
            shutdown.wait()
    except ShutdownRequested as end:
        console.say(end.reason or "Stopped.")
        return 1 if end.reason else 0
    return 0


def _environments(
    plan: StartPlan, options: Options, provided: Mapping[str, Provided], trust: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    return {
        app.name: environment_of(
            app,
            plan.ports.get(app.name, 0),
            declared_variables(app, plan.places, options.destinations),
            provided,
            trust,
            plan.commands[app.name].values(),
        )
        for app in plan.apps
    }


def _remember(
    plan: StartPlan,
    provided: Mapping[str, Provided],
    environments: dict[str, dict[str, str]],
    trust: Mapping[str, str],
    notes: Path,
) -> None:
    """Write what the other commands need: with several of a kind, that of the first service."""
    first = {
        label: next((dict(each.credentials) for each in provided.values() if each.label == label), {})
        for label in STAND_INS
    }
    address = plan.places.places[plan.front.name].url if plan.front else plan.space.name
    RunningCloud(
        address=address,
        hana=first[HANA],
        xsuaa=first[XSUAA] or None,
        ias=first[IDENTITY] or None,
        authority=trust[TRUST_FILE],
        environments=environments,
    ).remember(notes)


@contextmanager
def _started(
    plan: StartPlan,
    environments: Mapping[str, Mapping[str, str]],
    extra: Mapping[str, str],
    shutdown: Shutdown,
    console: Console,
) -> Iterator[None]:
    """Run every process of every app, and end them with the block."""

    def tell(part: ChildProcess) -> None:
        shutdown.request(f"{part.name} has stopped (exit code {part.exit_code}); its last lines are above.")

    parts: list[ChildProcess] = []
    try:
        for app in plan.apps:
            composed = {**environments[app.name], **extra}
            environment = process_environment(composed, *tools_of(app, plan.space.folder))
            for kind, command in plan.commands[app.name].items():
                name = app.name if kind == "web" else f"{app.name}/{kind}"
                parts.append(
                    ChildProcess(name, command, environment, app.folder, on_line=console.say_of, on_end=tell)
                )
        yield
    finally:
        console.say("Stopping; Ctrl-C once more ends it at once.")
        stop(parts, shutdown)


def _answers(port: int, health: HealthCheck) -> bool:
    """Whether an app is healthy, as the platform would find."""
    if health.kind == "process":
        return True
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.connect()
        if health.kind == "port":
            return True
        connection.request("GET", health.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _banner(plan: StartPlan, provided: Mapping[str, Provided], folder: str) -> str:
    command = f"{python_command()} -m localcloud{folder}"
    lines = []
    if plan.front:
        lines += [f"{plan.space.name} is open:  {plan.places.places[plan.front.name].url}/", ""]
    people = next((each.people for each in provided.values() if each.people), ())
    lines += [*people_lines(people, "no role"), ""] if people else []
    behind = _behind(plan)
    if people and behind:
        url = plan.places.places[behind.name].url
        lines.append(f'With a token  curl -H "Authorization: Bearer $({command} token alice)" {url}/')
    if any(each.label == HANA for each in provided.values()):
        lines.append(f"In SQL        {command} sql")
    name = behind.name if behind else plan.apps[0].name
    lines += [f"In its place  {environment_command(command, name)}", "Stop          Ctrl-C"]
    return framed(lines)


def environment_command(command: str, app: str) -> str:
    """What a shell runs to get an app's environment, whatever the app is called."""
    return f'eval "$({command} env {quote(app)})"'


def _behind(plan: StartPlan) -> App | None:
    """The first app behind the one that people open."""
    return next((app for app in plan.apps if app.has_web and app is not plan.front), plan.front)
