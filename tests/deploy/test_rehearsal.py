"""The push, rehearsed: what is uploaded, installed as the buildpacks do, started as the platform does.

The figures go to test-artefacts/rehearsal.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.ports import LOOPBACK, free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.deploy.container import (
    Container,
    container,
    megabytes,
    of_web,
    python_line,
    python_of_the_droplet,
    stage,
)
from tests.programs import TOOLS, needs_node
from tools import upload
from tools.landscape import PROJECT

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

FIGURES = PROJECT / "test-artefacts" / "rehearsal.json"
ROOM = 0.8
"""Of the memory limit, at most; the rest is for what no test brings."""
GRACE = 10
"""Seconds between the platform's SIGTERM and its SIGKILL."""
# python-buildpack 1.9, src/python/supply/supply.go; its --src names a place for sources of packages.
PIP = ["-m", "pip", "install", "-r", "requirements.txt", "--ignore-installed", "--exists-action=w"]
PIP_QUIET = ["--disable-pip-version-check", "--no-warn-script-location"]
# nodejs-buildpack 1.9, src/nodejs/npm: no `npm ci`, so the lock is only as good as `npm install` takes it.
NPM = ["npm", "install", "--unsafe-perm"]


@dataclass(frozen=True)
class Droplet:
    """A staged app: its folder, and where its programs are."""

    folder: Path
    path: list[Path]


@pytest.fixture(scope="module")
def note() -> Iterator[Callable[[str, float], None]]:
    """Keep a figure."""
    figures: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        figures[name] = round(value, 2)

    yield note
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")


@pytest.fixture(scope="module")
def droplet(tmp_path_factory: pytest.TempPathFactory, note: Callable[[str, float], None]) -> Droplet:
    """The service, staged."""
    folder = tmp_path_factory.mktemp("myapp") / "app"
    upload.copy(PROJECT, folder)
    note("myapp: kB uploaded", sum(file.stat().st_size for file in folder.rglob("*")) / 1000)
    python = python_of_the_droplet()
    if python is None:
        mine = "{}.{}".format(*sys.version_info)
        warnings.warn(f"no Python {python_line()} is here: the push is rehearsed on {mine}", stacklevel=1)
        python = sys.executable
    environment = folder.parent / "deps"
    stage([python, "-m", "venv", environment], folder, [])
    source = f"--src={folder.parent / 'src'}"
    path = [environment / "bin"]
    note("myapp: seconds to stage", stage([path[0] / "python", *PIP, source, *PIP_QUIET], folder, path))
    return Droplet(folder, path)


@pytest.fixture(scope="module")
def router_droplet(tmp_path_factory: pytest.TempPathFactory, note: Callable[[str, float], None]) -> Droplet:
    """The approuter, staged."""
    return staged_for_node("web", tmp_path_factory, note)


@pytest.fixture(scope="module")
def schema_droplet(tmp_path_factory: pytest.TempPathFactory, note: Callable[[str, float], None]) -> Droplet:
    """The demo schema and its deployer, staged."""
    return staged_for_node("db", tmp_path_factory, note)


def staged_for_node(
    app: str, tmp_path_factory: pytest.TempPathFactory, note: Callable[[str, float], None]
) -> Droplet:
    needs_node()
    folder = tmp_path_factory.mktemp(app) / "app"
    upload.copy(PROJECT / app, folder)
    node = shutil.which("node", path=str(TOOLS)) or shutil.which("node")
    path = [Path(str(node)).parent]
    cache = f"--cache={folder.parent / 'cache'}"
    note(f"{app}: seconds to stage", stage([*NPM, cache], folder, path))
    return Droplet(folder, path)


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    myapp = free_port()
    return {"myapp": myapp, "web": free_port(without={myapp})}


