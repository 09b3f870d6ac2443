"""The bound XSUAA: each failure is made by the local XSUAA, and then diagnosed."""

from __future__ import annotations

import json
from datetime import timedelta

import certifi
import pytest

from localcloud.certificates import Authority
from localcloud.cloudfoundry import vcap_services
from localcloud.http_faults import HttpFault
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import CERTS
from localcloud.ports import free_port
from localcloud.xsuaa.endpoints import TOKEN, TOKEN_KEYS
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


@pytest.mark.parametrize("path", [TOKEN_KEYS, TOKEN])
@pytest.mark.parametrize("status", [429, 503])
def test_an_outage_is_no_reason_to_bind_anew(
    diagnose: Diagnose, xsuaa: LocalXsuaa, path: str, status: int
) -> None:
    with xsuaa.failing(path, HttpFault.STATUS, status=status):
        assert diagnose().failures == {"xsuaa.outage"}


@pytest.mark.parametrize("changes", [{"url": "http://["}, {"uaadomain": "["}, {"uaadomain": "u:Geheim-1@["}])
def test_an_address_that_is_none_is_the_bindings_fault(diagnose: Diagnose, changes: dict[str, str]) -> None:
    report = diagnose(xsuaa_=changes)
    assert report.failures == {"xsuaa.shape"}
    assert "Geheim" not in str(report.findings)


def test_a_user_or_a_query_in_an_address_is_not_told(diagnose: Diagnose, xsuaa: LocalXsuaa) -> None:
    report = diagnose(xsuaa_={"uaadomain": f"u:Geheim-1@{xsuaa.uaadomain}/?Geheim-2="})
    assert report.failures == {"xsuaa.answer"}
    assert xsuaa.uaadomain in report.detail("xsuaa.answer")
    assert "Geheim" not in str(report.findings)


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
        (HttpFault.STATUS, "ias.outage"),
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


def test_an_identity_service_that_is_misspelt_is_named(diagnose: Diagnose, ias: LocalIas) -> None:
    report = diagnose(VCAP_SERVICES=with_ias(ias), TOKONOMA_IDENTITY_SERVICE="pyia")
    assert report.failures == {"hana.unbound", "ias.unbound"}


def test_an_xsuaa_of_ones_own_beside_ias_is_looked_at(
    diagnose: Diagnose, ias: LocalIas, xsuaa: LocalXsuaa
) -> None:
    """The service takes `pyuaa` by its name, whatever its label."""
    own = {"name": "pyuaa", "label": "user-provided", "credentials": xsuaa.binding()}
    bound = {**json.loads(with_ias(ias)), "user-provided": [own]}
    report = diagnose(VCAP_SERVICES=json.dumps(bound))
    assert report.failures == {"hana.unbound"}
    assert report.status("xsuaa.client") == report.status("ias.client") == {"ok"}
    own["credentials"] = {**xsuaa.binding(), "clientid": ""}
    assert diagnose(VCAP_SERVICES=json.dumps(bound)).failures == {"hana.unbound", "xsuaa.shape"}


def test_an_ias_with_the_name_of_an_xsuaa_is_ias(diagnose: Diagnose, ias: LocalIas) -> None:
    """Somebody has created it in the place of the other one."""
    bound = vcap_services({"pyuaa": ("identity", "application", ias.binding())})
    report = diagnose(VCAP_SERVICES=bound)
    assert report.failures == {"hana.unbound"}
    assert report.status("ias.client") == {"ok"}


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


@pytest.mark.parametrize(("days", "failures"), [(-1, {"certificate.expired"}), (30, set())])
def test_a_client_certificate_that_is_not_taken_is_the_clients(
    diagnose: Diagnose, ias: LocalIas, authority: Authority, days: int, failures: set[str]
) -> None:
    """It has ended, or an authority that nobody knows has issued it: no fault of the server's certificate."""
    issued = (authority if days < 0 else Authority()).issue_client("web", timedelta(days=days))
    pair = {"certificate": issued.certificate, "key": issued.key}
    bound = with_ias(ias, clientsecret="", **pair)
    report = diagnose(VCAP_SERVICES=bound, VCAP_APPLICATION=BY_CERTIFICATE)
    assert report.failures == {"hana.unbound", "ias.client", *failures}
