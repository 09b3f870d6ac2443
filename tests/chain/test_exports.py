"""Exports through the real approuter, compressed and plain: whole, or visibly broken."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import PATIENCE, Person
from tests.programs import Program, needs_node, running
from tests.tokonoma.views.exports.conftest import POLICY, fill

ROWS = 50_000


@pytest.fixture(scope="module")
def quarry(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority) as hana:
        connection = connect(hana.binding(), owner=True)
        fill(connection)
        connection.close()
        yield hana


@pytest.fixture(scope="module")
def router_of_quarry(
    quarry: LocalHana, authority: Authority, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """The approuter in front of the service in front of the quarry."""
    needs_node()
    folder = tmp_path_factory.mktemp("quarry")
    (folder / "policy.toml").write_text(POLICY)
    port, router_port = free_port(), free_port()
    addresses = [f"http://localhost:{router_port}/**"]
    with LocalXsuaa(PROJECT / "xs-security.json", authority=authority, redirect_uris=addresses) as xsuaa:
        pyuaa = ("xsuaa", "application", xsuaa.binding())
        services = cloudfoundry.vcap_services(
            {"pyhana": ("hana", "hdi-shared", quarry.binding()), "pyuaa": pyuaa}
        )
        environment = cloudfoundry.python_environment(port, services, authority_file)
        environment |= {"TOKONOMA_POLICY": str(folder / "policy.toml"), "TOKONOMA_WORKERS": "1"}
        command = cloudfoundry.procfile_line()
        with running(command, environment, PROJECT, folder / "service", port) as service:
            service.wait_until_it_answers()
            bound = cloudfoundry.vcap_services({"pyuaa": pyuaa})
            environment = cloudfoundry.router_environment(router_port, bound, service.port)
            command, output = cloudfoundry.router_line(), folder / "router"
            with running(command, environment, PROJECT / "web", output, router_port) as router:
                router.wait_until_it_answers()
                yield router


def session(router: Program, user: str) -> dict[str, str]:
    """The headers of somebody who has signed in."""
    with Person(router.port) as person:
        person.sign_in(user)
        cookie = person.get("/myapp/").request.headers["Cookie"]
    return {"Cookie": str(cookie), "User-Agent": "Mozilla/5.0"}


@pytest.fixture(scope="module")
def alice_signed_in(router_of_quarry: Program) -> dict[str, str]:
    return session(router_of_quarry, "alice")


def download(router: Program, path: str, headers: dict[str, str], **more: str) -> requests.Response:
    return requests.get(
        f"http://localhost:{router.port}/myapp/data/{path}",
        headers={**headers, **{name.replace("_", "-"): value for name, value in more.items()}},
        stream=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_an_export_is_whole(router_of_quarry: Program, alice_signed_in: dict[str, str], coding: str) -> None:
    path = f"ROCK.csv?$top={ROWS}&$select=N"
    with download(router_of_quarry, path, alice_signed_in, Accept_Encoding=coding) as answer:
        assert answer.status_code == 200
        assert answer.headers.get("Content-Encoding", "identity") == coding
        assert answer.headers["Content-Disposition"] == 'attachment; filename="ROCK.csv"'
        body = answer.raw.read(decode_content=False)
    written = gzip.decompress(body) if coding == "gzip" else body
    assert written == b"N\r\n" + b"".join(b"%d\r\n" % number for number in range(ROWS))


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_an_export_that_fails_in_its_middle_is_seen_to_be_broken(
    router_of_quarry: Program, alice_signed_in: dict[str, str], quarry: LocalHana, coding: str, ending: str
) -> None:
    with download(router_of_quarry, f"ROCK.{ending}", alice_signed_in, Accept_Encoding=coding) as answer:
        assert answer.status_code == 200
        parts = answer.iter_content(1000)
        next(parts)
        quarry.drop_connections()
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(parts)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_no_last_chunk_comes_through(
    router_of_quarry: Program, alice_signed_in: dict[str, str], quarry: LocalHana, coding: str
) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in alice_signed_in.items())
    with socket.create_connection(("localhost", router_of_quarry.port), PATIENCE) as connection:
        head = f"GET /myapp/data/ROCK.csv HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {coding}\r\n"
        connection.sendall(f"{head}{fields}\r\n".encode())
        received = connection.recv(1000)
        quarry.drop_connections()
        try:
            while piece := connection.recv(65536):
                received = received[-100:] + piece
        except ConnectionResetError:
            return
    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("user", ["bob", "carol"])
def test_who_may_not_see_it_finds_nothing(router_of_quarry: Program, user: str) -> None:
    with download(router_of_quarry, "ROCK.csv", session(router_of_quarry, user)) as answer:
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:tokonoma:problem:unknown-object"
