"""CAP on the local HANA beside CAP on its own sqlite: a read of 100 rows, and a deep insert of 31.

    python -m bench.cap

Both run in turns, and the best tenth of their times is told: a request to the local HANA changes ten times
between two processes, each of which has to wait where the machine has something else to do. Needs
tests/cap/node_modules, as `make test` installs it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from localcloud.certificates import Authority, write_trust
from localcloud.hana.local import LocalHana
from tests.cap.project import SQLITE, hana, run

ROUNDS = 60
TURNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", default="hdb", choices=("hdb", "hana-client"))
    driver = parser.parse_args().driver
    authority = Authority()
    times: dict[str, dict[str, list[float]]] = {}
    with TemporaryDirectory() as folder:
        trust = write_trust(authority.certificate, Path(folder))
        for _ in range(TURNS):
            with LocalHana(authority=authority, schema="LIBRARY") as server:
                databases = {"sqlite": SQLITE, "local HANA": hana(server, driver)}
                for name, database in databases.items():
                    for what, found in run("measure.js", database, {"rounds": ROUNDS}, trust).items():
                        times.setdefault(what, {}).setdefault(name, []).extend(found)
    for what, by_name in times.items():
        best = {name: quantiles(found, n=10)[0] for name, found in by_name.items()}
        shown = ", ".join(f"{name} {found:.1f} ms" for name, found in best.items())
        print(f"{what:6}  {shown}, {best['local HANA'] / best['sqlite']:.1f} times")


if __name__ == "__main__":
    main()
