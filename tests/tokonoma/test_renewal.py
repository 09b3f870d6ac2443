"""Bindings whose files are written anew under the running service."""

from __future__ import annotations

import base64
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.ias.client import thumbprint_of
from localcloud.ias.local import LocalIas
from tests.mounted import mount, of_the_operator
from tokonoma.app import create_app
from tokonoma.bindings import HanaBinding, platform_environment, read_hana
from tokonoma.renewal import HanaRenewal

ROUTE = "myapp.cert.cfapps.example.com"
Write = Callable[[Mapping[str, Any]], None]
"""Writes bindings (label and credentials by name) as a platform does."""


@pytest.fixture(params=["file", "operator"])
def write(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.delenv("VCAP_SERVICES", raising=False)
    where = tmp_path / "bindings"
    if request.param == "file":
        monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", str(where))
    else:
        where.mkdir()
        monkeypatch.setenv("SERVICE_BINDING_ROOT", str(where))

    def write(bound: Mapping[str, Any]) -> None:
        if request.param == "file":
            services = {name: (label, "any", known) for name, (label, known) in bound.items()}
            where.write_text(cloudfoundry.vcap_services(services))
            return
        for name, (label, known) in bound.items():
            mount(where / name, of_the_operator(label, known))

    return write


@pytest.fixture
def ias(authority: Authority) -> Iterator[LocalIas]:
    with LocalIas(authority=authority) as server:
        yield server


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, authority_file: Path) -> Callable[[], FlaskClient]:
    def start() -> FlaskClient:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
        monkeypatch.setenv("VCAP_APPLICATION", json.dumps({"uris": [ROUTE]}))
        return create_app().test_client()

    return start


def test_renewed_credentials_of_hana_are_used_at_the_next_connect(
    write: Write, start: Callable[[], FlaskClient], ias: LocalIas
) -> None:
    """Another user, password, port, and root: nothing of what was bound at the start is good any more."""
    pyias = ("identity", ias.binding())
    headers = {"Authorization": f"Bearer {ias.token('alice')}"}
    with LocalHana(authority=Authority()) as first, LocalHana(authority=Authority()) as second:
        write({"pyhana": ("hana", first.binding()), "pyias": pyias})
        client = start()
        assert client.get("/", headers=headers).status_code == 200
        first.stop()
        schema = first.binding()["schema"]
        assert second.binding()["schema"] == schema
        write({"pyhana": ("hana", second.binding()), "pyias": pyias})
        # The connection that lies in the pool is found broken, and the next one is a new one.
        answers = [client.get("/", headers=headers).status_code for _ in range(3)]
        assert answers[-1] == 200
        assert second.connections > 0


def test_a_pause_after_refused_logons_ends_with_the_renewal(
    write: Write, start: Callable[[], FlaskClient], ias: LocalIas, hana: LocalHana
) -> None:
    pyias = ("identity", ias.binding())
    headers = {"Authorization": f"Bearer {ias.token('alice')}"}
    write({"pyhana": ("hana", {**hana.binding(), "password": "Wrong-1234"}), "pyias": pyias})
    client = start()
    for _ in range(4):
        assert client.get("/", headers=headers).status_code == 503
    write({"pyhana": ("hana", hana.binding()), "pyias": pyias})
    assert client.get("/", headers=headers).status_code == 200


def test_a_renewed_certificate_of_ias_changes_nothing_for_callers(
    write: Write, start: Callable[[], FlaskClient], ias: LocalIas, hana: LocalHana
) -> None:
    """Of before and after; each token with the certificate that it is bound to."""
    pyhana, shown = ("hana", hana.binding()), []
    client = None
    for _ in range(2):
        known = ias.binding("X509_GENERATED")
        write({"pyhana": pyhana, "pyias": ("identity", known)})
        client = client or start()
        certificate = ssl.PEM_cert_to_DER_cert(known["certificate"])
        token = ias.mint("alice", {"cnf": {"x5t#S256": thumbprint_of(certificate)}})
        header = base64.b64encode(certificate).decode()
        shown.append({"Authorization": f"Bearer {token}", "X-Forwarded-Client-Cert": header})
        for headers in shown:
            assert client.get("/hello", headers=headers, base_url=f"http://{ROUTE}").status_code == 200
    assert client is not None
    assert client.get("/hello", headers=shown[0]).status_code == 401


def renewal_of(known: Mapping[str, str], write: Write) -> HanaRenewal:
    write({"pyhana": ("hana", known)})
    return HanaRenewal(read_hana(platform_environment()))


HANA = {"host": "hana.example", "port": "443", "user": "RT", "password": "first-pw", "schema": "APP"}


def test_a_renewal_is_told_once(write: Write) -> None:
    renewal = renewal_of(HANA, write)
    assert renewal() is None
    write({"pyhana": ("hana", {**HANA, "password": "second-pw"})})
    renewed = renewal()
    assert isinstance(renewed, HanaBinding)
    assert renewed.password == "second-pw"
    assert renewal() is None


def test_files_that_were_written_without_a_change_are_none(write: Write) -> None:
    renewal = renewal_of(HANA, write)
    write({"pyhana": ("hana", HANA)})
    assert renewal() is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "a\x01b"}, "those before stay"),
        ({"port": "none"}, "those before stay"),
        ({"schema": "OTHER"}, "another schema"),
    ],
)
def test_what_cannot_be_used_leaves_the_binding_and_is_told(
    write: Write, caplog: pytest.LogCaptureFixture, changes: dict[str, str], said: str
) -> None:
    renewal = renewal_of(HANA, write)
    write({"pyhana": ("hana", {**HANA, "password": "second-pw", **changes})})
    with caplog.at_level(logging.WARNING):
        assert renewal() is None
    assert said in caplog.text
    assert "second-pw" not in caplog.text
    write({"pyhana": ("hana", {**HANA, "password": "third-pw"})})
    renewed = renewal()
    assert renewed is not None
    assert renewed.password == "third-pw"


def test_files_that_are_gone_leave_the_binding(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renewal = renewal_of(HANA, write)
    (tmp_path / "bindings").rename(tmp_path / "elsewhere")
    assert renewal() is None
    (tmp_path / "elsewhere").rename(tmp_path / "bindings")
    assert renewal() is None


def test_the_variable_is_not_looked_at_again(bind: Callable[..., None]) -> None:
    bind(pyhana=("hana", "hdi-shared", HANA))
    renewal = HanaRenewal(read_hana(platform_environment()))
    bind(pyhana=("hana", "hdi-shared", {**HANA, "password": "second-pw"}))
    assert renewal() is None


def test_one_caller_reads_and_the_others_go_on(write: Write) -> None:
    renewal = renewal_of(HANA, write)
    write({"pyhana": ("hana", {**HANA, "password": "second-pw"})})
    found: list[HanaBinding | None] = []
    together = threading.Barrier(8)

    def look() -> None:
        together.wait(30)
        found.append(renewal())

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len([each for each in found if each]) == 1
