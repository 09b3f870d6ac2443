"""`python -m localcloud.hana`: a local HANA on its own, for any project."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localcloud.option_paths import complaint
from localcloud.ports import port_number
from localcloud.program_name import program_name

from .database import open_database
from .environment import PREFIX, arguments_of
from .errors import HanaError
from .instance import Instance, InstanceSettings
from .kept_certificates import address, certificates, host_names
from .local import new_password
from .releases import DEFAULT_LINE, RELEASES
from .wire.server import HOST, allow_many_descriptors

_PORT = 39015
_AS_GIVEN = "(as given)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal comes; the exit code is 1 where it cannot start, 2 for an option."""
    parser, options = _parser()
    typed = sys.argv[1:] if arguments is None else arguments
    given = parser.parse_args([*arguments_of(os.environ, options), *typed])
    allow_many_descriptors()
    settings = InstanceSettings(
        user=given.user,
        password=given.password or new_password(),
        owner=given.owner,
        owner_password=given.owner_password or new_password(),
        schema=given.schema,
        listen=given.listen,
        port=given.port,
        data=given.data,
        seed=given.seed,
        trace=given.trace,
        version=given.version,
    )
    try:
        root, certificate = certificates(given.certificates, given.names)
        instance = Instance(settings, certificate, open_database)
        port = instance.start()
    except (OSError, ValueError, HanaError) as error:
        paths = {f"--{each}": getattr(given, each) for each in ("certificates", "data", "seed", "trace")}
        said, code = complaint(error, paths)
        print(f"The local HANA cannot start: {said}", file=sys.stderr)
        return code
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    print(_banner(settings, port, root, given), flush=True)
    signal.sigwait(signals)
    instance.stop()
    return 0


def _banner(settings: InstanceSettings, port: int, root: Path, given: argparse.Namespace) -> str:
    """Its first line says that the local HANA is ready. Of passwords it tells those that were not given."""
    password = _AS_GIVEN if given.password else settings.password
    owner_password = _AS_GIVEN if given.owner_password else settings.owner_password
    lines = [
        f"Local HANA at {settings.listen}:{port} (TLS), schema {settings.schema}",
        f"  trust        {root}",
        f"  user         {settings.user} / {password}    reads and writes data",
        f"  owner        {settings.owner} / {owner_password}    defines tables",
        f"  data         {settings.data or 'in memory only: gone at the end'}",
        "  stop         Ctrl-C",
    ]
    return "\n".join(lines)


def _parser() -> tuple[argparse.ArgumentParser, list[argparse.Action]]:
    """The parser, and its options."""
    parser = argparse.ArgumentParser(
        prog=program_name("localcloud.hana"),
        description="A local HANA on its own, for any project.",
        epilog=f"The environment gives each of them too, but the port: {PREFIX}PASSWORD is --password.",
    )
    options: list[argparse.Action] = []

    def add(option: str, **rest: Any) -> None:
        options.append(parser.add_argument(option, **rest))

    add("--listen", type=address, default=HOST, metavar="ADDRESS", help=f"where to listen (default {HOST})")
    add("--port", type=port_number, default=_PORT, help=f"the port (default {_PORT}; 0: any free one)")
    add(
        "--names",
        type=host_names,
        default=(),
        metavar="NAME,…",
        help="what clients call this machine, beside localhost and 127.0.0.1",
    )
    add("--schema", default="TOKONOMA", help="the schema (default TOKONOMA)")
    add("--user", default="TOKONOMA_RT", help="the user for the data (default TOKONOMA_RT)")
    add("--password", help="that user's password (default: a new one, printed)")
    add("--owner", default="TOKONOMA_DT", help="the user who owns the schema (default TOKONOMA_DT)")
    add("--owner-password", help="that user's password (default: a new one, printed)")
    add(
        "--certificates",
        type=Path,
        default=Path(".localcloud/hana"),
        metavar="FOLDER",
        help="where the server's certificate and what to trust it by are kept (default .localcloud/hana)",
    )
    add("--data", type=Path, metavar="FILE", help="keeps the data in a file")
    add(
        "--version",
        type=int,
        choices=sorted(RELEASES),
        default=DEFAULT_LINE,
        help=f"the HANA that it says it is: 4 is HANA Cloud, 2 the platform (default {DEFAULT_LINE})",
    )
    add("--trace", type=Path, metavar="FILE", help="writes each statement to a file, with its parameters")
    add(
        "--seed",
        type=Path,
        metavar="PATH",
        help="fills a new database: a script, a folder of design-time files, or an HDI module",
    )
    return parser, options


if __name__ == "__main__":
    sys.exit(main())
