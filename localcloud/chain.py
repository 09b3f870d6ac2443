"""Starts the whole chain: local HANA, who signs people in, the service, the approuter; and stops it again."""

from __future__ import annotations

import http.client
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote

from . import cloudfoundry
from .banner import framed, people_lines, python_command
from .certificate_route import HOST, certificate_route
from .certificates import Authority
from .child_process import ChildProcess
from .cloudfoundry import PROJECT
from .console import Console
from .hana.local import LocalHana
from .identity import Bindings, IdentityPorts, identity_services
from .parts import stop, wait_for
from .ports import LOOPBACK, PortTakenError, free_port, why_not
from .running_cloud import RunningCloud, claimed, option, temporary_files
from .server_certificate import ServerCertificate
from .shutdown import Shutdown, ShutdownRequested
from .xsuaa.users import User


@dataclass(frozen=True)
class Ports:
    """The usual ports; one that another program uses is replaced by a free one."""

    web: int = 5050
    myapp: int = 3000
    xsuaa: int = 5051
    xsuaa_tls: int = 5052
    ias: int = 5053
    ias_tls: int = 5054
    certificates: int = 5055
    hana: int = 39015


def run(web: int | None, folder: Path, identity: str = "xsuaa", *, certificates: bool = False) -> int:
    """Start everything, print the addresses and run until a shutdown is requested; returns the exit code.

    The approuter listens on the port `web`; with None on its usual port or, if that is taken, on another.
    `identity` is one of IDENTITIES; with `certificates` the apps sign in to IAS with certificates.
    Raises PortTakenError, AlreadyRunningError where `folder` belongs to another local cloud, and OSError.
    """
    shutdown = Shutdown()
    shutdown.listen()
    console = Console(on_loss=shutdown.request)
    started = time.monotonic()

    def ready(part: str, where: str) -> None:
        console.say(f"  {part:<12} ready   {where}   ({time.monotonic() - started:.1f} s)")
        shutdown.wait(0)

    tools = Path(sys.executable).parent
    if missing := _what_is_missing(tools):
        console.say(missing)
        return 1
    try:
        with ExitStack() as stack:
            stack.enter_context(claimed(folder))
            moved, ports = _choose(web)
            console.say("Starting the local cloud")
            authority = Authority()
            root = folder.resolve() / "authority.pem"
            root.write_text(authority.certificate)
            address = f"http://localhost:{ports.web}"
            hana = stack.enter_context(LocalHana(port=ports.hana, authority=authority, seed=PROJECT / "db"))
            ready("local HANA", f"{hana.host}:{hana.port}, TLS")
            at = IdentityPorts(ports.xsuaa, ports.xsuaa_tls, ports.ias, ports.ias_tls)
            credential_type = "X509_GENERATED" if certificates else "SECRET"
            signing_in = stack.enter_context(
                identity_services(identity, authority, [ports.web], at, credential_type)
            )
            if xsuaa := signing_in.xsuaa:
                ready("local XSUAA", f"{xsuaa.url}, its keys at https://{xsuaa.uaadomain}")
            if ias := signing_in.ias:
                ready("local IAS", f"{ias.tenant.pages_url}, its keys at {ias.tenant.url}")
            if certificates:
                stack.enter_context(certificate_route(authority, ports.certificates, ports.myapp))
                ready(
                    "certificates",
                    f"https://localhost:{ports.certificates}, the way to myapp that asks for one",
                )

            bound = {name: dict(known) for name, (_, _, known) in signing_in.bindings.items()}
            environments = _environments(ports, hana, signing_in.bindings, root, certificates=certificates)
            RunningCloud(
                address, hana.binding(), bound.get("pyuaa"), bound.get("pyias"), str(root), environments
            ).remember(folder)
            temporary = stack.enter_context(temporary_files(folder))
            command = f"{python_command()} -m localcloud{option(folder)}"
            asked = f"http://{LOOPBACK}:{ports.myapp}/"
            if certificates:
                pyias = ServerCertificate(bound["pyias"]["certificate"], bound["pyias"]["key"])
                asked = (
                    f"{_with_a_certificate(pyias, root, temporary)} https://localhost:{ports.certificates}/"
                )
            extra = {"TMPDIR": str(temporary)}
            stack.enter_context(_parts(environments, extra, tools, shutdown, console))
            for name, port in (("myapp", ports.myapp), ("web", ports.web)):
                wait_for(name, partial(_answers, port), shutdown)
                ready(name, f"{LOOPBACK}:{port}")
            console.say(_banner(f"{address}/{moved}", asked, signing_in.people, command))
            shutdown.wait()
    except ShutdownRequested as end:
        console.say(end.reason or "Stopped.")
        return 1 if end.reason else 0
    return 0


