"""`python -m tokonoma.data.policy`: checks, drafts and explains the policy file against the bound schema."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tokonoma.bindings import platform_environment, read_hana
from tokonoma.command_line import DiscreetParser
from tokonoma.data import probe
from tokonoma.data.catalogue import Ask
from tokonoma.data.catalogue import read as read_catalogue
from tokonoma.data.policy import report
from tokonoma.data.policy.access import AccessControl, apply
from tokonoma.data.policy.file import NOTHING, PLATFORMS, Policy
from tokonoma.data.policy.file import read as read_policy
from tokonoma.errors import TokonomaError
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

WRONG, UNUSABLE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where all is well, 1 where the policy is wrong or does not fit, 2 where that cannot be found out."""
    options = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    try:
        settings = Settings.read(os.environ)
        policy = (
            NOTHING if options.command == "draft" else read_policy(Path(options.policy or settings.policy))
        )
    except TokonomaError as error:
        print(error, file=sys.stderr)
        return WRONG
    try:
        binding = read_hana(platform_environment(), settings.hana_service)
        schema = Schema(binding, settings)
        try:
            return _run(options, policy, schema.select, binding.schema)
        finally:
            schema.close()
    except TokonomaError as error:
        print(error, file=sys.stderr)
        return UNUSABLE


def _run(options: argparse.Namespace, policy: Policy, ask: Ask, schema: str) -> int:
    catalogue = read_catalogue(ask, schema, policy.names)
    if options.command == "draft":
        print("\n".join(report.draft(catalogue)))
        return 0
    applied = apply(policy, catalogue, ask)
    if options.command == "check":
        refused = [name for name in report.seen(applied) if probe.forbidden(ask, [catalogue.tables[name]])]
        print("\n".join(report.check(policy, applied, refused, _declared_attributes())))
        return WRONG if applied.findings or refused else 0
    control = AccessControl(policy, options.platform, lambda: applied)
    roles = control.roles_of(report.words(options.scopes))
    told = report.explain(applied, options.object, roles, report.attributes(options.attributes))
    for key, value in told.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        print(f"{key:10} {shown}")
    return WRONG if applied.findings else 0


def _declared_attributes(descriptor: Path = Path("xs-security.json")) -> set[str] | None:
    """The attributes that XSUAA gives users, by the descriptor in this folder; None if there is none."""
    try:
        document = json.loads(descriptor.read_text())
        return {each["name"] for each in document.get("attributes", [])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _parser() -> DiscreetParser:
    parser = DiscreetParser(
        prog="python -m tokonoma.data.policy", description="The policy file, against the bound schema."
    )
    parser.add_argument("--policy", help="the file (TOKONOMA_POLICY, else policy.toml)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="role by object by columns by rows, and what is wrong")
    commands.add_parser("draft", help="write a file to begin with, everything commented out")
    explain = commands.add_parser("explain", help="which line decides what somebody sees of an object")
    explain.add_argument("object")
    explain.add_argument("--scopes", default="", help="what the person holds, with commas between")
    explain.add_argument("--attributes", nargs="*", default=[], metavar="NAME=VALUE,VALUE")
    explain.add_argument(
        "--platform", choices=sorted(PLATFORMS), default="xsuaa", help="where roles come from"
    )
    return parser


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = UNUSABLE  # whoever reads has enough, and has not seen whether all is well
    # A thread in which hdbcli still waits for HANA would have Python end by SIGABRT, whatever the code is.
    os._exit(code)
