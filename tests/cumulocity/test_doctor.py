"""The doctor in a microservice's place: no false alarm, with HANA and without it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cumulocity.app import CURRENT_APPLICATION
from localcloud.cumulocity.local import LocalCumulocity
from localcloud.hana.local import LocalHana
from localcloud.http_faults import HttpFault
from localcloud.listener import Listener
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import museum, run_doctor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["museum"]


def test_a_microservice_without_hana_has_no_problem(cumulocity: LocalCumulocity) -> None:
    environment = cumulocity.environment()
    report = run_doctor(secrets=secrets_of(environment), **environment)
    assert report.failures == set()
    assert report.status("platform") == {"ok"}
    assert report.code == 0
    assert report.status("bindings.hana") == {"ok"}
    assert report.status("hana.logon") == set()


def secrets_of(environment: dict[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in environment.items() if "PASSWORD" in name)


def test_a_microservice_of_one_tenant_has_no_problem(cumulocity: LocalCumulocity) -> None:
    environment = cumulocity.environment("PER_TENANT", "t100")
    report = run_doctor("--strict", secrets=secrets_of(environment), **environment)
    assert report.failures == set()
    assert report.status("platform") == {"ok"}


@pytest.mark.parametrize(
    ("isolation", "changes", "failures"),
    [
        ("MULTI_TENANT", {"C8Y_BOOTSTRAP_PASSWORD": "of-before-1234"}, {"platform.user"}),
        ("MULTI_TENANT", {"C8Y_BOOTSTRAP_USER": "somebody"}, {"platform.user"}),
        ("MULTI_TENANT", {"C8Y_BOOTSTRAP_TENANT": "t900"}, {"platform.user"}),
        ("MULTI_TENANT", {"C8Y_BOOTSTRAP_PASSWORD": ""}, {"platform.unset"}),
        ("MULTI_TENANT", {"C8Y_BOOTSTRAP_USER": ""}, {"platform.unset"}),
        ("MULTI_TENANT", {"APPLICATION_NAME": "another"}, {"platform.wrong"}),
        ("PER_TENANT", {"C8Y_PASSWORD": "of-before-1234"}, {"platform.user"}),
        ("PER_TENANT", {"C8Y_USER": ""}, {"platform.unset"}),
        ("PER_TENANT", {"C8Y_TENANT": "t200"}, {"platform.user"}),
        ("PER_TENANT", {"C8Y_TENANT": ""}, {"platform.wrong"}),
        ("MULTI_TENANT", {"C8Y_BASEURL": "http://"}, {"platform.wrong"}),
        ("MULTI_TENANT", {"C8Y_BASEURL": "http://127.0.0.1:1"}, {"platform.unreachable"}),
        ("MULTI_TENANT", {"C8Y_BASEURL": "http://gone.invalid"}, {"platform.unreachable"}),
    ],
)
def test_what_is_wrong_with_the_platform_is_named(
    cumulocity: LocalCumulocity, isolation: str, changes: dict[str, str], failures: set[str]
) -> None:
    environment = {
        **cumulocity.environment(isolation, "t100" if isolation == "PER_TENANT" else ""),
        **changes,
    }
    report = run_doctor(secrets=tuple(filter(None, secrets_of(environment))), **environment)
    assert report.failures == failures


@pytest.mark.parametrize(
    ("fault", "failures"),
    [
        (HttpFault.REFUSE, {"platform.unreachable"}),
        (HttpFault.DROP, {"platform.unreachable"}),
        (HttpFault.STATUS, {"platform.answer"}),
        (HttpFault.GARBAGE, {"platform.answer"}),
        (HttpFault.HTML, {"platform.answer"}),
        (HttpFault.REDIRECT, {"platform.answer"}),
    ],
)
def test_a_fault_of_the_platform_is_named(
    cumulocity: LocalCumulocity, fault: HttpFault, failures: set[str]
) -> None:
    with cumulocity.failing(CURRENT_APPLICATION, fault):
        report = run_doctor(secrets=(), **cumulocity.environment())
    assert report.failures == failures


def test_a_platform_by_tls_that_is_not_trusted_is_named(
    cumulocity: LocalCumulocity, authority: Authority, tmp_path: Path
) -> None:
    listener = Listener(nobody, 0, authority.issue().ssl_context(tmp_path))
    listener.start()
    try:
        environment = {**cumulocity.environment(), "C8Y_BASEURL": f"https://127.0.0.1:{listener.port}"}
        assert run_doctor(secrets=(), **environment).failures == {"platform.certificate"}
        trusting = {**environment, "SSL_CERT_FILE": str(tmp_path / "root")}
        (tmp_path / "root").write_text(authority.certificate)
        assert run_doctor(secrets=(), **trusting).failures == {"platform.user"}
    finally:
        listener.stop()


def nobody(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Knows nobody."""
    start_response("401 Unauthorized", [])
    return []


def test_a_refused_password_is_not_tried_again_and_no_proxy_sees_it(cumulocity: LocalCumulocity) -> None:
    environment = {**cumulocity.environment(), "C8Y_BOOTSTRAP_PASSWORD": "of-before-1234"}
    report = run_doctor(
        secrets=(), **environment, HTTP_PROXY="http://127.0.0.1:1", http_proxy="http://127.0.0.1:1"
    )
    assert report.failures == {"platform.user"}
    assert cumulocity.requests == {CURRENT_APPLICATION: 1}


def test_a_microservice_that_nobody_has_subscribed_is_noted(cumulocity: LocalCumulocity) -> None:
    cumulocity.tenants.subscribed.clear()
    report = run_doctor(secrets=(), **cumulocity.environment())
    assert report.failures == {"platform.unsubscribed"}
    assert report.code == 0


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
    report = run_doctor("--token", str(file), secrets=secrets_of(environment), **environment)
    assert report.failures - {"token.roles"} == failures
    assert report.status("token") != set()


def test_elsewhere_a_missing_hana_stays_a_problem(xsuaa: LocalXsuaa, authority_file: Path) -> None:
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", xsuaa.binding())})
    report = run_doctor(VCAP_SERVICES=services, VCAP_APPLICATION="{}", SSL_CERT_FILE=str(authority_file))
    assert report.failures == {"hana.unbound"}
