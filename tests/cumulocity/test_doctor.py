"""The doctor in a microservice's place: no false alarm, with HANA and without it."""

from __future__ import annotations

from pathlib import Path

from localcloud import cloudfoundry
from localcloud.cumulocity.local import LocalCumulocity
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import museum, run_doctor

__all__ = ["museum"]


def test_a_microservice_without_hana_has_no_problem(cumulocity: LocalCumulocity) -> None:
    environment = cumulocity.environment()
    report = run_doctor(secrets=(environment["C8Y_BOOTSTRAP_PASSWORD"],), **environment)
    assert report.failures == set()
    assert report.code == 0
    assert report.status("bindings.hana") == {"ok"}
    assert report.status("hana.logon") == set()


def test_a_microservice_with_hana_has_no_problem(
    cumulocity: LocalCumulocity, museum: LocalHana, authority_file: Path
) -> None:
    services = cloudfoundry.vcap_services({"pyhana": ("hana", "hdi-shared", museum.binding())})
    report = run_doctor(
        "--strict",
        secrets=(museum.password,),
        VCAP_SERVICES=services,
        SSL_CERT_FILE=str(authority_file),
        **cumulocity.environment(),
    )
    assert report.failures == set()
    assert report.status("hana.logon") == {"ok"}


def test_elsewhere_a_missing_hana_stays_a_problem(xsuaa: LocalXsuaa, authority_file: Path) -> None:
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", xsuaa.binding())})
    report = run_doctor(VCAP_SERVICES=services, VCAP_APPLICATION="{}", SSL_CERT_FILE=str(authority_file))
    assert report.failures == {"hana.unbound"}
