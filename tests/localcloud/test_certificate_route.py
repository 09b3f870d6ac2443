"""The route that asks for client certificates: what it hands on, and what it takes from nobody."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from werkzeug.wrappers import Request, Response

from localcloud.certificate_route import HEADER, HOST, certificate_route
from localcloud.certificates import Authority
from localcloud.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def mirror(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Tells the request that has come."""
    request = Request(environ)
    told = {
        "method": request.method,
        "target": environ["REQUEST_URI"],
        "host": request.host,
        "certificates": request.headers.getlist(HEADER),
        "token": request.headers.get("Authorization"),
        "body": request.get_data(as_text=True),
    }
    return Response(json.dumps(told), 201, {"X-Told": "yes"})(environ, start_response)


@pytest.fixture
def app() -> Iterator[Listener]:
    listener = Listener(mirror)
    listener.start()
    yield listener
    listener.stop()


@pytest.fixture
def address(authority: Authority, app: Listener) -> Iterator[str]:
    with certificate_route(authority, 0, app.port) as port:
        yield f"https://localhost:{port}"


def test_a_certificate_that_was_shown_is_handed_on(
    address: str, authority: Authority, authority_file: Path, tmp_path: Path
) -> None:
    client = authority.issue_client("web")
    shown = tuple(map(str, client.write(tmp_path, "client")))
    answer = requests.post(
        f"{address}/a%2Fb?c=%20d",
        data="said",
        headers={"Authorization": "Bearer x", HEADER: "forged"},
        verify=str(authority_file),
        cert=(shown[0], shown[1]),
        timeout=30,
    )
    assert (answer.status_code, answer.headers["X-Told"]) == (201, "yes")
    assert answer.json() == {
        "method": "POST",
        "target": "/a%2Fb?c=%20d",
        "host": HOST,
        "certificates": [b64encode(ssl.PEM_cert_to_DER_cert(client.certificate)).decode()],
        "token": "Bearer x",
        "body": "said",
    }


@pytest.mark.parametrize("name", [HEADER, HEADER.lower(), HEADER.replace("-", "_")])
def test_nobody_else_writes_the_header(address: str, authority_file: Path, name: str) -> None:
    answer = requests.get(address, headers={name: "forged"}, verify=str(authority_file), timeout=30)
    assert answer.json()["certificates"] == []
    assert requests.head(address, verify=str(authority_file), timeout=30).status_code == 201


def test_a_strangers_certificate_ends_the_connection(
    address: str, authority_file: Path, tmp_path: Path
) -> None:
    shown = Authority().issue_client("web").write(tmp_path, "client")
    with pytest.raises(requests.ConnectionError):
        requests.get(address, verify=str(authority_file), cert=(str(shown[0]), str(shown[1])), timeout=30)


def test_an_app_that_is_not_there_is_502(address: str, app: Listener, authority_file: Path) -> None:
    app.refuse()
    assert requests.get(address, verify=str(authority_file), timeout=30).status_code == 502


def test_certificates_are_for_ias_alone() -> None:
    command = [sys.executable, "-m", "localcloud", "--certificates"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--certificates needs --identity ias or both" in done.stderr
