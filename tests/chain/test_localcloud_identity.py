"""`python -m localcloud --identity ias|both [--certificates]`: the commands beside it, and its doctor."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from tests.chain.test_localcloud import LOCALCLOUD, address_of_myapp, run, wait_for_the_banner
from tests.programs import Program, needs_node, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="module", params=["ias", "both", "ias --certificates"])
def identity(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def cloud(folder: Path, identity: str) -> Iterator[Program]:
    needs_node()
    port = free_port()
    command = f"{LOCALCLOUD} --folder {folder} --port {port} --identity {identity}"
    with running(command, {}, PROJECT, folder / "output", port) as program:
        wait_for_the_banner(program)
        yield program


def test_a_token_from_the_command_opens_the_service(cloud: Program, folder: Path, identity: str) -> None:
    for user, status in (("alice", 200), ("bob", 403)):
        token = run(folder, "token", user).stdout.strip()
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert ("zid" in claims) is (identity == "both")
        assert ("cnf" in claims) is ("--certificates" in identity)
        address, shown = way_to_myapp(cloud)
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{address}hello", headers=headers, timeout=30, **shown).status_code == status


def way_to_myapp(cloud: Program) -> tuple[str, dict[str, Any]]:
    """The address that the banner tells, and what it wants to be shown to that."""
    line = next(each for each in cloud.output.splitlines() if "With a token" in each)
    if "--cert " not in line:
        return address_of_myapp(cloud), {}
    *_, root, _, shown, _, key, address = shlex.split(line.partition(')"')[2])
    return address, {"verify": root, "cert": (shown, key)}


def test_without_its_certificate_a_bound_token_opens_nothing(
    cloud: Program, folder: Path, identity: str
) -> None:
    if "--certificates" not in identity:
        pytest.skip("tokens are bound to nothing")
    address, shown = way_to_myapp(cloud)
    headers = {"Authorization": f"Bearer {run(folder, 'token', 'alice').stdout.strip()}"}
    bare = requests.get(f"{address}hello", headers=headers, timeout=30, verify=shown["verify"])
    assert bare.status_code == 401


def test_scopes_are_asked_of_xsuaa_alone(cloud: Program, folder: Path, identity: str) -> None:
    asked = run(folder, "token", "alice", "--scope", "openid")
    assert (asked.returncode == 0) is (identity == "both")
    if identity != "both":
        assert asked.stderr == "No token: tokens of IAS have no scopes.\n"


def test_a_stranger_gets_no_token_and_is_told_so(cloud: Program, folder: Path) -> None:
    refused = run(folder, "token", "mallory")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("No token: ")


def test_the_doctor_finds_nothing_wrong(cloud: Program, folder: Path) -> None:
    told = run(folder, "doctor", "--json", "--strict")
    document = json.loads(told.stdout)
    wrong = [check for check in document if check["status"] != "ok"]
    assert wrong == []
    assert told.returncode == 0
