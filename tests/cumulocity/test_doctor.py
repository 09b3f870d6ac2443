"""The doctor in a microservice's place: no false alarm, with HANA and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("lifetime", "failures"), [(3600, set()), (-1, {"token.refused"})])
def test_a_token_is_looked_at_by_the_platform(
    cumulocity: LocalCumulocity, tmp_path: Path, lifetime: int, failures: set[str]
) -> None:
    """It may be opaque to everybody else."""
    file, environment = tmp_path / "token", cumulocity.environment()
    file.write_text(cumulocity.sign_in("t100", "anna", lifetime=lifetime).token)
    secrets = (environment["C8Y_BOOTSTRAP_PASSWORD"],)
    report = run_doctor("--token", str(file), secrets=secrets, **environment)
    assert report.failures - {"token.roles"} == failures
    assert report.status("token") != set()


def test_elsewhere_a_missing_hana_stays_a_problem(xsuaa: LocalXsuaa, authority_file: Path) -> None:
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", xsuaa.binding())})
    report = run_doctor(VCAP_SERVICES=services, VCAP_APPLICATION="{}", SSL_CERT_FILE=str(authority_file))
    assert report.failures == {"hana.unbound"}