@pytest.fixture(scope="module")
def own_xsuaa(authority: Authority, ports: dict[str, int]) -> Iterator[LocalXsuaa]:
    addresses = [f"http://localhost:{ports['web']}/**"]
    with LocalXsuaa(PROJECT / "xs-security.json", authority=authority, redirect_uris=addresses) as server:
        yield server


@pytest.fixture(scope="module")
def service(
    droplet: Droplet,
    hana: LocalHana,
    own_xsuaa: LocalXsuaa,
    authority_file: Path,
    ports: dict[str, int],
    note: Callable[[str, float], None],
) -> Iterator[Container]:
    """The service in its container."""
    pyhana = ("hana", "hdi-shared", hana.binding())
    pyuaa = ("xsuaa", "application", own_xsuaa.binding())
    services = cloudfoundry.vcap_services({"pyhana": pyhana, "pyuaa": pyuaa})
    environment = {
        **cloudfoundry.app_environment("myapp", ports["myapp"], services),
        # As the buildpack's profile script sets them; the address is ours, so that this stays on loopback.
        "FORWARDED_ALLOW_IPS": "*",
        "GUNICORN_CMD_ARGS": f"--access-logfile - --bind={LOOPBACK}:{ports['myapp']}",
        "PYTHONUNBUFFERED": "1",
        "SSL_CERT_FILE": str(authority_file),
    }
    output = droplet.folder.parent / "output"
    with container("myapp", droplet.folder, droplet.path, environment, output, ports["myapp"]) as box:
        note("myapp: seconds to healthy", box.wait_until_healthy(int(str(of_web("myapp")["timeout"]))))
        note("myapp: MiB idle", box.memory())
        yield box


@pytest.fixture(scope="module")
def router(
    router_droplet: Droplet,
    service: Container,
    own_xsuaa: LocalXsuaa,
    ports: dict[str, int],
    note: Callable[[str, float], None],
) -> Iterator[Container]:
    """The approuter in its container, in front of the service."""
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", own_xsuaa.binding())})
    environment = cloudfoundry.router_environment(ports["web"], services, service.program.port)
    output = router_droplet.folder.parent / "output"
    folder, path = router_droplet.folder, router_droplet.path
    with container("web", folder, path, environment, output, ports["web"]) as box:
        note("web: seconds to healthy", box.wait_until_healthy(int(str(of_web("web")["timeout"]))))
        note("web: MiB idle", box.memory())
        yield box


def test_the_droplet_runs_the_line_of_python_that_runtime_txt_names(droplet: Droplet) -> None:
    if python_of_the_droplet() is None:
        pytest.skip(f"no Python {python_line()} is here")
    [library] = (droplet.folder.parent / "deps" / "lib").glob("python3.*")
    assert library.name == f"python{python_line()}"


DROPLETS = {"db": "schema_droplet", "myapp": "droplet", "web": "router_droplet"}
"""The fixture of each app."""


@pytest.mark.parametrize("app", ["db", "web"])
def test_the_lock_is_what_was_installed(app: str, request: pytest.FixtureRequest) -> None:
    """`npm install` may write a lock anew, and then it did not follow it."""
    staged: Droplet = request.getfixturevalue(DROPLETS[app])
    for name in ("package.json", "package-lock.json"):
        assert (staged.folder / name).read_text() == (PROJECT / app / name).read_text()


@pytest.mark.parametrize("app", DROPLETS)
def test_a_droplet_fits_its_disk(app: str, request: pytest.FixtureRequest) -> None:
    staged: Droplet = request.getfixturevalue(DROPLETS[app])
    held = sum(file.stat().st_size for file in staged.folder.parent.rglob("*") if file.is_file())
    interpreter = 220 * 2**20  # Node, unpacked; a Python is smaller
    assert held + interpreter < ROOM * megabytes(str(of_web(app)["disk_quota"])) * 2**20


