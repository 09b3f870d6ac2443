"""One file of roots for all: ours, and those of the machine."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.space.trust import VARIABLES, write_trust_file


def test_the_file_has_our_root_and_those_that_were_trusted_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, machine, company = Authority("ours"), Authority("machine"), Authority("company")
    (tmp_path / "machine.pem").write_text(machine.certificate)
    (tmp_path / "company.pem").write_text(company.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "machine.pem"))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(tmp_path / "company.pem"))
    variables = write_trust_file(tmp_path, ours.certificate)
    assert variables == dict.fromkeys(VARIABLES, str(tmp_path / "trust.pem"))
    context = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
    names = {dict(part[0] for part in root["subject"])["commonName"] for root in context.get_ca_certs()}  # type: ignore[misc]
    assert names == {"ours", "machine", "company"}


def test_a_file_that_is_gone_is_read_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    root = Authority().certificate
    write_trust_file(tmp_path, root)
    assert (tmp_path / "trust.pem").read_text() == root
