"""The clients: each is built once, into test-artefacts, and skipped where its toolchain is missing."""

from __future__ import annotations

import hashlib
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
from tests.programs import skip_or_fail

from .steps import Client

HERE = Path(__file__).parent
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts" / "clients"
OLD_NGDBC = "2.12.9"
"""The oldest that this machine's Java runs."""


@pytest.fixture(scope="session")
def server(authority: Authority) -> Iterator[LocalHana]:
    """One that all clients share; each test makes tables of its own."""
    with LocalHana(authority=authority, schema="CLIENTS", user="CLIENTS_RT") as server:
        yield server


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
    folder.mkdir(parents=True, exist_ok=True)
    with alone(f"clients-{name}"):
        stamp = folder / f"built-{digest}"
        if stamp.exists():
            yield None
            return
        shutil.rmtree(folder)
        folder.mkdir()
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


def hdbcli() -> tuple[str, ...]:
    return (sys.executable, str(HERE / "python_client.py"))


def jdbc(version: str = "") -> tuple[str, ...]:
    """The Java program, with the driver that its pom.xml names or an older one."""
    needs("java", "javac", "mvn")
    pom, source = HERE / "jdbc" / "pom.xml", HERE / "jdbc" / "Client.java"
    name = f"jdbc-{version}" if version else "jdbc"
    with made(name, pom, source) as folder:
        if folder is not None:
            chosen = (f"-Dngdbc={version}",) if version else ()
            copy = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
            run("mvn", "-q", "-B", "-f", pom, *chosen, *copy)
            run("javac", "-cp", f"{folder}/*", "-d", folder, source)
    place = ARTEFACTS / name
    return ("java", "-Xshare:auto", "-XX:+UseSerialGC", "-cp", f"{place}/*{os.pathsep}{place}", "Client")


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
    "hdbcli": hdbcli,
    "jdbc": jdbc,
    f"jdbc-{OLD_NGDBC}": lambda: jdbc(OLD_NGDBC),
    "go": go,
    "go-1.16": lambda: go("old.mod"),
    "rust": rust,
}


_BUILT = ("go", "go-1.16", "rust")
"""What a compiler needs a minute or two for, the first time."""


PARAMETERS = {
    name: pytest.param(name, marks=[pytest.mark.slow, pytest.mark.timeout(900)] if name in _BUILT else [])
    for name in CLIENTS
}


@pytest.fixture(params=PARAMETERS.values(), scope="session")
def client(request: pytest.FixtureRequest, trust: Path) -> Iterator[Client]:
    """A client, ready to run steps."""
    with Client(str(request.param), CLIENTS[request.param](), trust) as client:
        yield client


@pytest.fixture(params=[name for name in CLIENTS if name.startswith("jdbc")], scope="session")
def java(request: pytest.FixtureRequest, trust: Path) -> Iterator[Client]:
    """A client that is written in Java."""
    with Client(str(request.param), CLIENTS[request.param](), trust) as client:
        yield client