def test_the_task_takes_every_file_and_fails_where_no_hana_answers(schema_droplet: Droplet) -> None:
    credentials = {
        "host": LOOPBACK,
        "port": str(free_port()),
        "schema": "MUSEUM",
        "hdi_user": "MUSEUM_DT",
        "hdi_password": "not-to-be-printed",
    }
    services = cloudfoundry.vcap_services({"pyhana": ("hana", "hdi-shared", credentials)})
    [line] = [
        line.partition(":")[2].strip()
        for line in (schema_droplet.folder / "Procfile").read_text().splitlines()
        if line.startswith("task:")
    ]
    done = subprocess.run(
        ["/bin/bash", "-c", line],
        cwd=schema_droplet.folder,
        env={
            "HOME": str(schema_droplet.folder),
            "PATH": os.pathsep.join([*map(str, schema_droplet.path), os.defpath]),
            "VCAP_SERVICES": services,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    files = [file for file in upload.uploaded(PROJECT / "db") if file.parts[0] == "src"]
    assert f"{len(files)} files collected" in done.stdout
    assert "Target service: pyhana" in done.stdout
    assert "Using hdb@" in done.stdout
    assert done.returncode == 1, done.stdout
    assert "not-to-be-printed" not in done.stdout


def test_a_real_token_is_answered(service: Container, own_xsuaa: LocalXsuaa) -> None:
    address = f"http://{LOOPBACK}:{service.program.port}/"
    answer = requests.get(address, headers={"Authorization": f"Bearer {own_xsuaa.token('bob')}"}, timeout=30)
    assert answer.text.startswith("Current time is: ")
    assert requests.get(address, timeout=30).status_code == 403


def test_a_request_is_logged_once_and_as_json(service: Container) -> None:
    """The buildpack's own arguments ask gunicorn for a second line, in a form of its own."""
    mark = "00000000-0000-4000-8000-00000000abcd"
    address = f"http://{LOOPBACK}:{service.program.port}/hello"
    assert requests.get(address, headers={"x-correlationid": mark}, timeout=30).status_code == 403
    deadline = time.monotonic() + 30
    while mark not in service.program.output and time.monotonic() < deadline:
        time.sleep(0.05)
    lines = [json.loads(line) for line in service.program.output.splitlines()]
    assert len([line for line in lines if line.get("correlation_id") == mark]) == 1


def test_the_service_keeps_within_its_memory(
    service: Container, own_xsuaa: LocalXsuaa, note: Callable[[str, float], None]
) -> None:
    headers = {"Authorization": f"Bearer {own_xsuaa.token('alice')}"}
    address = f"http://{LOOPBACK}:{service.program.port}/"

    def ask(_: int) -> int:
        return requests.get(address, headers=headers, timeout=30).status_code

    before = service.cpu()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(800))) == {200}
    note("myapp: ms of CPU for a request", (service.cpu() - before) / 800)
    used = service.memory()
    note("myapp: MiB after 800 requests", used)
    note("myapp: limit is enforced", service.is_enforced)
    assert used < ROOM * service.limit


def test_people_come_in_through_the_router(router: Container, note: Callable[[str, float], None]) -> None:
    with ExitStack() as stack:
        people = [stack.enter_context(Person(router.program.port)) for _ in range(20)]
        for person in people:
            assert person.sign_in("alice", "/myapp/").text.startswith("Current time is: ")

        def ask(person: Person) -> set[int]:
            return {person.get("/myapp/").status_code for _ in range(20)}

        before = router.cpu()
        with ThreadPoolExecutor(8) as pool:
            assert set().union(*pool.map(ask, people)) == {200}
        note("web: ms of CPU for a request", (router.cpu() - before) / 400)
    used = router.memory()
    note("web: MiB after 20 sessions and 400 requests", used)
    assert used < ROOM * router.limit


def test_sigterm_stops_the_router_in_time(router: Container) -> None:
    router.stop(GRACE)


def test_sigterm_stops_the_service_in_time(service: Container) -> None:
    assert service.stop(GRACE) == 0
    assert "Traceback" not in service.program.output
