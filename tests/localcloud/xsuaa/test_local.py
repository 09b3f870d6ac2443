"""The handle: where it listens, what it gives away, and that nothing stays behind."""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from localcloud.certificates import Authority
from localcloud.xsuaa import HttpFault, LocalXsuaa
from localcloud.xsuaa.descriptor import DescriptorError

from .walk import Walk

PROJECT = Path(__file__).parents[3]


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def test_the_binding_has_what_both_programs_read(xsuaa: LocalXsuaa) -> None:
    binding = xsuaa.binding()
    assert binding["clientid"] == "sb-myapp!t1"
    assert binding["xsappname"] == "myapp!t1"
    assert binding["tenantmode"] == "dedicated"
    assert binding["credential-type"] == "binding-secret"
    assert binding["url"] == binding["apiurl"] == xsuaa.url
    assert binding["uaadomain"] == xsuaa.uaadomain
    assert xsuaa.url.startswith("http://127.0.0.1:")
    assert xsuaa.uaadomain.startswith("localhost:")
    assert binding["verificationkey"].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert binding["identityzoneid"] == binding["zoneid"] == binding["tenantid"]
    assert binding.keys() == {
        "tenantmode",
        "clientid",
        "clientsecret",
        "credential-type",
        "xsappname",
        "url",
        "uaadomain",
        "apiurl",
        "sburl",
        "identityzone",
        "identityzoneid",
        "tenantid",
        "zoneid",
        "subaccountid",
        "verificationkey",
    }


def test_every_one_has_secrets_of_its_own(descriptor: Path, xsuaa: LocalXsuaa) -> None:
    with LocalXsuaa(descriptor) as other:
        for key in ("clientsecret", "identityzoneid", "subaccountid", "verificationkey"):
            assert other.binding()[key] != xsuaa.binding()[key]
        assert other.certificate != xsuaa.certificate


def test_the_keys_have_the_pem_that_libraries_read(xsuaa: LocalXsuaa, trusted: Path) -> None:
    [key] = requests.get(f"https://{xsuaa.uaadomain}/token_keys", verify=str(trusted), timeout=10).json()[
        "keys"
    ]
    assert key.keys() == {"kty", "n", "e", "use", "alg", "kid", "value"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert key["value"] == xsuaa.binding()["verificationkey"]


def test_the_certificate_is_the_given_authoritys(descriptor: Path, tmp_path: Path) -> None:
    authority = Authority()
    file = tmp_path / "root.pem"
    file.write_text(authority.certificate)
    with LocalXsuaa(descriptor, authority=authority) as xsuaa:
        assert xsuaa.certificate == authority.certificate
        url = f"https://{xsuaa.uaadomain}/token_keys"
        assert requests.get(url, verify=str(file), timeout=10).status_code == 200


def test_nobody_off_this_machine_can_connect(xsuaa: LocalXsuaa) -> None:
    for port in (xsuaa.url.rsplit(":", 1)[1], xsuaa.uaadomain.rsplit(":", 1)[1]):
        address = _own_address()
        if address is None:
            pytest.skip("this machine has no address but loopback")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, int(port)), timeout=5)


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def test_it_comes_back_on_the_same_ports_with_the_same_secrets(descriptor: Path) -> None:
    xsuaa = LocalXsuaa(descriptor).start()
    before = xsuaa.binding()
    xsuaa.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(before["url"], timeout=5)
    with xsuaa:
        assert xsuaa.binding() == before
        assert requests.get(before["url"], timeout=5).status_code == 200


