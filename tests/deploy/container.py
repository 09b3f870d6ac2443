"""Plays the platform's container: an app's folder, exactly the platform's environment, a limit of memory."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from localcloud.ports import LOOPBACK
from tests.programs import Program
from tools import landscape
from tools.landscape import PROJECT

CGROUPS = Path("/sys/fs/cgroup/memory")
# How a machine reaches its registries is its own affair.
_OF_THE_MACHINE = re.compile(r"(?i)(PIP|NPM_CONFIG)_.*|.*_PROXY|.*CA_CERTS|SSL_CERT_\w+|LANG")


def python_line() -> str:
    """The line of Python that runtime.txt names: `3.13`."""
    found = re.fullmatch(r"python-(3\.\d+)\.x\n", (PROJECT / "runtime.txt").read_text())
    assert found
    return found[1]


def python_of_the_droplet() -> str | None:
    """A Python of that line on this machine."""
    line = python_line()
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(f"python{line}"), *sorted(versions.glob(f"{line}.*/bin/python")), sys.executable]
    look = f"import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{line}')"
    for place in map(str, filter(None, places)):
        if subprocess.run([place, "-c", look], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return place
    return None


def stage(command: list[str | Path], folder: Path, path: list[Path]) -> float:
    """Run a buildpack's command in the app's folder, without a terminal; the seconds it took."""
    started = time.monotonic()
    own = {name: value for name, value in os.environ.items() if _OF_THE_MACHINE.fullmatch(name)}
    own |= {"HOME": str(Path.home()), "PATH": os.pathsep.join([*map(str, path), os.defpath])}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**own, "NODE_ENV": "production"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return time.monotonic() - started


def megabytes(size: str) -> int:
    """A size of the manifest: `128M`, `1G`."""
    number, unit = re.fullmatch(r"(\d+)([MG])B?", size).groups()  # type: ignore[union-attr]
    return int(number) * {"M": 1, "G": 1024}[unit]


def of_web(app: str) -> dict[str, object]:
    """The web process of an app in the manifest."""
    [entry] = [each for each in landscape.manifest()["applications"] if each["name"] == app]
    process: dict[str, object] = next(each for each in entry["processes"] if each["type"] == "web")
    return process


class Container:
    """A program in its container."""

    def __init__(self, program: Program, limit: int, started: float, cgroup: Path | None) -> None:
        self.program = program
        self.limit = limit
        self.is_enforced = cgroup is not None
        self._started = started

    def wait_until_healthy(self, seconds: int) -> float:
        """Ask as the platform does, until the answer is 200 or the time-out is over; the seconds it took."""
        program = self.program
        while time.monotonic() < self._started + seconds:
            with suppress(OSError, AssertionError):
                answer = _get(program.port, "/health")
                assert answer == 200
                return time.monotonic() - self._started
            if program.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"it does not get healthy in {seconds} s; it printed:\n{program.output}")

    def memory(self) -> float:
        """What all its processes hold, in MiB, shared pages counted once."""
        parts = [each.memory_full_info() for each in self._processes()]
        total: int = sum(getattr(part, "pss", part.uss) for part in parts)  # macOS knows no shares
        return total / 2**20

    def cpu(self) -> float:
        """What all its processes have used, in milliseconds."""
        return 1000 * sum(sum(each.cpu_times()[:2]) for each in self._processes())

    def _processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.program.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self, seconds: int) -> int:
        """SIGTERM, and the time that the platform leaves; the exit code."""
        self.program.process.send_signal(signal.SIGTERM)
        return self.program.process.wait(seconds)


@contextmanager
def container(
    app: str, folder: Path, path: list[Path], environment: Mapping[str, str], output: Path, port: int
) -> Iterator[Container]:
    """Start the line of the folder's Procfile as the platform does; nothing of it is left behind."""
    line = (folder / "Procfile").read_text().partition("web:")[2].splitlines()[0].strip()
    limit = megabytes(str(of_web(app)["memory"]))
    composed = {
        "LANG": "en_US.UTF-8",
        "TMPDIR": str(output.parent),
        "USER": "vcap",
        "HOME": str(folder),
        "PATH": os.pathsep.join([*map(str, path), os.defpath]),
        "MEMORY_LIMIT": f"{limit}m",
        "CF_INSTANCE_GUID": "00000000-0000-4000-8000-000000000001",
        "VCAP_APP_HOST": "0.0.0.0",
        **environment,
    }
    cgroup = _cgroup(f"tokonoma-{os.getpid()}-{app}", limit)
    join = f"echo $$ > {cgroup}/cgroup.procs; " if cgroup else ""
    started = time.monotonic()
    with output.open("wb") as sink:
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"{join}exec /bin/bash -c '{line}'"],
            cwd=folder,
            env=composed,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    program = Program(process, port, output)
    try:
        yield Container(program, limit, started, cgroup)
    finally:
        program.end()
        if cgroup:
            _remove(cgroup)


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _cgroup(name: str, limit: int) -> Path | None:
    """A group that kills what takes more than `limit` MiB; none where this machine lets us have none."""
    group = CGROUPS / name
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(limit * 2**20))
    except OSError:
        with suppress(OSError):
            group.rmdir()
        return None
    return group


def _remove(group: Path) -> None:
    for _ in range(50):
        try:
            group.rmdir()
            return
        except OSError:
            time.sleep(0.1)
