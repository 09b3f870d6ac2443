"""Runs a driver's own tests: `python -m bench.suites go-hdb` or `sqlalchemy-hana`."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import go_hdb, sqlalchemy_hana
from .outcomes import report

SUITES = {"go-hdb": go_hdb, "sqlalchemy-hana": sqlalchemy_hana}
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts" / "suites"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.suites", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    suite = SUITES[parser.parse_args().suite]
    folder = ARTEFACTS / suite.__name__.rpartition(".")[2]
    folder.mkdir(parents=True, exist_ok=True)
    print(report(suite.run(folder), suite.LEFT_OUT))


if __name__ == "__main__":
    main()
