"""`python -m localcloud`: the chain on one laptop, and the small commands beside it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .running import FOLDER, NotRunningError


def main() -> int:
    """Run the command that was asked for; imports are late, because each needs little of the whole."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud", description="The whole chain on one laptop. Without a command: start it."
    )
    parser.add_argument("--port", type=_port, default=5050, help="port of the approuter (default 5050)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the running one keeps its notes")
    commands = parser.add_subparsers(dest="command")
    token = commands.add_parser("token", help="print a bearer token of the running local cloud")
    token.add_argument("user", help="alice, bob or carol")
    token.add_argument(
        "--scope", action="append", default=[], help="ask for this scope only; may be repeated"
    )
    environment = commands.add_parser("env", help="print the environment of an app as export lines")
    environment.add_argument("app", nargs="?", choices=("myapp", "web"), default="myapp")
    commands.add_parser("sql", help="a prompt on the local HANA")
    arguments = parser.parse_args()

    try:
        if arguments.command == "token":
            from .commands import token as print_token

            return print_token(arguments.folder, arguments.user, arguments.scope)
        if arguments.command == "env":
            from .commands import environment as print_environment

            return print_environment(arguments.folder, arguments.app)
        if arguments.command == "sql":
            from .commands import sql

            return sql(arguments.folder)
        from .chain import Ports, run

        return run(Ports(web=arguments.port), arguments.folder)
    except NotRunningError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except (OSError, RuntimeError, ValueError) as error:
        print(f"The local cloud does not start: {error}", file=sys.stderr)
        return 1


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