def test_a_taken_port_is_an_error_and_leaves_the_other_free(descriptor: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
        probe.close()
        xsuaa = LocalXsuaa(descriptor, http_port=free, tls_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            xsuaa.start()
        socket.create_server(("127.0.0.1", free)).close()


def test_a_descriptor_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError):
        LocalXsuaa(tmp_path / "nowhere.json")


def test_stop_leaves_no_thread_whatever_clients_do(descriptor: Path, tmp_path: Path) -> None:
    before = threads()
    xsuaa = LocalXsuaa(descriptor).start()
    port, tls_port = (int(each.rsplit(":", 1)[1]) for each in (xsuaa.url, xsuaa.uaadomain))
    xsuaa.fail("/oauth/token", HttpFault.HANG)
    xsuaa.fail("/token_keys", HttpFault.SLOW, seconds=300)
    silent = socket.create_connection(("127.0.0.1", port))
    no_handshake = socket.create_connection(("127.0.0.1", tls_port))
    (tmp_path / "root.pem").write_text(xsuaa.certificate)
    context = ssl.create_default_context(cafile=str(tmp_path / "root.pem"))
    slow = context.wrap_socket(socket.create_connection(("127.0.0.1", tls_port)), server_hostname="localhost")
    slow.sendall(b"GET /token_keys HTTP/1.1\r\nHost: localhost\r\n\r\n")
    hanging = socket.create_connection(("127.0.0.1", port))
    hanging.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
    half = socket.create_connection(("127.0.0.1", port))
    half.sendall(b"POST /login.do HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc")
    while xsuaa.requests.total() < 3:
        threading.Event().wait(0.01)
    xsuaa.stop()
    assert threads() <= before
    for client in (silent, no_handshake, slow, hanging, half):
        client.close()
    xsuaa.stop()


def test_a_client_without_handshake_does_not_keep_others_waiting(xsuaa: LocalXsuaa, trusted: Path) -> None:
    port = int(xsuaa.uaadomain.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)):
        url = f"https://{xsuaa.uaadomain}/token_keys"
        assert requests.get(url, verify=str(trusted), timeout=5).status_code == 200


def test_nothing_secret_is_logged(
    walk: Walk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    code = walk.code("alice")
    answer = walk.exchange(code).json()
    walk.refresh(answer["refresh_token"])
    walk.token({"grant_type": "password", "username": "bob", "password": "a secret password"})
    stranger = Walk(walk.xsuaa)
    assert stranger.sign_in(stranger.authorize(), "bob", "another secret password").status_code == 401
    printed = capfd.readouterr()
    # The client's own library tells addresses at DEBUG; everything of the server's is looked at.
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("urllib3"))
    said = ours + printed.out + printed.err
    secrets = [
        code,
        walk.client[1],
        "secret password",
        *(str(answer[k]) for k in ("access_token", "refresh_token")),
    ]
    assert not [secret for secret in secrets if secret in said]
    assert "127.0.0.1 - -" not in said


def test_secrets_are_not_in_the_repr(xsuaa: LocalXsuaa) -> None:
    assert xsuaa.binding()["clientsecret"] not in repr(xsuaa)


def test_it_runs_alone(descriptor: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localcloud.xsuaa", "--descriptor", str(descriptor)]
    command += ["--port", "0", "--tls-port", "0", "--folder", str(tmp_path)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("Stop")):
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        url = lines[0].split()[-1]
        assert requests.get(url, timeout=10).status_code == 200
        binding = tmp_path / "xsuaa-binding.json"
        assert binding.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--descriptor", "nowhere.json"], "nowhere.json: cannot be read"),
        (["--folder", "pyproject.toml"], "pyproject.toml"),
        (["--port", "70000"], "is not a port number"),
        (["--port", "-1"], "is not a port number"),
        (["--tls-port", "0000011111111"], "is not a port number"),
    ],
)
def test_alone_it_says_what_is_wrong(arguments: list[str], complaint: str) -> None:
    """Before it complains about ports, which somebody may have at that moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = [word for option in ("--port", "--tls-port") for word in (option, port)]
        assert_it_refuses([*ports, *arguments], complaint)


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
def test_alone_it_names_the_port_that_is_taken_and_its_option(option: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": "0", "--tls-port": "0", option: str(port), "--folder": str(tmp_path)}
        words = [word for pair in ports.items() for word in pair]
        assert_it_refuses(words, f"Port {port} is taken; choose another with {option}.")


def assert_it_refuses(arguments: list[str], complaint: str) -> None:
    command = [sys.executable, "-m", "localcloud.xsuaa", *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
