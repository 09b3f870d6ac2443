"""The drivers of all languages log on over validated TLS."""

from __future__ import annotations

from pathlib import Path

from localcloud.certificates import Authority, write_trust
from localcloud.hana.local import LocalHana

from .steps import Client, code, execute


def test_it_logs_on_over_validated_tls(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT CURRENT_SCHEMA AS S, CURRENT_USER AS U FROM DUMMY"))
    assert answer["rows"] == [["CLIENTS", "CLIENTS_DT"]]
    assert answer["names"] == ["S", "U"]


def test_a_stranger_s_certificate_is_not_trusted(client: Client, server: LocalHana, tmp_path: Path) -> None:
    write_trust(Authority("A stranger").certificate, tmp_path)
    [answer] = client(server, execute("SELECT * FROM DUMMY"), trust=tmp_path)
    assert "certif" in answer["error"]["text"].lower() or "pkix" in answer["error"]["text"].lower()


def test_a_wrong_password_is_error_10(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT * FROM DUMMY"), password="Wrong1234")
    assert code(answer) == 10
    assert "authentication failed" in answer["error"]["text"]
