"""The clients: each is built once, into test-artefacts, and skipped where its toolchain is missing."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.certificates import Authority, write_trust
from localcloud.hana.local import LocalHana
from tests.alone import alone
from tests.programs import PATIENCE, skip_or_fail

from .limits import LIMITS
from .steps import PROJECT, Client

HERE = Path(__file__).parent
ARTEFACTS = PROJECT / "test-artefacts" / "clients"
OLD_NGDBC = "2.12.9"
"""The oldest that this machine's Java runs."""

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server(authority: Authority) -> Iterator[LocalHana]:
    """One that all clients share; each test makes tables of its own."""
    with LocalHana(
        authority=authority, schema="CLIENTS", user="CLIENTS_RT", logon_seconds=PATIENCE
    ) as server:
        yield server


@pytest.fixture(scope="session")
def lines(server: LocalHana, authority: Authority) -> Iterator[dict[int, LocalHana]]:
    """A HANA of each line, by the line's number."""
    with LocalHana(
        authority=authority, schema="CLIENTS", user="CLIENTS_RT", logon_seconds=PATIENCE, version=2
    ) as on_premise:
        yield {2: on_premise, 4: server}


@pytest.fixture(scope="session")
def trust(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trust")
    write_trust(authority.certificate, folder)
    return folder


_VERSION = {"go": "version", "java": "-version", "javac": "-version"}
"""What makes a tool say its version, if it is another word."""


def needs(*tools: str) -> None:
    """Skip where a toolchain is missing, or a shim alone: CI brings none, and has what its machine has."""
    for tool in tools:
        asked = (tool, _VERSION.get(tool, "--version"))
        if shutil.which(tool) is None or subprocess.run(asked, capture_output=True, check=False).returncode:
            pytest.skip(f"{tool} is not installed, or no toolchain behind it")


@contextmanager
def made(name: str, *sources: Path) -> Iterator[Path | None]:
    """The folder to build into, or None where it was built from the same sources before.

    One process builds at a time.
    """
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = ARTEFACTS / name
    with alone(f"clients-{name}"):
        stamp = folder / f"built-{digest}"
        if stamp.exists():
            yield None
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
        stamp.touch()


def run(*command: str | Path, folder: Path = HERE, **variables: str) -> None:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if ended.returncode:
        skip_or_fail(f"{command[0]} fails:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")


def python(client: str) -> tuple[str, ...]:
    """A program in Python, on what the tests themselves run on."""
    return (sys.executable, "-m", f"tests.clients.python.{client}_client")


def hana_ml() -> tuple[str, ...]:
    """The program on hana-ml, whose packages are too large to be among those of the tests."""
    requirements = PROJECT / "requirements" / "hana-ml.txt"
    with made("hana-ml", requirements) as folder:
        if folder is not None:
            run(
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--require-hashes",
                "--target",
                folder,
                "-r",
                requirements,
            )
    path = os.pathsep.join((str(ARTEFACTS / "hana-ml"), str(PROJECT)))
    return ("env", f"PYTHONPATH={path}", *python("hana_ml"))


def node(driver: str) -> tuple[str, ...]:
    """The Node program, with one of the two drivers that `make test` installs."""
    needs("node")
    if not (PROJECT / "tests" / "node" / "node_modules").exists():
        skip_or_fail("tests/node/node_modules is missing; `make test` installs it")
    return ("node", str(HERE / "node" / "client.js"), driver)


def jdbc(version: str = "") -> tuple[str, ...]:
    """The Java program, with the driver that its pom.xml names or an older one."""
    pom, source = HERE / "jdbc" / "pom.xml", HERE / "jdbc" / "Client.java"
    chosen = (f"-Dngdbc={version}",) if version else ()
    return (*java_program(f"jdbc-{version}" if version else "jdbc", pom, source, *chosen), "Client")


def java_program(name: str, pom: Path, source: Path, *chosen: str) -> tuple[str, ...]:
    """How a Java program is started, up to the name of its class."""
    needs("java", "javac", "mvn")
    with made(name, pom, source) as folder:
        if folder is not None:
            copy = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
            run("mvn", "-q", "-B", "-f", pom, *chosen, *copy)
            run("javac", "-cp", f"{folder}/*", "-d", folder, source)
    place = ARTEFACTS / name
    return ("java", "-Xshare:auto", "-XX:+UseSerialGC", "-cp", f"{place}/*{os.pathsep}{place}")


def go(modules: str = "go.mod") -> tuple[str, ...]:
    """The Go program, with the driver that a module file names."""
    needs("go")
    name = f"go-{modules.removesuffix('.mod')}"
    names = (modules, modules.replace(".mod", ".sum"), "main.go")
    with made(name, *(HERE / "go" / each for each in names)) as folder:
        if folder is not None:
            run("go", "build", "-modfile", modules, "-o", folder / "client", ".", folder=HERE / "go")
    return (str(ARTEFACTS / name / "client"),)


def rust() -> tuple[str, ...]:
    """The Rust program."""
    needs("cargo")
    place, names = HERE / "rust", ("Cargo.toml", "Cargo.lock", "src/main.rs")
    with made("rust", *(place / each for each in names)) as folder:
        if folder is not None:
            # What it is built of stays where it is, so that only the program itself is built anew.
            built = ARTEFACTS / "rust-target"
            manifest = ("--manifest-path", place / "Cargo.toml")
            run("cargo", "build", "--quiet", "--locked", *manifest, CARGO_TARGET_DIR=str(built))
            shutil.copy(built / "debug" / "client", folder)
    return (str(ARTEFACTS / "rust" / "client"),)


CLIENTS: dict[str, Callable[[], tuple[str, ...]]] = {
    "hdbcli": lambda: python("hdbcli"),
    "sqlalchemy": lambda: python("sqlalchemy"),
    "pandas": lambda: python("pandas"),
    "alembic": lambda: python("alembic"),
    "hana-ml": hana_ml,
    "node-hdb": lambda: node("hdb"),
    "node-hana-client": lambda: node("hana-client"),
    "jdbc": jdbc,
    f"jdbc-{OLD_NGDBC}": lambda: jdbc(OLD_NGDBC),
    "go": go,
    "go-1.16": lambda: go("old.mod"),
    "rust": rust,
}


_QUICK = ("hdbcli", "jdbc", f"jdbc-{OLD_NGDBC}")
"""Clients that `make test` runs: others are built for a minute or two the first time, or take that long."""


PARAMETERS = {
    name: pytest.param(name, marks=[pytest.mark.slow, pytest.mark.timeout(900)] if name not in _QUICK else [])
    for name in CLIENTS
}


@pytest.fixture(params=PARAMETERS.values(), scope="session")
def client(request: pytest.FixtureRequest, trust: Path) -> Iterator[Client]:
    """A client, ready to run the steps of a case; its program runs for all tests."""
    with Client(str(request.param), CLIENTS[request.param](), trust) as client:
        yield client


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases that a client cannot do by itself."""
    left_out = [item for item in items if item.path.parent == HERE and _is_beyond(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_beyond(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    name = item.callspec.params.get("client") if hasattr(item, "callspec") else None
    return any((name, case) in LIMITS for case in (item.originalname, item.name))


@pytest.fixture(params=[name for name in CLIENTS if name.startswith("jdbc")], scope="session")
def java(request: pytest.FixtureRequest, trust: Path) -> Iterator[Client]:
    """A client that is written in Java."""
    with Client(str(request.param), CLIENTS[request.param](), trust) as client:
        yield client


@pytest.fixture
def table(client: Client) -> str:
    """The name of a table that nobody has made yet."""
    return f"T{next(_numbers)}_{client.name.upper().replace('-', '_').replace('.', '_')}"
