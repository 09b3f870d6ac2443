"""The real approuter and the real service over the local IAS: signing in, groups, renewal, signing out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ias.local import LocalIas
from localcloud.ias.signing_in import AUTHORIZE, TOKEN
from localcloud.ports import free_port
from tests.chain.people import TOKEN as TOKEN_BEGINS
from tests.chain.people import Person
from tests.programs import Program, needs_node, running


def web_with_ias(folder: Path) -> Path:
    """The approuter's folder, whose routes sign people in with IAS."""
    shutil.copytree(PROJECT / "web", folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(PROJECT / "web" / "node_modules")
    routing = json.loads((folder / "xs-app.json").read_text())
    for route in routing["routes"]:
        if route["authenticationType"] == "xsuaa":
            route["authenticationType"] = "ias"
    (folder / "xs-app.json").write_text(json.dumps(routing))
    return folder


@pytest.fixture(scope="module")
def chain(
    hana: LocalHana, authority: Authority, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, Program, LocalIas]]:
    """The approuter, the service and the IAS between them."""
    needs_node()
    port, app_port = free_port(), free_port()
    folder = tmp_path_factory.mktemp("ias")
    with ExitStack() as stack:
        ias = stack.enter_context(
            LocalIas(authority=authority, redirect_uris=[f"http://localhost:{port}/**"])
        )
        pyias = ("identity", "application", ias.binding())
        pyhana = ("hana", "hdi-shared", hana.binding())
        both, one = (
            cloudfoundry.vcap_services(b) for b in ({"pyhana": pyhana, "pyias": pyias}, {"pyias": pyias})
        )
        service = stack.enter_context(
            running(
                cloudfoundry.procfile_line(),
                cloudfoundry.python_environment(app_port, both, authority_file),
                PROJECT,
                folder / "service",
                app_port,
            )
        )
        service.wait_until_it_answers()
        environment = {
            **cloudfoundry.router_environment(port, one, app_port),
            "NODE_EXTRA_CA_CERTS": str(authority_file),
        }
        router = stack.enter_context(
            running(
                cloudfoundry.router_line(), environment, web_with_ias(folder / "web"), folder / "router", port
            )
        )
        router.wait_until_it_answers()
        yield router, service, ias


@pytest.fixture
def visitor(chain: tuple[Program, Program, LocalIas], authority_file: Path) -> Iterator[Person]:
    router, _, _ = chain
    with Person(router.port, authority_file) as person:
        yield person


def test_signing_in_with_ias_leads_to_the_page_that_was_asked_for(visitor: Person) -> None:
    landed = visitor.sign_in("alice", "/myapp/")
    assert landed.url == f"{visitor.home}/myapp/"
    assert landed.text.startswith("Current time is: ")


@pytest.mark.parametrize(("name", "status"), [("alice", 200), ("bob", 403), ("carol", 403)])
def test_groups_decide_who_may_operate(visitor: Person, name: str, status: int) -> None:
    visitor.sign_in(name, "/myapp/")
    assert visitor.get("/myapp/hello").status_code == status


def test_a_wrong_password_signs_nobody_in(
    visitor: Person, chain: tuple[Program, Program, LocalIas], authority_file: Path
) -> None:
    _, _, ias = chain
    query = {
        "client_id": ias.tenant.clientid,
        "redirect_uri": f"{visitor.home}/login/callback",
        "response_type": "code",
    }
    page = requests.post(
        f"{ias.tenant.url}{AUTHORIZE}",
        params=query,
        data={"username": "alice", "password": "bob"},
        verify=str(authority_file),
        timeout=30,
    )
    assert page.status_code == 401
    assert "not right" in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example.com/login/callback"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "c", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_an_authorize_request_that_is_wrong_is_refused_by_name(
    visitor: Person,
    chain: tuple[Program, Program, LocalIas],
    authority_file: Path,
    changes: dict[str, str],
    error: str,
) -> None:
    _, _, ias = chain
    query = {
        "client_id": ias.tenant.clientid,
        "redirect_uri": f"{visitor.home}/login/callback",
        "response_type": "code",
        **changes,
    }
    refused = requests.get(
        f"{ias.tenant.url}{AUTHORIZE}", params=query, verify=str(authority_file), timeout=30
    )
    assert refused.status_code == 400
    assert refused.json()["error"] == error


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "used"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "used"}, 400, "invalid_grant"),
    ],
)
def test_what_the_token_endpoint_does_not_give_is_refused_by_name(
    chain: tuple[Program, Program, LocalIas],
    authority_file: Path,
    form: dict[str, str],
    status: int,
    error: str,
) -> None:
    _, _, ias = chain
    client = {"client_id": ias.tenant.clientid, "client_secret": ias.tenant.clientsecret}
    asked = {"grant_type": "client_credentials", **client, **form}
    address = f"{ias.tenant.url}{TOKEN}"
    refused = requests.post(address, data=asked, verify=str(authority_file), timeout=30)
    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_the_clients_own_token_is_let_in_and_may_nothing(
    chain: tuple[Program, Program, LocalIas], authority_file: Path
) -> None:
    _, service, ias = chain
    asked = {"grant_type": "client_credentials"}
    client = (ias.tenant.clientid, ias.tenant.clientsecret)
    address = f"{ias.tenant.url}{TOKEN}"
    given = requests.post(address, data=asked, auth=client, verify=str(authority_file), timeout=30)
    headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
    home = f"http://127.0.0.1:{service.port}"
    assert requests.get(f"{home}/", headers=headers, timeout=30).status_code == 200
    assert requests.get(f"{home}/hello", headers=headers, timeout=30).status_code == 403


def test_an_id_token_of_the_same_sign_in_is_refused(
    chain: tuple[Program, Program, LocalIas], authority_file: Path
) -> None:
    """Signed by the same key, for the same client."""
    _, service, ias = chain
    given = signed_in(ias, f"http://localhost:{chain[0].port}/login/callback", authority_file)
    home = f"http://127.0.0.1:{service.port}/"
    for name, status in (("access_token", 200), ("id_token", 401)):
        headers = {"Authorization": f"Bearer {given[name]}"}
        assert requests.get(home, headers=headers, timeout=30).status_code == status


def signed_in(ias: LocalIas, callback: str, authority_file: Path) -> dict[str, str]:
    """What the token endpoint gives for the code of somebody who has signed in."""
    query = {"client_id": ias.tenant.clientid, "redirect_uri": callback, "response_type": "code"}
    sent_back = requests.post(
        f"{ias.tenant.url}{AUTHORIZE}",
        params=query,
        data={"username": "alice", "password": "alice"},
        verify=str(authority_file),
        allow_redirects=False,
        timeout=30,
    )
    [code] = parse_qs(urlsplit(sent_back.headers["Location"]).query)["code"]
    answer = requests.post(
        f"{ias.tenant.url}{TOKEN}",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": callback},
        auth=(ias.tenant.clientid, ias.tenant.clientsecret),
        verify=str(authority_file),
        timeout=30,
    )
    given: dict[str, str] = answer.json()
    return given


def test_no_token_and_no_secret_is_in_a_log(chain: tuple[Program, Program, LocalIas]) -> None:
    router, service, ias = chain
    for program in (router, service):
        assert ias.tenant.clientsecret not in program.output
        assert not TOKEN_BEGINS.search(program.output)
