"""Runs the CAP project on one of its databases, and makes its answers comparable."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from localcloud.hana.local import LocalHana
from tests.programs import TOOLS, skip_or_fail

from .requests import NOTICE, ORDER, OTHER, Request, sent

FOLDER = Path(__file__).parent
DRIVERS = ("hdb", "hana-client")
SQLITE: dict[str, Any] = {"kind": "sqlite", "credentials": {"url": ":memory:"}}
_PATIENCE = 240
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWN = re.compile(rf"{ORDER}|{OTHER}|{NOTICE}|([1-9])\1{{7}}-.*")

Answer = dict[str, Any]
"""Status, type, and body of one answer."""


def needs_cap() -> None:
    """CAP and a Node that it runs on, or a sentence about how to get them."""
    if not (FOLDER / "node_modules" / "@sap" / "cds").exists():
        skip_or_fail("tests/cap/node_modules is missing; `make test` installs it")
    found = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False, env=_environment()
    )
    if not re.match(r"v2[2-9]\.|v[3-9]\d\.", found.stdout):
        skip_or_fail(f"CAP needs Node 22 or newer, and this is {found.stdout.strip() or 'none'}")


def _environment(**variables: str) -> dict[str, str]:
    path = f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, **variables}


def hana(server: LocalHana, driver: str) -> dict[str, Any]:
    """What CAP is told about a HANA: the binding, as its owner, who may define tables."""
    credentials = {**server.binding(), "user": server.hdi_user, "password": server.hdi_password}
    return {"kind": "hana", "impl": "@cap-js/hana", "driver": driver, "credentials": credentials}


def run(script: str, database: dict[str, Any], given: object, trust: Path | None = None) -> Any:
    """Run a script of the project on a database: JSON goes in, and JSON comes out."""
    variables = {"CDS_CONFIG": json.dumps({"requires": {"auth": "dummy", "db": database}})}
    if trust is not None:
        # hdb trusts the binding's certificate; Node itself has to know it where a driver asks Node.
        variables["NODE_EXTRA_CA_CERTS"] = str(trust)
    ended = subprocess.run(
        ["node", script],
        cwd=FOLDER,
        env=_environment(**variables),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert ended.stdout, ended.stderr[-3000:]
    return json.loads(ended.stdout)


def ask(
    database: dict[str, Any], requests: Sequence[Request], trust: Path | None = None
) -> dict[str, Answer]:
    """Deploy the project to an empty database, and ask the requests in their order; answers by name."""
    answers = run("ask.js", database, [sent(each) for each in requests], trust)
    return {each.name: comparable(answer) for each, answer in zip(requests, answers, strict=True)}


def comparable(answer: Answer) -> Answer:
    """An answer without what is new each time: the present, and keys that were drawn."""
    body = _MOMENT.sub(lambda match: "<now>" if _is_now(match[0]) else match[0], answer["body"])
    body = _UUID.sub(lambda match: match[0] if _OWN.match(match[0]) else "<drawn>", body)
    if answer["type"] == "application/json":
        body = json.loads(body)
    return {**answer, "body": body}


def _is_now(moment: str) -> bool:
    there = datetime.fromisoformat(moment).astimezone(UTC)
    return abs(datetime.now(UTC) - there) < timedelta(days=1)
