"""The command line of `python -m localcloud run`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.ports import port_number

if TYPE_CHECKING:
    from .plan import Options


def add_options(run: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    run.add_argument("project", nargs="?", type=Path, default=Path(), help="its folder (default: this one)")
    run.add_argument(
        "--file", type=Path, help="where the apps are declared, if not in a file of the usual name"
    )
    run.add_argument(
        "--port",
        type=port_number,
        default=argparse.SUPPRESS,
        help="port of the approuter, or of the first app where there is none; 0: any free ports for all",
    )
    several = partial(run.add_argument, action="append", default=[])
    several(
        "--seed",
        type=_seed,
        metavar="[SERVICE=]PATH",
        help="a script, folder or HDI module that fills a HANA",
    )
    several("--service", type=_pair, metavar="NAME=FILE", help="credentials of a service, or its kind")
    several("--var", type=_pair, metavar="NAME=VALUE", help="a variable of the manifest, or of the MTA")
    several("--vars-file", type=Path, metavar="FILE", help="variables of the manifest (default: vars.yml)")
    several("--command", type=_pair, metavar="APP=LINE", dest="lines", help="how to start an app")
    several("--destination", type=_pair, metavar="NAME=URL", help="a destination that approuters lack")
    several("--without", metavar="APP", help="leave an app out")


def options_of(arguments: argparse.Namespace) -> Options:
    """What was asked for."""
    from .plan import Options

    return Options(
        arguments.project,
        arguments.file,
        arguments.port,
        seeds=dict(arguments.seed),
        services=dict(arguments.service),
        variables=dict(arguments.var),
        variable_files=tuple(arguments.vars_file),
        commands=dict(arguments.lines),
        destinations=dict(arguments.destination),
        without=frozenset(arguments.without),
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError("takes NAME=VALUE")
    return name, value


def _seed(text: str) -> tuple[str, Path]:
    """A path that exists is one, whatever signs are in it."""
    name, sign, value = text.partition("=")
    if not sign or Path(text).exists():
        return "", Path(text)
    return name, Path(value)
