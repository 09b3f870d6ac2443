"""The bound XSUAA: each failure is made by the local XSUAA, and then diagnosed."""

from __future__ import annotations

import certifi
import pytest

from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import Diagnose
from tokonoma.doctor.identity import Identity
from tokonoma.doctor.place import Place


def test_a_renewed_secret_is_named(diagnose: Diagnose) -> None:
    report = diagnose(xsuaa_={"clientsecret": "the-old-one"})
    assert report.failures == {"xsuaa.client"}
    assert "401" in report.detail("xsuaa.client")


def test_an_xsuaa_that_nobody_can_reach_is_named(diagnose: Diagnose) -> None:
    report = diagnose(xsuaa_={"uaadomain": f"localhost:{free_port()}"})
    assert report.failures == {"xsuaa.unreachable"}
    assert report.status("xsuaa.clock") == {"not looked at"}


def test_roots_that_are_missing_are_named(diagnose: Diagnose) -> None:
    report = diagnose(SSL_CERT_FILE=certifi.where())
    assert report.failures == {"xsuaa.certificate"}


def test_something_else_in_its_place_is_named(diagnose: Diagnose, xsuaa: LocalXsuaa) -> None:
    report = diagnose(xsuaa_={"uaadomain": f"{xsuaa.uaadomain}/elsewhere"})
    assert report.failures == {"xsuaa.answer"}


@pytest.mark.parametrize(
    ("seconds", "failure"), [(0.4, ""), (59, ""), (-120, "xsuaa.clock"), (90, "xsuaa.clock")]
)
def test_a_clock_that_is_wrong_is_named(seconds: float, failure: str) -> None:
    identity = Identity(Place(), difference=seconds)
    [check] = [each for each in identity.checks() if each.name == "xsuaa.clock"]
    assert [each.failure for each in check.look()] == [failure]


def test_nobody_is_asked_without_leave(diagnose: Diagnose) -> None:
    report = diagnose("--no-connect", hana={"host": "gone.invalid"}, xsuaa_={"uaadomain": "gone.invalid"})
    assert report.failures == set()
    assert not any(each["name"] in ("hana.way", "xsuaa.keys") for each in report.findings)