def _with_a_certificate(client: ServerCertificate, root: Path, folder: Path) -> str:
    """Options of curl by which it trusts `root`, and shows a certificate, which is written to `folder`."""
    certificate, key = client.write(folder, "client")
    return f"--cacert {quote(str(root))} --cert {quote(str(certificate))} --key {quote(str(key))}"


def _choose(web: int | None) -> tuple[str, Ports]:
    """A free port for each part; before them, for the banner, why the approuter's is not the usual one."""
    usual = Ports()
    why = why_not(web or usual.web)
    if web and why:
        raise PortTakenError(f"Port {web} {why}; choose another with --port, or none.")
    chosen: dict[str, int] = {}
    for name, port in asdict(replace(usual, web=web or usual.web)).items():
        chosen[name] = free_port(port, without=chosen.values())
    return f"  (port {usual.web} {why})" if why else "", Ports(**chosen)


def _environments(
    ports: Ports, hana: LocalHana, identity: Bindings, root: Path, *, certificates: bool
) -> dict[str, dict[str, str]]:
    """What Cloud Foundry would give the two apps."""
    routes, route_port = ([HOST], ports.certificates) if certificates else ([], 0)
    pyhana = ("hana", "hdi-shared", hana.binding())
    all_services, of_web = map(cloudfoundry.vcap_services, ({"pyhana": pyhana, **identity}, identity))
    return {
        "myapp": cloudfoundry.python_environment(ports.myapp, all_services, root, routes),
        "web": cloudfoundry.router_environment(ports.web, of_web, ports.myapp, root, route_port),
    }


@contextmanager
def _parts(
    environments: Mapping[str, Mapping[str, str]],
    extra: Mapping[str, str],
    tools: Path,
    shutdown: Shutdown,
    console: Console,
) -> Iterator[None]:
    """Run the two apps by their own commands, and end them with the block."""
    commands = {
        "myapp": (cloudfoundry.procfile_line(), PROJECT),
        "web": (cloudfoundry.router_line(), PROJECT / "web"),
    }
    # A person reads these logs. Variables of these names in the shell are meant for the two apps.
    own = {
        "myapp": {"TOKONOMA_LOGS": "text", **_of_the_shell("TOKONOMA_")},
        "web": {"XS_APP_LOG_LEVEL": "warning", **_of_the_shell("XS_APP_LOG_LEVEL")},
    }

    def tell(part: ChildProcess) -> None:
        shutdown.request(f"{part.name} has stopped (exit code {part.exit_code}); its last lines are above.")

    parts: list[ChildProcess] = []
    try:
        for name, (command, folder) in commands.items():
            composed = {**own[name], **environments[name], **extra}
            environment = cloudfoundry.process_environment(composed, tools)
            parts.append(
                ChildProcess(name, command, environment, folder, on_line=console.say_of, on_end=tell)
            )
        yield
    finally:
        console.say("Stopping; Ctrl-C once more ends it at once.")
        stop(parts, shutdown)


def _of_the_shell(prefix: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(prefix)}


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _banner(address: str, asked: str, people: Iterable[User], command: str) -> str:
    """The addresses and next commands, between two rules; `asked` is what curl needs to ask the service."""
    lines = [f"Tokonoma is open:  {address}"]
    if sys.platform == "darwin":
        lines.append("(not in Safari: it keeps none of the Secure cookies that the approuter sets over http)")
    token = f'curl -H "Authorization: Bearer $({command} token alice)" {asked}'
    lines += [
        "",
        *people_lines(people, "no role: sees the clock, and nothing else"),
        "",
        f"With a token  {token}",
        f"In SQL        {command} sql",
        "Stop          Ctrl-C",
    ]
    return framed(lines)


def _what_is_missing(tools: Path) -> str:
    """One sentence about the first thing that is not installed; empty if nothing is missing."""
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    if not (PROJECT / "web" / "node_modules" / "@sap" / "approuter").is_dir():
        return "web/node_modules holds no approuter: `make run` installs it."
    for tool in ("gunicorn", "node"):
        if shutil.which(tool, path=path) is None:
            return f"{tool} is not installed: `make run` installs it."
    return ""
