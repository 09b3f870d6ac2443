"""`make sbom` says what is in a droplet, all of it and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.programs import needs_node
from tools import landscape
from tools.landscape import PROJECT

pytestmark = pytest.mark.slow

APPS = ["myapp", "web", "db"]


@pytest.fixture(scope="module")
def bills() -> dict[str, Any]:
    """The bills of materials, by app."""
    needs_node()
    subprocess.run(["make", "sbom"], cwd=PROJECT, check=True, capture_output=True, timeout=110)
    folder = PROJECT / "build" / "sbom"
    return {app: json.loads((folder / f"{app}.cdx.json").read_text()) for app in APPS}


@pytest.mark.parametrize("app", APPS)
def test_a_bill_of_materials_names_its_app_and_version(bills: dict[str, Any], app: str) -> None:
    assert bills[app]["bomFormat"] == "CycloneDX"
    assert bills[app]["metadata"]["component"]["version"] == landscape.version()


def test_the_services_bill_is_what_requirements_txt_pins(bills: dict[str, Any]) -> None:
    pinned = re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    listed = {(part["name"], part["version"]) for part in bills["myapp"]["components"]}
    assert listed == set(pinned)
    assert all(part["purl"].startswith("pkg:pypi/") for part in bills["myapp"]["components"])


@pytest.mark.parametrize(
    ("app", "package"), [("web", ("@sap/approuter", "23.0.0")), ("db", ("@sap/hdi-deploy", "5.7.0"))]
)
def test_the_bill_of_an_app_for_node_is_what_the_lock_pins(
    bills: dict[str, Any], app: str, package: tuple[str, str]
) -> None:
    locked = json.loads((PROJECT / app / "package-lock.json").read_text())["packages"]
    pinned = {
        (path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in locked.items()
        if path and not entry.get("optional")
    }
    listed = {
        (f"{part['group']}/{part['name']}" if part.get("group") else part["name"], part["version"])
        for part in bills[app]["components"]
    }
    assert pinned <= listed
    assert package in pinned
