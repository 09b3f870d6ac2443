"""The bound schema: each failure is made by the local HANA, and then diagnosed."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.doctor.conftest import PROJECT, Diagnose
from tests.tokonoma.relay import Relay
from tokonoma.doctor.database import logon_failure, trusting
from tokonoma.hana.one_logon import refused


@pytest.fixture(scope="module")
def broken(authority: Authority) -> Iterator[LocalHana]:
    """A HANA for faults, with an empty schema."""
    with LocalHana(authority=authority) as hana:
        yield hana


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.REFUSE, "hana.stopped"),
        (Fault.HANG_CONNECT, "hana.silent"),
        (Fault.REJECT_PASSWORD, "hana.password"),
        (Fault.EXPIRED_CERTIFICATE, "hana.certificate"),
        (Fault.FOREIGN_CERTIFICATE, "hana.certificate"),
        (Fault.DROP_STATEMENT, "hana.error"),
    ],
)
def test_a_fault_of_hana_is_named(diagnose: Diagnose, broken: LocalHana, fault: Fault, failure: str) -> None:
    broken.fail(fault)
    try:
        report = diagnose(hana=broken.binding())
    finally:
        broken.heal()
    assert report.failures == {failure}
    assert report.status("hana.tables") == {"not looked at"}


def test_a_refused_logon_is_not_tried_again(diagnose: Diagnose, broken: LocalHana) -> None:
    """One connection for each: the way, the certificate, the logon."""
    with Relay(broken.port) as relay:
        report = diagnose(hana={**broken.binding(), "port": str(relay.port), "password": "Wrong-1234"})
        assert report.failures == {"hana.password"}
        assert relay.connects == 3


@contextmanager
def taking_and_ending() -> Iterator[int]:
    """What stands before a HANA Cloud instance that is stopped: it takes connections, and ends them."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                connection, _address = server.accept()
                with connection:
                    connection.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_closed_connection_is_a_stopped_instance_or_an_allow_list(diagnose: Diagnose) -> None:
    with taking_and_ending() as port:
        assert diagnose(hana={"port": str(port)}).failures == {"hana.closed"}


def test_an_instance_that_is_gone_has_no_address(diagnose: Diagnose) -> None:
    assert diagnose(hana={"host": "gone.invalid"}).failures == {"hana.host"}


@pytest.mark.parametrize("host", ["Geheim-u:Geheim-12345678@hana.example.com", "hana example", "hana/x"])
def test_a_host_with_a_password_in_it_is_refused_and_not_told(diagnose: Diagnose, host: str) -> None:
    report = diagnose("--no-connect", hana={"host": host})
    assert report.failures == {"hana.shape"}
    assert "Geheim" not in str(report.findings)


def test_an_empty_schema_is_named(diagnose: Diagnose, broken: LocalHana, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[roles]\nviewer = { xsuaa = "V" }\n[objects.T]\ngrants = [{ role = "viewer" }]\n')
    report = diagnose(hana=broken.binding(), TOKONOMA_POLICY=str(policy))
    assert report.failures == {"hana.empty"}


def test_a_schema_that_is_not_there_is_named(diagnose: Diagnose) -> None:
    assert diagnose(hana={"schema": "GONE"}).failures == {"hana.schema"}


def test_a_hana_that_is_silent_in_the_logon_is_named(diagnose: Diagnose, broken: LocalHana) -> None:
    with Relay(broken.port) as relay:
        relay.swallow_after = 2  # the messages of TLS
        bound = {**broken.binding(), "port": str(relay.port)}
        report = diagnose(hana=bound, TOKONOMA_HANA_CONNECT_TIMEOUT="1")
    assert report.failures == {"hana.silent"}
    assert report.status("hana.certificate") == {"ok"}


@pytest.mark.parametrize("text", ["none", "größer"])
def test_roots_that_are_no_pem_are_the_bindings_fault(diagnose: Diagnose, text: str) -> None:
    assert "hana.certificate" in diagnose(hana={"certificate": text}).failures


def test_a_certificate_is_judged_as_the_driver_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 wants key identifiers in it, as here; the driver does not."""
    usual = ssl.create_default_context

    def strict(cadata: str | None) -> ssl.SSLContext:
        context = usual(cadata=cadata)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    context = trusting("")
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize(
    ("policy", "failures"),
    [
        (None, {"policy.missing"}),
        ("[roles", {"policy.wrong"}),
        (
            '[roles]\nviewer = { xsuaa = "V" }\n[objects.VASE]\ngrants = [{ role = "viewer" }]\n',
            {"policy.ahead"},
        ),
        (
            '[roles]\nviewer = { xsuaa = "V" }\n[objects.ROOM]\n'
            'grants = [{ role = "viewer", rows = "GONE eq 1" }]\n',
            {"policy.unfit"},
        ),
        ('[roles]\nviewer = { ias = "group:V" }\n', {"policy.unreached"}),
    ],
)
def test_a_policy_that_does_not_fit_is_named(
    diagnose: Diagnose, tmp_path: Path, policy: str | None, failures: set[str]
) -> None:
    file = tmp_path / "policy.toml"
    if policy is not None:
        file.write_text(policy)
    report = diagnose(TOKONOMA_POLICY=str(file))
    assert report.failures == failures
    assert report.status("hana.tables") == {"ok"}


def test_the_policy_of_the_project_fits_its_schema(diagnose: Diagnose) -> None:
    report = diagnose(TOKONOMA_POLICY=str(PROJECT / "policy.toml"))
    assert report.status("policy.fits") == report.status("hana.privileges") == {"ok"}


def test_an_object_that_may_not_be_read_is_named(
    diagnose: Diagnose, authority: Authority, tmp_path: Path
) -> None:
    module = tmp_path / "db"
    shutil.copytree(PROJECT / "db", module, ignore=shutil.ignore_patterns("node_modules"))
    [role] = module.rglob("reader.hdbrole")
    role.write_text(
        json.dumps(
            {
                "role": {
                    "name": "reader",
                    "schema_privileges": [{"privileges": ["SELECT METADATA"]}],
                    "object_privileges": [{"name": "ROOM", "type": "TABLE", "privileges": ["SELECT"]}],
                }
            }
        )
    )
    with LocalHana(authority=authority, seed=module) as hana:
        report = diagnose(hana=hana.binding())
    assert "hana.forbidden" in report.failures


@pytest.mark.parametrize(
    ("code", "failure"),
    [(10, "hana.password"), (416, "hana.locked"), (332, "hana.user"), (415, "hana.user"), (4, "hana.error")],
)
def test_what_a_refused_logon_means_is_named_by_its_code(code: int, failure: str) -> None:
    seen = logon_failure(refused(dbapi.Error(code, "authentication failed for TOKONOMA_RT")))
    assert seen.failure == failure
    assert "TOKONOMA_RT" not in seen.detail
