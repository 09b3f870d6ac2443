"""`python -m localcloud.hana`: a local HANA on its own, for any project."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from localcloud.certificates import Authority, ServerCertificate, write_trust
from localcloud.ports import port_number

from .database import open_database
from .errors import HanaError
from .instance import Instance, InstanceSettings
from .local import new_password
from .releases import DEFAULT_LINE, RELEASES
from .wire.server import HOST, allow_many_descriptors

_PORT = 39015
_LEFT = timedelta(days=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal comes; the exit code is 1 where it could not start."""
    given = _parser().parse_args(arguments)
    allow_many_descriptors()
    settings = InstanceSettings(
        user=given.user,
        password=given.password or new_password(),
        owner=given.owner,
        owner_password=given.owner_password or new_password(),
        schema=given.schema,
        port=given.port,
        data=given.data,
        seed=given.seed,
        trace=given.trace,
        version=given.version,
    )
    try:
        root, certificate = certificates(given.certificates)
        instance = Instance(settings, certificate, open_database)
        port = instance.start()
    except (OSError, ValueError, HanaError) as error:
        print(f"The local HANA cannot start: {error}", file=sys.stderr)
        return 1
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    print(_banner(settings, port, root), flush=True)
    signal.sigwait(signals)
    instance.stop()
    return 0


def certificates(folder: Path) -> tuple[Path, ServerCertificate]:
    """The root's file and the server's certificate; kept in `folder`, so that clients go on trusting them.

    New ones are made where there are none, or where they are about to expire.
    """
    root, server, key = folder / "authority.pem", folder / "server.pem", folder / "server.key"
    if root.exists() and server.exists() and key.exists():
        kept = x509.load_pem_x509_certificate(server.read_bytes())
        if kept.not_valid_after_utc - datetime.now(UTC) > _LEFT:
            write_trust(root.read_text(), folder)
            return root, ServerCertificate(server.read_text(), key.read_text())
    authority = Authority("Local HANA")
    certificate = authority.issue()
    certificate.write(folder, "server")
    return write_trust(authority.certificate, folder), certificate


def _banner(settings: InstanceSettings, port: int, root: Path) -> str:
    lines = [
        f"Local HANA at {HOST}:{port} (TLS), schema {settings.schema}",
        f"  trust        {root}",
        f"  user         {settings.user} / {settings.password}    reads and writes data",
        f"  owner        {settings.owner} / {settings.owner_password}    defines tables",
        f"  data         {settings.data or 'in memory only: gone at the end'}",
        "  stop         Ctrl-C",
    ]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud.hana", description=__doc__)
    add = parser.add_argument
    add(
        "--port",
        type=port_number,
        default=_PORT,
        help=f"where to listen on {HOST} (default {_PORT}; 0: any free one)",
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
    return parser


if __name__ == "__main__":
    sys.exit(main())
