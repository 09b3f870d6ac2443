"""`python -m localcloud`: the chain on one laptop, and the small commands beside it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .cloudfoundry import PROJECT
from .identity import IDENTITIES
from .option_paths import complaint
from .ports import PortTakenError, port_number
from .program_name import program_name
from .running_cloud import FOLDER, AlreadyRunningError, NotRunningError, usual_folder
from .space.arguments import add_options


def main() -> int:
    """Run the command that was asked for; imports are late, because each needs little of the whole."""
    arguments, rest = _parsed()
    try:
        match arguments.command:
            case "run":
                return _started(partial(_run_project, arguments), arguments.folder)
            case "token":
                from .commands import token

                return token(arguments.folder, arguments.user, arguments.scope)
            case "env":
                from .commands import environment

                return environment(arguments.folder, arguments.app)
            case "policy":
                from .commands import policy

                return policy(arguments.folder, arguments.arguments)
            case "doctor":
                from .commands import doctor

                return doctor(arguments.folder, rest)
            case "sql":
                from .prompt import sql

                return sql(arguments.folder, owner=arguments.owner)
            case _:
                return _started(partial(_start, arguments), arguments.folder)
    except NotRunningError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _parsed() -> tuple[argparse.Namespace, list[str]]:
    """The arguments, and those for the doctor, which may begin with an option: REMAINDER takes none."""
    parser = _parser()
    arguments, rest = parser.parse_known_args()
    if rest and arguments.command != "doctor":
        # By their names alone: what stands at the wrong place may be a secret.
        names = [each.partition("=")[0] for each in rest if each.startswith("--")]
        parser.error(f"unrecognized arguments: {' '.join(names) or len(rest)}")
    if arguments.command is None and not (PROJECT / "web").is_dir():
        parser.error("a command is needed, `run` for one; what starts without any is not installed")
    if arguments.certificates and arguments.identity == "xsuaa":
        parser.error("--certificates needs --identity ias or both: the local XSUAA binds secrets")
    if arguments.folder is None and arguments.command != "run":
        arguments.folder = usual_folder()
    return arguments, rest


def _start(arguments: argparse.Namespace) -> int:
    from .chain import run

    return run(arguments.port, arguments.folder, arguments.identity, certificates=arguments.certificates)


def _run_project(arguments: argparse.Namespace) -> int:
    from .space.arguments import options_of
    from .space.run import run

    options = options_of(arguments)
    return run(options, arguments.folder or options.project / FOLDER.name)


def _started(start: Callable[[], int], folder: Path | None) -> int:
    """The exit code of what runs until it is stopped; where it does not start, a sentence says why.

    One about `folder` names its option.
    """
    try:
        return start()
    except (AlreadyRunningError, PortTakenError) as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, RuntimeError, ValueError) as error:
        said, code = complaint(error, {"--folder": folder})
        print(f"The local cloud does not start: {said}", file=sys.stderr)
        return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("localcloud"),
        description="The whole chain on one laptop. Without a command: start it.",
    )
    parser.add_argument(
        "--port",
        type=partial(port_number, low=1),
        help="port of the approuter (default: 5050, or a free one)",
    )
    parser.add_argument("--folder", type=Path, help="where the running one keeps its notes")
    parser.add_argument(
        "--identity",
        choices=IDENTITIES,
        default=IDENTITIES[0],
        help="who signs people in: XSUAA (default), IAS, or IAS with XSUAA beside it",
    )
    parser.add_argument(
        "--certificates",
        action="store_true",
        help="with IAS: the apps sign in to it with certificates (X.509), and not with secrets",
    )
    # The same option behind a command; it leaves alone what was said before it.
    behind = argparse.ArgumentParser(add_help=False)
    behind.add_argument("--folder", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    project = commands.add_parser(
        "run",
        parents=[behind],
        help="start the apps of any project, with stand-ins for their services",
        description="Starts the apps that a project's manifest.yml or mta.yaml declares, with a local HANA "
        "and a local XSUAA in the place of the services they are bound to.",
    )
    add_options(project)
    token = commands.add_parser(
        "token", parents=[behind], help="print a bearer token of the running local cloud"
    )
    token.add_argument("user", help="alice, bob or carol")
    token.add_argument(
        "--scope", action="append", default=[], help="ask for this scope only; may be repeated"
    )
    environment = commands.add_parser(
        "env", parents=[behind], help="print the environment of an app as export lines"
    )
    environment.add_argument("app", nargs="?", default="myapp")
    policy = commands.add_parser(
        "policy", parents=[behind], help="check, draft or explain policy.toml, with the bindings of myapp"
    )
    policy.add_argument("arguments", nargs=argparse.REMAINDER, help="of python -m tokonoma.data.policy")
    commands.add_parser(
        "doctor",
        parents=[behind],
        help="what is wrong, in the place of myapp and from outside; options: python -m tokonoma.doctor -h",
        add_help=False,
        allow_abbrev=False,
    )
    prompt = commands.add_parser("sql", parents=[behind], help="a prompt on the local HANA")
    prompt.add_argument(
        "--owner", action="store_true", help="as the schema's owner, who may also define tables"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
