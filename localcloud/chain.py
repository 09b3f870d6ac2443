"""Starts the whole chain: local HANA, local XSUAA, the service, the approuter; and stops it again."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Printer

from . import cloudfoundry
from .certificates import Authority
from .cloudfoundry import PROJECT
from .hana.local import LocalHana
from .ports import LOOPBACK, free_port
from .running import Running
from .xsuaa.local import LocalXsuaa

PATIENCE = 60.0
"""Seconds that a part may take until it answers."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen if nobody else does already."""

    web: int = 5050
    myapp: int = 3000
    xsuaa: int = 5051
    xsuaa_tls: int = 5052
    hana: int = 39015


def run(wanted: Ports, folder: Path) -> int:
    """Start everything, print where it is, and stay until a signal comes; returns the exit code."""
    tools = Path(sys.executable).parent
    if problem := _what_is_missing(tools):
        print(problem, file=sys.stderr)
        return 1
    print("Starting the local cloud", flush=True)
    started = time.monotonic()
    authority = Authority()
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve() / "authority.pem"
    root.write_text(authority.certificate)

    ports = _choose(wanted)
    web, myapp = ports.web, ports.myapp
    address = f"http://localhost:{web}"
    with contextlib.ExitStack() as stack:
        hana = stack.enter_context(LocalHana(port=ports.hana, authority=authority))
        _step("local HANA", f"{hana.host}:{hana.port}, TLS", started)
        xsuaa = stack.enter_context(
            LocalXsuaa(
                PROJECT / "xs-security.json",
                authority=authority,
                redirect_uris=[f"{address}/**"],
                http_port=ports.xsuaa,
                tls_port=ports.xsuaa_tls,
            )
        )
        _step("local XSUAA", f"{xsuaa.url}, its keys at https://{xsuaa.uaadomain}", started)

        pyuaa = ("xsuaa", "application", xsuaa.binding())
        pyhana = ("hana", "hdi-shared", hana.binding())
        environments = {
            "myapp": cloudfoundry.python_environment(
                myapp, cloudfoundry.vcap_services({"pyhana": pyhana, "pyuaa": pyuaa}), root
            ),
            "web": cloudfoundry.router_environment(web, cloudfoundry.vcap_services({"pyuaa": pyuaa}), myapp),
        }
        running = Running(address, hana.binding(), xsuaa.binding(), environments)
        running.remember(folder)
        stack.callback(running.forget, folder)

        # A fork would copy the threads' locks; a fresh interpreter is what macOS does anyway.
        multiprocessing.set_start_method("spawn", force=True)
        manager = _Parts()
        commands = {
            "myapp": (cloudfoundry.procfile_line(), PROJECT),
            "web": (cloudfoundry.router_line(), PROJECT / "web"),
        }
        for name, (command, place) in commands.items():
            # A person reads along here.
            composed = {"TOKONOMA_LOGS": "text", **environments[name]}
            environment = cloudfoundry.process_environment(composed, tools)
            manager.add_process(name, command, env=environment, cwd=str(place))
        watcher = threading.Thread(
            target=_watch, args=(manager, {"myapp": myapp, "web": web}, wanted, started), daemon=True
        )
        watcher.start()
        if hasattr(signal, "SIGHUP"):  # a closed terminal
            signal.signal(signal.SIGHUP, _without_a_terminal)
        manager.loop()
        asked_to_stop = manager.returncode in (130, 143)
        if not asked_to_stop:
            print(f"A part of the chain has stopped (exit code {manager.returncode}); see its lines above.")
        return 0 if asked_to_stop else int(manager.returncode or 1)


def _choose(wanted: Ports) -> Ports:
    """A free port for each part, none of them twice."""
    chosen: dict[str, int] = {}
    for name, port in asdict(wanted).items():
        chosen[name] = free_port(port, without=chosen.values())
    return Ports(**chosen)


class _Lines(Printer):  # type: ignore[misc]
    """honcho's printer; when nobody reads along any more, it asks for the end."""

    def write(self, message: object) -> None:
        try:
            super().write(message)
        except OSError:
            _without_a_terminal()


class _Parts(Manager):  # type: ignore[misc]
    """honcho's manager, which waits with the end until everything has begun."""

    def __init__(self) -> None:
        super().__init__(_Lines(sys.stdout))
        self._asked_too_early = False

    def terminate(self) -> None:
        self._asked_too_early = not all("pid" in part for part in self._processes.values())
        if not self._asked_too_early:
            super().terminate()

    def _system_print(self, data: str) -> None:
        super()._system_print(data)
        if self._asked_too_early:
            self.terminate()


def _without_a_terminal(*_: object) -> None:
    """Go on to the end without anybody who reads along."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.kill(os.getpid(), signal.SIGTERM)


def _watch(manager: Manager, ports: dict[str, int], wanted: Ports, started: float) -> None:
    """Wait for each part in turn, then print the banner."""
    for name, port in ports.items():
        if not _answers(port, manager):
            if manager.returncode is None:
                print(f"{name} does not answer within {PATIENCE:.0f} s; stopping.", flush=True)
                os.kill(os.getpid(), signal.SIGTERM)
            return
        _step(name, f"{LOOPBACK}:{port}", started)
    web = ports["web"]
    moved = f"  (port {wanted.web} was taken)" if web != wanted.web else ""
    lines = [
        f"Tokonoma is open:  http://localhost:{web}/{moved}",
        "",
        "Sign in as   alice / alice    Tokonoma Viewer, Tokonoma Operator",
        "             bob   / bob      Tokonoma Viewer",
        "             carol / carol    no role: sees the clock, and nothing else",
        "",
        f'With a token curl -H "Authorization: Bearer $({_python()} -m localcloud token alice)" '
        f"http://{LOOPBACK}:{ports['myapp']}/",
        f"In SQL       {_python()} -m localcloud sql",
        "Stop         Ctrl-C",
    ]
    width = max(map(len, lines)) + 2
    rule = "─" * width
    print("\n" + "\n".join([rule, *(f" {line}" for line in lines), rule]) + "\n", flush=True)


def _answers(port: int, manager: Manager) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and manager.returncode is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    return False


def _what_is_missing(tools: Path) -> str:
    """One sentence about the first thing that is not installed; empty if nothing is missing."""
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    if not (PROJECT / "web" / "node_modules" / "@sap" / "approuter").is_dir():
        return "web/node_modules holds no approuter: `make run` installs it."
    for tool in ("gunicorn", "node"):
        if shutil.which(tool, path=path) is None:
            return f"{tool} is not installed: `make run` installs it."
    return ""


def _step(part: str, where: str, started: float) -> None:
    print(f"  {part:<12} ready   {where}   ({time.monotonic() - started:.1f} s)", flush=True)


def _python() -> str:
    """How this interpreter is best written in a command."""
    try:
        return str(Path(sys.executable).relative_to(Path.cwd()))
    except ValueError:
        return sys.executable
