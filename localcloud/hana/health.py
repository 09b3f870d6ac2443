"""`python -m localcloud.hana.health`: whether the local HANA on this machine takes connections.

For the health check of a container. It greets as drivers do, over TLS that is validated; the exit code is 0
where a HANA greets back, else 1, with a sentence.
"""

from __future__ import annotations

import argparse
import os
import socket
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from localcloud.ports import LOOPBACK, port_number

from .environment import PREFIX

_GREETING = bytes.fromhex("ffffffff 04001404 00010001 0101")
_ANSWER_LENGTH = 8
_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Greet the local HANA of these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.hana.health")
    parser.add_argument("--port", type=port_number, default=39015)
    folder = Path(os.environ.get(f"{PREFIX}CERTIFICATES") or ".localcloud/hana")
    parser.add_argument("--certificates", type=Path, default=folder)
    given = parser.parse_args(arguments)
    try:
        greet(given.port, given.certificates / "authority.pem")
    except OSError as error:
        print(f"no local HANA on port {given.port}: {error}", file=sys.stderr)
        return 1
    return 0


def greet(port: int, trust: Path) -> None:
    """Return when a HANA on loopback that `trust` vouches for has greeted back. Raises OSError."""
    context = ssl.create_default_context(cafile=trust)
    with (
        socket.create_connection((LOOPBACK, port), _SECONDS) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        tls.sendall(_GREETING)
        answer = b""
        while len(answer) < _ANSWER_LENGTH:
            if not (more := tls.recv(_ANSWER_LENGTH - len(answer))):
                raise ConnectionError("it ended the connection")
            answer += more


if __name__ == "__main__":
    sys.exit(main())
