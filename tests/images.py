"""Builds the Dockerfile with buildah, which needs no daemon, and starts what was built as an engine would.

The images lie in a store of their own. Where the base image cannot be had, a Debian with the same Python
takes its name there; the Dockerfile cannot tell.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud.cloudfoundry import PROJECT
from tests.alone import alone
from tests.programs import PATIENCE, Program, skip_or_fail

STORE = PROJECT / "build" / "images"
[BASE] = re.findall(r"^ARG BASE=(\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
# A proxy on the way may have a root of its own, which this machine trusts.
BUILD = ("--pull=never", "--isolation=chroot", "--layers", "--volume=/etc/ssl/certs:/etc/ssl/certs:ro")
ROOM = 300
"""Seconds for one command of buildah."""

# What an engine prepares before the program starts; $0 is the root, the rest is the program.
_START = """
set -e
root=$0
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for file in /etc/hosts /etc/resolv.conf; do touch "$root$file"; mount --bind "$file" "$root$file"; done
[ -z "$OWN_NETWORK" ] || ip link set lo up
[ -z "$READ_ONLY" ] || mount -o remount,bind,ro "$root"
[ -z "$TMPFS" ] || mount -t tmpfs -o rw,noexec,nosuid,nodev tmpfs "$root$TMPFS"
unset OWN_NETWORK READ_ONLY TMPFS
exec "$@"
"""


def needs_buildah() -> None:
    """buildah, its helpers and the right to use them, or a sentence about how to get them."""
    if os.geteuid() != 0:
        pytest.skip("images are built and started as root only: no image was tested here")
    tools = ("buildah", "mmdebstrap", "unshare", "nsenter", "ip")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        skip_or_fail(f"no {missing[0]}: apt-get install buildah mmdebstrap iproute2")


class Container(Program):
    """A started image, whose files lie below `root`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path, root: Path) -> None:
        super().__init__(process, port, output)
        self.root = root

    def stop(self) -> int:
        """Send SIGTERM to the first process in there, as engines do; the exit code is its own."""
        self._first().terminate()
        return self.process.wait(PATIENCE)

    def run(self, *program: str) -> int:
        """Run a program beside it, as HEALTHCHECK does; returns its exit code."""
        inside = ["nsenter", f"--target={self._first().pid}", "--all", "--root", "--wd"]
        return subprocess.run([*inside, "/usr/bin/env", *program], check=False, timeout=PATIENCE).returncode

    def memory(self) -> int:
        """MB of all its processes together, what they share counted once."""
        return int(sum(process.memory_full_info().pss for process in self.processes)) // 2**20

    @property
    def processes(self) -> list[psutil.Process]:
        """All of them, the first one first."""
        first = self._first()
        return [first, *first.children(recursive=True)]

    def _first(self) -> psutil.Process:
        """The first process in there, as soon as the root is the image's."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for first in psutil.Process(self.process.pid).children():
                with suppress(OSError):
                    if os.readlink(f"/proc/{first.pid}/root") != "/":
                        return first
            time.sleep(0.02)
        raise RuntimeError(f"it has not begun; it printed:\n{self.output}")


class Store:
    """A place for images."""

    def __init__(self, folder: Path) -> None:
        # The folder itself is not to be a mount, which could not be removed.
        option = "--storage-opt=overlay.skip_mount_home=true"
        self.command = ["buildah", "--root", str(folder / "root"), "--runroot", str(folder / "run"), option]

    def buildah(self, *arguments: str | Path) -> str:
        """Run buildah on this store; returns what it prints."""
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ROOM,
            check=False,
        )
        if done.returncode:
            printed = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise RuntimeError(f"buildah {arguments[0]} failed:\n{printed}")
        return done.stdout.strip()

    def load(self, archive: Path) -> str:
        """As `docker load`; returns the image's id."""
        return self.buildah("pull", "--quiet", f"docker-archive:{archive}")

    def about(self, image: str) -> dict[str, Any]:
        """What the image says about itself, by Docker's names."""
        described: dict[str, Any] = json.loads(self.buildah("inspect", "--type=image", image))["Docker"]
        return described

    @contextmanager
    def files(self, image: str) -> Iterator[Path]:
        """The image's files, in a copy that can be changed."""
        container = self.buildah("from", "--pull-never", image)
        try:
            yield Path(self.buildah("mount", container))
        finally:
            self.buildah("rm", container)

    @contextmanager
    def started(
        self,
        image: str,
        environment: Mapping[str, str],
        output: Path,
        port: int,
        *,
        volumes: Mapping[Path, str] | None = None,
        own_network: bool = False,
        arguments: Sequence[str] = (),
        read_only: bool = False,
        tmpfs: str = "",
    ) -> Iterator[Container]:
        """Start the image's own command as its own user, alone among its processes.

        `arguments` are what stands behind the image's name: they take the place of its command, and come
        behind its entry point.

        It shares the machine's network, for which `environment` has to bind it to loopback; with
        `own_network` nobody reaches it but `Container.run`. `volumes` are files to copy into it.

        `read_only` and `tmpfs`, a folder, are docker's `--read-only` and `--tmpfs`.
        """
        config = self.about(image)["config"]
        inherited = dict(entry.split("=", 1) for entry in config["Env"])
        user = config["User"] or "0:0"
        command = [*(config["Entrypoint"] or ()), *(arguments or config["Cmd"] or ())]
        flags = ["--net"] if own_network else []
        switches = {
            "OWN_NETWORK": "yes" if own_network else "",
            "READ_ONLY": "yes" if read_only else "",
            "TMPFS": tmpfs,
        }
        with self.files(image) as root, output.open("wb") as sink:
            for file, place in (volumes or {}).items():
                target, owner = root / place.lstrip("/"), file.stat()
                shutil.copy(file, target)
                os.chown(target, owner.st_uid, owner.st_gid)
            process = subprocess.Popen(
                [
                    "/usr/bin/unshare",
                    *(
                        "--fork",
                        "--pid",
                        "--mount",
                        "--kill-child=KILL",
                        *flags,
                        "--",
                        "/bin/sh",
                        "-c",
                        _START,
                    ),
                    str(root),
                    *("/usr/sbin/chroot", f"--userspec={user}", "--groups=", str(root)),
                    *("/usr/bin/env", f"--chdir={config['WorkingDir']}", *command),
                ],
                env={"HOME": "/", **inherited, **environment, **switches},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            container = Container(process, port, output, root)
            try:
                yield container
            finally:
                # With the first process the system ends all others. unshare's own promise to do that is lost
                # as soon as the first one becomes another user.
                for first in psutil.Process(process.pid).children() if process.poll() is None else []:
                    first.kill()
                process.kill()
                process.wait(PATIENCE)


OURS = Store(STORE)


@functools.cache
def base() -> None:
    """Have the base image in the store: pulled, or else made of Debian's packages."""
    needs_buildah()
    with alone("images"):
        if OURS.buildah("images", "--quiet", "--filter", f"reference={BASE}"):
            return
        try:
            OURS.buildah("pull", "--quiet", f"docker.io/library/{BASE}")
        except (RuntimeError, subprocess.TimeoutExpired):
            _make_base()


def _make_base() -> None:
    tar = STORE / "debian.tar"
    tar.parent.mkdir(parents=True, exist_ok=True)
    packages = "python3,python3-venv,python3-pip,ca-certificates"
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", "trixie", str(tar)],
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=ROOM,
    )
    container = OURS.buildah("from", "scratch")
    try:
        OURS.buildah("add", "--quiet", container, tar, "/")
        # The official image has its own Python in /usr/local, which pip may write to.
        links = "".join(f"ln -sf /usr/bin/{n} /usr/local/bin/{n}; " for n in ("python3", "pip3"))
        links += "ln -sf python3 /usr/local/bin/python; ln -sf pip3 /usr/local/bin/pip; "
        OURS.buildah("run", container, "--", "sh", "-c", links + "rm -f /usr/lib/python3*/EXTERNALLY-MANAGED")
        path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        OURS.buildah("config", "--cmd=python3", f"--env=PATH={path}", "--env=LANG=C.UTF-8", container)
        OURS.buildah("commit", "--quiet", container, f"docker.io/library/{BASE}")
    finally:
        OURS.buildah("rm", container)
        tar.unlink()


@functools.cache
def build(target: str, context: Path = PROJECT) -> str:
    """Build a stage of the Dockerfile in `context` once; returns the image's name."""
    base()
    name = f"localhost/tokonoma-test:{target}-{'here' if context == PROJECT else context.name}"
    stage = [f"--target={target}"] if target else []
    OURS.buildah("bud", *BUILD, "--format=docker", *stage, f"--tag={name}", context)
    return name
