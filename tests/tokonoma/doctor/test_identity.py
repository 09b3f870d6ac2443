"""The bound XSUAA: each failure is made by the local XSUAA, and then diagnosed."""

from __future__ import annotations

import json

import certifi
import pytest

from localcloud.certificates import Authority
from localcloud.cloudfoundry import vcap_services
from localcloud.http_faults import HttpFault
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import CERTS
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import Diagnose
from tokonoma.doctor.identity import Identity
from tokonoma.doctor.place import AppPlace


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
    ("seconds", "failure"),
    [(0.4, ""), (59, ""), (-120, "xsuaa.clock"), (90, "xsuaa.clock"), (-120, "ias.clock"), (90, "ias.clock")],
)
def test_a_clock_that_is_wrong_is_named(seconds: float, failure: str) -> None:
    kind = failure.partition(".")[0] or "xsuaa"
    identity = Identity(AppPlace(), {kind: seconds})
    [check] = [each for each in identity.checks() if each.name == f"{kind}.clock"]
    assert [each.failure for each in check.look()] == [failure]


def test_nobody_is_asked_without_leave(diagnose: Diagnose) -> None:
    report = diagnose("--no-connect", hana={"host": "gone.invalid"}, xsuaa_={"uaadomain": "gone.invalid"})
    assert report.failures == set()
    assert not any(each["name"] in ("hana.way", "xsuaa.keys") for each in report.findings)


def with_ias(ias: LocalIas, **changes: object) -> str:
    """VCAP_SERVICES with this alone."""
    return vcap_services({"pyias": ("identity", "application", {**ias.binding(), **changes})})


def test_a_healthy_ias_has_no_failure(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias))
    assert report.failures == {"hana.unbound"}
    assert report.status("ias.keys") == report.status("ias.clock") == report.status("ias.client") == {"ok"}


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (HttpFault.REFUSE, "ias.unreachable"),
        (HttpFault.GARBAGE, "ias.answer"),
        (HttpFault.STATUS, "ias.answer"),
    ],
)
def test_a_fault_of_ias_is_named(diagnose: Diagnose, ias: LocalIas, fault: HttpFault, failure: str) -> None:
    with ias.failing(CERTS, fault):
        assert diagnose(VCAP_SERVICES=with_ias(ias)).failures == {"hana.unbound", failure}


def test_a_client_of_another_tenant_is_named(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias, app_tid="another"))
    assert report.failures == {"hana.unbound", "ias.tenant"}


def test_a_binding_of_ias_that_cannot_be_used_is_named(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias, url=""))
    assert report.failures == {"hana.unbound", "ias.shape"}


def test_roots_that_are_missing_for_ias_are_named(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias), SSL_CERT_FILE=certifi.where())
    assert report.failures == {"hana.unbound", "ias.certificate"}


def test_a_renewed_secret_of_ias_is_named(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias, clientsecret="the-old-one"))
    assert report.failures == {"hana.unbound", "ias.client"}


def test_a_certificate_without_its_key_is_named(
    diagnose: Diagnose, ias: LocalIas, authority: Authority
) -> None:
    pair = {"certificate": authority.issue().certificate, "key": authority.issue().key}
    report = diagnose(VCAP_SERVICES=with_ias(ias, clientsecret="", **pair), VCAP_APPLICATION=BY_CERTIFICATE)
    assert report.failures == {"hana.unbound", "ias.client"}


BY_CERTIFICATE = json.dumps(
    {"application_uris": ["myapp.cfapps.example.com", "myapp.cert.cfapps.example.com"]}
)


@pytest.mark.parametrize(
    ("application", "failures"),
    [
        (BY_CERTIFICATE, set()),
        (json.dumps({"uris": ["myapp.example.com/x.cert.y", 1]}), {"ias.route"}),
        (json.dumps({"uris": 1}), {"ias.route"}),
        ("{}", {"ias.route"}),
    ],
)
def test_a_client_with_a_certificate_alone_needs_a_route_that_asks_for_it(
    diagnose: Diagnose, ias: LocalIas, application: str, failures: set[str]
) -> None:
    services = vcap_services({"pyias": ("identity", "application", ias.binding("X509_GENERATED"))})
    report = diagnose(VCAP_SERVICES=services, VCAP_APPLICATION=application)
    assert report.failures == {"hana.unbound", *failures}
    assert report.status("ias.client") == {"ok"}
