"""`python -m bench.soak [minutes]`: under load while HANA and XSUAA fail in turns; does anything grow?

Prints memory, open files and threads of all processes of the service every half minute, ten minutes long, and
then how the last third compares with the first.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack

from localcloud import cloudfoundry
from localcloud.hana.faults import Fault as HanaFault
from localcloud.http_faults import HttpFault

from .load import load
from .service import Server, Stage

EVERY = 30.0
KEYS = "/token_keys"


def trouble(stage: Stage, stopping: threading.Event) -> None:
    """One fault after the other, a few seconds each, with pauses in which all is well."""
    for fault in itertools.cycle([*HanaFault, *HttpFault, "drop", "restart", "rotate"]):
        if isinstance(fault, HanaFault):
            with stage.hana.failing(fault, seconds=0.2):
                stage.hana.drop_connections(busy=False)
                stopping.wait(2)
        elif isinstance(fault, HttpFault):
            with stage.xsuaa.failing(KEYS, fault):
                stopping.wait(1)
        elif fault == "drop":
            stage.hana.drop_connections()
        elif fault == "restart":
            stage.hana.restart()
        else:
            stage.xsuaa.rotate_key()
        if stopping.wait(2):
            return


def look(server: Server) -> tuple[float, int, int]:
    """MiB, open files and threads, over all processes."""
    processes = server.processes()
    return server.memory(), sum(p.num_fds() for p in processes), sum(p.num_threads() for p in processes)


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    answers: Counter[str] = Counter()
    samples: list[tuple[float, int, int]] = []
    stopping = threading.Event()
    with ExitStack() as stack:
        stage = Stage(stack)
        server = stage.start(cloudfoundry.procfile_line())
        load(server.port, stage.headers, seconds=10)  # warm
        troubles = threading.Thread(target=trouble, args=(stage, stopping))
        troubles.start()
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            answers.update(load(server.port, stage.headers, connections=4, seconds=EVERY).statuses)
            samples.append(look(server))
            memory, files, threads = samples[-1]
            print(f"{memory:6.1f} MiB  {files:4} files  {threads:3} threads", flush=True)
        stopping.set()
        troubles.join()
    third = max(1, len(samples) // 3)
    for place, name in enumerate(("memory", "files", "threads")):
        first = statistics.median(sample[place] for sample in samples[:third])
        last = statistics.median(sample[place] for sample in samples[-third:])
        print(f"{name}: the last third is {last / first:.2f} of the first")
    print(f"answers: {dict(answers)}")


if __name__ == "__main__":
    main()
