"""`python -m tokonoma.doctor`: where the app runs; `--cf`: beside it; `--url`: from outside."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from time import monotonic
from urllib.parse import urlsplit

from tokonoma.command_line import DiscreetParser
from tokonoma.deadline import call_with_deadline
from tokonoma.doctor import report
from tokonoma.doctor.checkup import TOTAL, Check, Diagnosis, examine

MOST_TEXT = 256 * 1024
"""Characters of a token that are read; none is so long."""
READING = 10.0
"""Seconds that a token may take to come."""
NOBODY_READS = 128 + 13
"""The exit code when the output has ended before the report, as shells give it for SIGPIPE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without a problem, 1 with one (with `--strict` for a note too), 2 for wrong usage."""
    began = monotonic()
    options = _parser().parse_args(arguments)
    logging.disable(logging.CRITICAL)
    findings: list[Diagnosis] = []
    with ExitStack() as stack:
        for finding in examine(_checks(options, stack), TOTAL - (monotonic() - began)):
            findings.append(finding)
            if not options.json:
                print(*report.lines(finding), sep="\n", flush=True)
    print(report.as_json(findings) if options.json else f"\n{report.summary(findings)}")
    return report.exit_code(findings, strict=options.strict)


def _checks(options: argparse.Namespace, stack: ExitStack) -> list[Check]:
    """The checks of all the places that were asked for; imports are late, since each needs its own."""
    found: list[Check] = []
    place = None
    if options.here or options.token is not None or not (options.cf or options.url):
        from tokonoma.doctor.database import Database
        from tokonoma.doctor.identity import Identity
        from tokonoma.doctor.own_platform import OwnPlatform
        from tokonoma.doctor.place import AppPlace

        place = AppPlace()
        found += place.checks()
        if options.connect:
            found += [*OwnPlatform().checks(), *Identity(place).checks()]
        if options.token is not None:
            from tokonoma.doctor.token import GivenToken

            found += GivenToken(place, options.token, options.connect).checks()
        found += stack.enter_context(closing(Database(place, options.connect))).checks()
    if options.cf:
        from tokonoma.doctor.beside import Beside

        found += Beside(options.app, options.router).checks()
    if options.url:
        from tokonoma.doctor.outside import Outside

        found += Outside(options.url, place).checks()
    return found


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise argparse.ArgumentTypeError("it begins with https:// (or http:// on a laptop)")
    try:
        parts = urlsplit(text)
        is_address = bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        is_address = False
    # It is printed, and so would be a password in it.
    if not is_address or "@" in text or "?" in text or "#" in text:
        raise argparse.ArgumentTypeError("it is an address without user, password, query and fragment")
    return text.rstrip("/")


def _text(name: str) -> str:
    """The text of a file, of which much is not a token."""

    def read() -> str:
        if name == "-":
            return sys.stdin.read(MOST_TEXT)
        with open(name) as file:
            return file.read(MOST_TEXT)

    try:
        # Nobody may write into a pipe.
        found = call_with_deadline(READING, read, late=lambda _: None)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"it cannot be read ({type(error).__name__})") from None
    if found is None:
        raise argparse.ArgumentTypeError(f"it did not come within {READING:.0f} s")
    return found


def _parser() -> DiscreetParser:
    parser = DiscreetParser(
        prog="python -m tokonoma.doctor",
        description="Why does it not work, and what to do next? It only reads, and tells no secret.",
    )
    parser.add_argument(
        "--here", action="store_true", help="where the app runs; so it is without --cf or --url"
    )
    parser.add_argument("--cf", action="store_true", help="beside the app: what the cf command tells")
    parser.add_argument("--app", default="myapp", help="the service's name there (myapp)")
    parser.add_argument("--router", default="web", help="the approuter's name there (web)")
    parser.add_argument("--url", type=_url, help="from outside: the approuter's address")
    parser.add_argument(
        "--token",
        type=_text,
        metavar="FILE",
        help="where the app runs: look at the token in a file (-: input)",
    )
    parser.add_argument("--json", action="store_true", help="an object for each finding")
    parser.add_argument("--strict", action="store_true", help="exit code 1 for a note, too")
    parser.add_argument(
        "--no-connect", dest="connect", action="store_false", help="do not ask HANA and XSUAA"
    )
    return parser


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = NOBODY_READS
    except SystemExit as end:
        code = int(end.code or 0)
        sys.stderr.flush()
    # A thread in which hdbcli waits for HANA, or a pipe is read, would have Python end by SIGABRT.
    os._exit(code)
