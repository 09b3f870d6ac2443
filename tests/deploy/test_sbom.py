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


@pytest.fixture(scope="module")
def bills() -> dict[str, Any]:
    """The two bills of materials, by app."""
    needs_node()
    subprocess.run(["make", "sbom"], cwd=PROJECT, check=True, capture_output=True, timeout=110)
    folder = PROJECT / "build" / "sbom"
    return {app: json.loads((folder / f"{app}.cdx.json").read_text()) for app in ("myapp", "web")}


@pytest.mark.parametrize("app", ["myapp", "web"])
def test_a_bill_of_materials_names_its_app_and_version(bills: dict[str, Any], app: str) -> None:
    assert bills[app]["bomFormat"] == "CycloneDX"
    assert bills[app]["metadata"]["component"]["version"] == landscape.version()


def test_the_services_bill_is_what_requirements_txt_pins(bills: dict[str, Any]) -> None:
    pinned = re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    listed = {(part["name"], part["version"]) for part in bills["myapp"]["components"]}
    assert listed == set(pinned)
    assert all(part["purl"].startswith("pkg:pypi/") for part in bills["myapp"]["components"])


def test_the_routers_bill_is_what_the_lock_pins(bills: dict[str, Any]) -> None:
    locked = json.loads((PROJECT / "web" / "package-lock.json").read_text())["packages"]
    pinned = {
        (path.rpartition("node_modules/")[2], package["version"])
        for path, package in locked.items()
        if path and not package.get("optional")
    }
    listed = {
        (f"{part['group']}/{part['name']}" if part.get("group") else part["name"], part["version"])
        for part in bills["web"]["components"]
    }
    assert pinned <= listed
    assert ("@sap/approuter", "23.0.0") in pinned
