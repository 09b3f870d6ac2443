"""The tests of go-hdb's package `driver`, as its module brings them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from localcloud.hana.local import LocalHana

from .outcomes import Outcomes

MODULE = "github.com/SAP/go-hdb"
MODULE_FILES = Path(__file__).parents[2] / "tests" / "clients" / "go"

_PROCEDURES = "SQLScript"
_IDENTITY = "another user, or an identity provider"
_SPATIAL = "spatial types"
LEFT_OUT = {
    "TestAnonBlock*": _PROCEDURES,
    "TestCall*": _PROCEDURES,
    "TestConnLifecycle*": "table types, the parameters of procedures",
    "TestConnection/cancelSleep": _PROCEDURES,
    "TestDriver/driverWithDB/hdbWarning": _PROCEDURES,
    "TestUserSwitch*": _IDENTITY,
    "Example_callProcedure": _PROCEDURES,
    "ExampleWithStmtMetadata": _PROCEDURES,
    "ExampleWithUserSwitch": _IDENTITY,
    "TestDataTypeSpatial*": _SPATIAL,
    "TestBulk/geometry_bulk_round-trip": _SPATIAL,
    "TestDocstore*": "the document store",
}


_TESTS = (
    *("-test.v=test2json", "-test.timeout=10m"),
    # What ends all the others as well where it fails.
    *("-test.skip", "^(TestUserSwitch|Example_callProcedure|ExampleWithStmtMetadata|ExampleWithUserSwitch)$"),
)


def run(folder: Path) -> Outcomes:
    """Build the tests into a folder, and run them."""
    for name in ("go.mod", "go.sum"):
        (folder / name).write_bytes((MODULE_FILES / name).read_bytes())
    program = folder / "driver.test"
    build = ("go", "test", "-mod=mod", "-c", "-o", str(program), f"{MODULE}/driver")
    subprocess.run(build, cwd=folder, check=True)
    place = ("go", "list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE)
    sources = subprocess.run(place, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    with LocalHana(schema="GOHDB") as hana:
        trust = folder / "authority.pem"
        trust.write_text(hana.certificate)
        options = f"TLSRootCAFile={trust}&TLSServerName=localhost"
        address = f"hdb://{hana.hdi_user}:{hana.hdi_password}@localhost:{hana.port}?{options}"
        ended = subprocess.run(
            ("go", "tool", "test2json", str(program), *_TESTS),
            cwd=Path(sources) / "driver",
            env={**os.environ, "GOHDBDSN": address},
            capture_output=True,
            check=False,
        )
    return outcomes(ended.stdout.decode(errors="replace"))


def outcomes(written: str) -> Outcomes:
    """Tests that have no tests below them, from test2json's lines."""
    found = Outcomes()
    said: dict[str, str] = {}
    ends: dict[str, str] = {}
    for line in written.splitlines():
        event = json.loads(line)
        name = event.get("Test")
        if name is None:
            continue
        if event["Action"] in ("pass", "fail", "skip"):
            ends[name] = event["Action"]
        elif "_test.go:" in event.get("Output", ""):
            said[name] = event["Output"].strip()
    for name, action in ends.items():
        if any(other.startswith(f"{name}/") for other in ends):
            continue
        if action == "fail":
            found.failed[name] = said.get(name, "it says nothing")
        else:
            (found.passed if action == "pass" else found.skipped).add(name)
    return found
