"""What a local HANA costs a test run: from its start to the first answer, memory, and the size of its image.

    python -m bench.local_hana             the process that the pytest plugin starts
    python -m bench.local_hana --image     its image too, which buildah builds: as root

Medians of some starts; CPU seconds are less disturbed by what else the machine does. The image is started as
its tests start it, without an engine: the time that an engine takes to make a container is not in it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.hana import only_trusting
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port

STARTS = 7
IDLE_S = 1.0
PASSWORD = "Hana1234"


def main() -> None:
    """Print one line for each measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.local_hana")
    parser.add_argument("--image", action="store_true", help="build and start the image too")
    given = parser.parse_args()
    show("process", [of_the_process() for _ in range(STARTS)])
    if given.image:
        from tests import images

        image = images.build("local-hana", PROJECT / "localcloud")
        print(f"{'image':10} {size(image) / 1e6:8.1f} MB in all its files")
        show("container", [of_the_container(image) for _ in range(STARTS)])


class Cost(NamedTuple):
    """What one start took: seconds to the first answer, of CPU too, and MiB when nobody asks any more."""

    start: float
    cpu: float
    memory: float

    @classmethod
    def of(cls, seconds: float, process: psutil.Process) -> Cost:
        spent = process.cpu_times()
        time.sleep(IDLE_S)
        memory = float(process.memory_full_info().pss) / 2**20
        return cls(seconds, spent.user + spent.system, memory)


def show(what: str, measured: list[Cost]) -> None:
    start, cpu, memory = (statistics.median(each) for each in zip(*measured, strict=True))
    print(
        f"{what:10} {start:8.2f} s to the first answer, {cpu:.2f} s CPU, {memory:5.1f} MiB PSS idle",
        flush=True,
    )


def of_the_process() -> Cost:
    """What the pytest plugin starts."""
    started = time.perf_counter()
    with LocalHana() as hana, only_trusting(hana.certificate):
        ask(hana.binding())
        return Cost.of(time.perf_counter() - started, psutil.Process(hana.process_id))


def of_the_container(image: str) -> Cost:
    """The image's program."""
    from tests.images import OURS

    port = free_port()
    given = {"LOCAL_HANA_LISTEN": "127.0.0.1", "LOCAL_HANA_PASSWORD": PASSWORD}
    with (
        tempfile.TemporaryDirectory() as folder,
        OURS.started(image, given, Path(folder) / "output", port, arguments=[f"--port={port}"]) as container,
    ):
        started = time.perf_counter()
        while "Local HANA at" not in container.output:
            assert container.process.poll() is None, container.output
            time.sleep(0.005)
        trust = (container.root / "certificates" / "authority.pem").read_text()
        with only_trusting(trust):
            ask(
                {
                    "host": "127.0.0.1",
                    "port": str(port),
                    "user": "TOKONOMA_RT",
                    "password": PASSWORD,
                    "schema": "TOKONOMA",
                    "certificate": trust,
                }
            )
            return Cost.of(time.perf_counter() - started, container.processes[0])


def ask(binding: dict[str, str]) -> None:
    with closing(connect(binding)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT * FROM DUMMY")
        assert tuple(cursor.fetchone()) == ("X",)


def size(image: str) -> int:
    """Bytes of all files, those with several names once: what engines show as the image's size."""
    from tests.images import OURS

    with OURS.files(image) as root:
        found = (file.lstat() for file in root.rglob("*") if file.is_file() and not file.is_symlink())
        return sum({(each.st_dev, each.st_ino): each.st_size for each in found}.values())


if __name__ == "__main__":
    main()
