"""`python -m tokonoma.data.policy`, run as an operator would, against a schema with the museum in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tokonoma.data.policy.file import PLATFORMS, parse

PROJECT = Path(__file__).parents[4]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def museum(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        yield hana


@pytest.fixture
def bound(museum: LocalHana) -> str:
    """VCAP_SERVICES with the museum alone."""
    return cloudfoundry.vcap_services({"pyhana": ("hana", "hdi-shared", museum.binding())})


@pytest.fixture
def command(bound: str, tmp_path: Path) -> Command:
    """`command("check")`; the policy is the project's, or the text that is given."""

    def run(
        *arguments: str, policy: str | None = None, services: str = bound, stdout: Any = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        file = PROJECT / "policy.toml"
        if policy is not None:
            file = tmp_path / "policy.toml"
            file.write_text(policy)
        return subprocess.run(
            [sys.executable, "-m", "tokonoma.data.policy", *arguments],
            cwd=PROJECT,
            env={**os.environ, "VCAP_SERVICES": services, "TOKONOMA_POLICY": str(file)},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_check_shows_who_sees_what_of_each_object(command: Command) -> None:
    done = command("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^curator  WORK +all \d+ +all$", done.stdout, re.MULTILINE)
    [viewer] = [line for line in done.stdout.splitlines() if line.startswith("viewer   WORK ")]
    assert "all but VALUE, CURRENCY" in viewer
    assert viewer.endswith("ROOM_ID in @user.rooms")
    assert "Nobody may see: nothing" in done.stdout
    assert "Rows depend on these attributes of the caller: rooms\n" in done.stdout


def test_an_attribute_that_nobody_can_have_is_told(command: Command) -> None:
    policy = (PROJECT / "policy.toml").read_text()
    done = command("check", policy=policy.replace("@user.rooms", "@user.ROOMS"))
    assert "  ROOMS: xs-security.json has no such attribute, so XSUAA gives it to nobody\n" in done.stdout


def with_kind(services: str, label: str) -> str:
    """With an identity service of this label bound."""
    bound = {"label": label, "name": f"py{label}", "credentials": {}}
    return json.dumps({**json.loads(services), label: [bound]})


def test_roles_that_nobody_holds_under_what_is_bound_are_told(command: Command, bound: str) -> None:
    policy = (PROJECT / "policy.toml").read_text().replace('ias = "group:Tokonoma Viewer", ', "")
    done = command("check", policy=policy, services=with_kind(bound, "identity"))
    assert "Nobody holds these roles:\n  role 'viewer' says nothing for ias" in done.stdout
    assert done.returncode == 0
    assert "Nobody holds" not in command("check", policy=policy, services=with_kind(bound, "xsuaa")).stdout


@pytest.mark.parametrize(("label", "kinds"), [("identity", {"ias"}), ("xsuaa", {"xsuaa"}), ("", PLATFORMS)])
def test_a_draft_has_roles_for_what_is_bound(
    command: Command, bound: str, label: str, kinds: set[str]
) -> None:
    done = command("draft", services=with_kind(bound, label) if label else bound)
    assert parse(done.stdout).roles["viewer"].keys() == kinds


def test_a_reader_that_has_enough_sees_no_stack_trace(command: Command) -> None:
    """`draft | head`: the pipe is closed before everything was written."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = command("draft", stdout=closed)
    assert (done.returncode, done.stderr) == (2, "")


def test_check_fails_for_a_policy_that_does_not_fit_the_schema(command: Command) -> None:
    policy = '[roles]\nviewer = { xsuaa = "V" }\n[objects.VASE]\ngrants = [{ role = "viewer" }]\n'
    done = command("check", policy=policy)
    assert done.returncode == 1
    assert "policy line 3: object 'VASE' is not shown" in done.stdout


def test_check_tells_what_hana_does_not_let_the_service_read(command: Command, authority: Authority) -> None:
    policy = '[roles]\nviewer = { xsuaa = "V" }\n[objects."*"]\ngrants = [{ role = "viewer" }]\n'
    with LocalHana(authority=authority) as hana:
        connection = connect(hana.binding(), owner=True)
        cursor = connection.cursor()
        for statement in (
            "CREATE COLUMN TABLE OPEN (ID INTEGER PRIMARY KEY)",
            "CREATE COLUMN TABLE CLOSED (ID INTEGER PRIMARY KEY)",
            "CREATE VIEW CLOSED_TOO AS SELECT ID FROM CLOSED",
            f'REVOKE SELECT ON SCHEMA "{hana.schema}" FROM "{hana.user}"',
            f'GRANT SELECT ON "{hana.schema}".OPEN TO "{hana.user}"',
        ):
            cursor.execute(statement)
        connection.commit()
        connection.close()
        services = cloudfoundry.vcap_services({"pyhana": ("hana", "hdi-shared", hana.binding())})
        done = command("check", policy=policy, services=services)
    assert (done.returncode, done.stderr) == (1, "")
    _, _, wrong = done.stdout.partition("What is wrong:\n")
    assert [line.split("grant")[0] for line in wrong.splitlines()] == [
        "  HANA does not let the bound user read 'CLOSED': ",
        "  HANA does not let the bound user read 'CLOSED_TOO': ",
    ]


def test_a_policy_that_cannot_be_read_is_told_in_a_sentence(command: Command) -> None:
    done = command("check", policy="[roles")
    assert done.returncode == 1
    assert "is no TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_hana_nothing_can_be_found_out(command: Command) -> None:
    done = command("check", services="{}")
    assert done.returncode == 2
    assert "No service with label 'hana' is bound" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_draft_is_a_policy_that_shows_nothing_until_somebody_uncomments_it(command: Command) -> None:
    done = command("draft", policy="[nonsense")
    assert done.returncode == 0
    drafted = parse(done.stdout)
    assert (drafted.rules, set(drafted.roles)) == ((), {"viewer"})
    uncommented = done.stdout.replace("# [objects", "[objects").replace("# grants", "grants")
    assert {rule.name for rule in parse(uncommented).rules} >= {"WORK", "ROOM", "PURCHASE"}


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ("myapp.Display", "the first grant whose role is held is that of 'viewer'"),
        ("Display,Curate", "the first grant whose role is held is that of 'curator'"),
        ("", "no role is held that has a grant"),
    ],
)
def test_explain_names_the_line_that_decides(command: Command, scopes: str, words: str) -> None:
    done = command("explain", "WORK", "--scopes", scopes)
    assert done.returncode == 0
    assert words in done.stdout
    assert "line" in done.stdout


def test_explain_shows_the_attributes_that_were_given(command: Command) -> None:
    done = command("explain", "ROOM", "--scopes", "Display", "--attributes", "rooms=IRIS,LOTUS")
    assert "['IRIS', 'LOTUS']" in done.stdout
