"""Settings, bindings and memory where the app runs: each failure is made and then diagnosed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.tokonoma.doctor.conftest import Diagnose, run_doctor
from tokonoma.doctor.checkup import Seen
from tokonoma.doctor.place import AppPlace


def test_a_healthy_place_has_no_problem_and_no_note(diagnose: Diagnose) -> None:
    report = diagnose("--strict")
    assert report.failures == set()
    assert report.code == 0
    assert {each["status"] for each in report.findings} == {"ok"}


@pytest.mark.parametrize(
    ("variables", "failure"),
    [
        ({"TOKONOMA_WORKERS": "many"}, "settings.wrong"),
        ({"TOKONOMA_WORKER": "1"}, "settings.unknown"),
        ({"VCAP_SERVICES": "{"}, "bindings.unreadable"),
        ({"VCAP_SERVICES_FILE_PATH": "/nowhere"}, "bindings.unreadable"),
        ({"VCAP_SERVICES_FILE_PATH": "/nowhere"}, "bindings.unread"),
        ({"C8Y_BASEURL": "no address", "VCAP_APPLICATION": ""}, "platform.wrong"),
    ],
)
def test_a_wrong_environment_is_named(diagnose: Diagnose, variables: dict[str, str], failure: str) -> None:
    report = diagnose("--no-connect", **variables)
    assert failure in report.failures


def test_what_depends_on_a_problem_is_not_looked_at(diagnose: Diagnose) -> None:
    report = diagnose(VCAP_SERVICES="{")
    assert report.failures == {"bindings.unreadable"}
    assert report.status("hana.logon") == report.status("xsuaa.keys") == {"not looked at"}
    assert report.code == 1


def test_unbound_services_are_named(diagnose: Diagnose) -> None:
    assert diagnose(without=("pyhana", "pyuaa")).failures == {"hana.unbound", "xsuaa.unbound"}


def test_a_hana_cloud_instance_is_no_schema() -> None:
    services = {"hana-cloud": [{"label": "hana-cloud", "name": "db", "credentials": {"host": "h"}}]}
    report = run_doctor("--no-connect", VCAP_SERVICES=json.dumps(services))
    assert "hana.instance" in report.failures


def test_broken_credentials_are_named(diagnose: Diagnose) -> None:
    report = diagnose("--no-connect", hana={"port": "many"}, xsuaa_={"clientsecret": ""})
    assert report.failures == {"hana.shape", "xsuaa.shape"}


def test_the_design_time_user_is_not_for_the_runtime(diagnose: Diagnose) -> None:
    report = diagnose("--no-connect", hana={"user": "TOKONOMA_DT"})
    assert report.failures == {"hana.design_time"}


@pytest.mark.parametrize(
    ("days", "failures"), [(-1, {"certificate.expired"}), (2, {"certificate.ends"}), (20, set())]
)
def test_the_end_of_a_certificate_is_told_in_time(diagnose: Diagnose, days: int, failures: set[str]) -> None:
    end = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    report = diagnose("--no-connect", xsuaa_={"certificate_expires_at": end})
    assert report.failures == failures


def test_a_certificate_that_is_none_is_a_note(diagnose: Diagnose) -> None:
    report = diagnose("--no-connect", xsuaa_={"certificate": "-----BEGIN CERTIFICATE-----\nnone"})
    assert report.failures == {"certificate.unreadable"}


def test_large_bindings_are_told_before_the_platform_refuses_them(diagnose: Diagnose) -> None:
    assert diagnose("--no-connect", xsuaa_={"much": "x" * 120_000}).failures == {"bindings.large"}


def looked(place: AppPlace, name: str) -> list[Seen]:
    [check] = [each for each in place.checks() if each.name == name]
    return list(check.look())


@pytest.mark.parametrize(
    ("limit", "events", "failures"),
    [
        (128, "oom_kill 0", {""}),
        (64, "oom_kill 0", {"memory.small"}),
        (128, "oom_kill 2", {"", "memory.killed"}),
    ],
)
def test_a_container_without_enough_memory_is_told(
    tmp_path: Path, limit: int, events: str, failures: set[str]
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit * 2**20}\n")
    (tmp_path / "memory.events").write_text(f"low 0\n{events}\n")
    assert {each.failure for each in looked(AppPlace(cgroup=tmp_path), "memory")} == failures


def test_without_a_limit_nothing_is_said_of_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert looked(AppPlace(cgroup=tmp_path), "memory") == []
