"""CAP on the local HANA beside CAP on its own sqlite: a read of 100 rows, and a deep insert of 31.

    python -m bench.cap [--driver hdb|hana-client]

Both run in turns. Told are the best tenth of their times, and the CPU time of all their processes: a request
to the local HANA changes ten times between two processes, each of which has to wait where the machine has
something else to do. Needs tests/cap/node_modules, as `make test` installs it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from localcloud.certificates import Authority, write_trust
from localcloud.hana.local import LocalHana
from tests.cap.project import SQLITE, hana, run

ROUNDS = 60
TURNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", default="hdb", choices=("hdb", "hana-client"))
    driver = parser.parse_args().driver
    found: dict[str, list[dict[str, Any]]] = {"sqlite": [], "local HANA": []}
    authority = Authority()
    with TemporaryDirectory() as folder:
        trust = write_trust(authority.certificate, Path(folder))
        for _ in range(TURNS):
            found["sqlite"].append(run("measure.js", SQLITE, {"rounds": ROUNDS, "server": None}))
            with LocalHana(authority=authority, schema="LIBRARY") as server:
                given = {"rounds": ROUNDS, "server": server.process_id}
                found["local HANA"].append(run("measure.js", hana(server, driver), given, trust))
    for what in ("read", "insert"):
        times = {
            name: quantiles([time for turn in turns for time in turn[what]["times"]], n=10)[0]
            for name, turns in found.items()
        }
        show(what, "time", times)
        show(what, "CPU", {name: min(turn[what]["cpu"] for turn in turns) for name, turns in found.items()})


def show(what: str, unit: str, by_name: dict[str, float]) -> None:
    listed = ", ".join(f"{name} {value:.1f} ms" for name, value in by_name.items())
    print(f"{what:6}  {unit:4}  {listed}, {by_name['local HANA'] / by_name['sqlite']:.1f} times")


if __name__ == "__main__":
    main()
