from __future__ import annotations

import argparse
import socket
import ssl
import threading
from pathlib import Path

import pytest

from localcloud.hana.health import main as health
from localcloud.hana.kept_certificates import address, certificates, host_names
from localcloud.hana.local import LocalHana


def is_trusted(folder: Path, name: str, root: str) -> bool:
    """Whether a client that trusts `root` takes the kept certificate for that of `name`."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "server.pem", folder / "server.key")
    near, far = socket.socketpair()
    with near, far:

        def serve() -> None:
            try:
                server_side.wrap_socket(far, server_side=True).close()
            except OSError:
                far.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            ssl.create_default_context(cadata=root).wrap_socket(near, server_hostname=name).close()
        except ssl.SSLError:
            return False
        finally:
            near.close()
            thread.join()
    return True


def test_it_is_for_loopback_and_for_the_names_that_are_given(tmp_path: Path) -> None:
    root, _ = certificates(tmp_path, ("hana", "10.0.0.7"))
    trusted = {
        name: is_trusted(tmp_path, name, root.read_text()) for name in ("localhost", "hana", "stranger")
    }
    assert trusted == {"localhost": True, "hana": True, "stranger": False}
    assert is_trusted(tmp_path, "10.0.0.7", root.read_text())


def test_it_is_kept_as_long_as_it_has_the_names(tmp_path: Path) -> None:
    root, first = certificates(tmp_path, ("hana", "db"))
    before = root.read_text()
    assert certificates(tmp_path, ("db",))[1] == first
    assert root.read_text() == before
    certificates(tmp_path, ("other",))
    assert root.read_text() != before
    assert is_trusted(tmp_path, "other", root.read_text())


@pytest.mark.parametrize("text", ["", "hana,", "two words", "-hana", "ha/na", "h" * 64])
def test_what_no_machine_is_called_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not the name of a machine"):
        host_names(text)


def test_names_stand_between_commas() -> None:
    assert host_names("hana, db-1.internal,10.0.0.7") == ("hana", "db-1.internal", "10.0.0.7")


@pytest.mark.parametrize("text", ["localhost", "::1", "1.2.3", ""])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not an IPv4 address"):
        address(text)


def test_health_is_asked_of_a_hana_that_is_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalHana() as hana:
        asked = ["--certificates", str(tmp_path), "--port", str(hana.port)]
        (tmp_path / "authority.pem").write_text(hana.certificate)
        assert health(asked) == 0
        certificates(tmp_path)  # another root
        assert health(asked) == 1
        assert "certificate" in capsys.readouterr().err
        (tmp_path / "authority.pem").write_text(hana.certificate)
        hana.refuse()
        assert health(asked) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
