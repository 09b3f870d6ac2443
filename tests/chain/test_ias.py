"""The real approuter and the real service over the local IAS: signing in, groups, renewal, signing out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ias.app import TOKEN
from localcloud.ias.local import LocalIas
from localcloud.identity import identity_services
from localcloud.ports import free_port
from tests.chain.people import TOKEN as TOKEN_BEGINS
from tests.chain.people import Person
from tests.programs import Program, needs_node, running


@dataclass(frozen=True)
class Chain:
    """The approuter, the service and the IAS between them."""

    router: Program
    service: Program
    ias: LocalIas


@contextmanager
def started(
    identity: str, hana: LocalHana, authority: Authority, root: Path, folder: Path, **extra: str
) -> Iterator[Chain]:
    """The chain with IAS, alone or with XSUAA beside it; `extra` is the approuter's environment."""
    needs_node()
    port, app_port = free_port(), free_port()
    with ExitStack() as stack:
        signing_in = stack.enter_context(identity_services(identity, authority, [port]))
        assert signing_in.ias
        pyhana = ("hana", "hdi-shared", hana.binding())
        of_service, of_web = map(
            cloudfoundry.vcap_services, ({"pyhana": pyhana, **signing_in.bindings}, signing_in.bindings)
        )
        environment = cloudfoundry.python_environment(app_port, of_service, root)
        line, place = cloudfoundry.procfile_line(), folder / "service"
        service = stack.enter_context(running(line, environment, PROJECT, place, app_port))
        service.wait_until_it_answers()
        environment = {**cloudfoundry.router_environment(port, of_web, app_port, root), **extra}
        line, place = cloudfoundry.router_line(), folder / "router"
        router = stack.enter_context(running(line, environment, PROJECT / "web", place, port))
        router.wait_until_it_answers()
        yield Chain(router, service, signing_in.ias)


@pytest.fixture(scope="module")
def chain(
    hana: LocalHana, authority: Authority, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    with started("ias", hana, authority, authority_file, tmp_path_factory.mktemp("ias")) as chain:
        yield chain


@pytest.fixture
def visitor(chain: Chain) -> Iterator[Person]:
    with Person(chain.router.port) as person:
        yield person


def test_a_stranger_is_sent_to_ias(visitor: Person, chain: Chain) -> None:
    answer = visitor.get("/myapp/")
    assert f"{chain.ias.tenant.pages_url}/oauth2/authorize?" in answer.text
    assert "code_challenge_method=S256" in answer.text
    assert visitor.get("/myapp/", **{"X-Requested-With": "XMLHttpRequest"}).status_code == 401


def test_signing_in_with_ias_leads_to_the_page_that_was_asked_for(visitor: Person) -> None:
    landed = visitor.sign_in("alice", "/myapp/")
    assert landed.url == f"{visitor.home}/myapp/"
    assert landed.text.startswith("Current time is: ")


@pytest.mark.parametrize(("name", "status"), [("alice", 200), ("bob", 403), ("carol", 403)])
def test_groups_decide_who_may_operate(visitor: Person, name: str, status: int) -> None:
    visitor.sign_in(name, "/myapp/")
    assert visitor.get("/myapp/hello").status_code == status


def own_token(chain: Chain, authority_file: Path) -> str:
    tenant = chain.ias.tenant
    client = (tenant.clientid, tenant.clientsecret)
    address, form = f"{tenant.url}{TOKEN}", {"grant_type": "client_credentials"}
    given = requests.post(address, data=form, auth=client, verify=str(authority_file), timeout=30)
    return str(given.json()["access_token"])


def answer_of(chain: Chain, token: str, path: str = "/") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(
        f"http://127.0.0.1:{chain.service.port}{path}", headers=headers, timeout=30
    ).status_code


def test_the_clients_own_token_is_let_in_and_may_nothing(chain: Chain, authority_file: Path) -> None:
    token = own_token(chain, authority_file)
    assert answer_of(chain, token) == 200
    assert answer_of(chain, token, "/hello") == 403


def test_an_id_token_for_the_same_person_is_refused(chain: Chain) -> None:
    """Signed by the same key, for the same client."""
    tenant = chain.ias.tenant
    assert answer_of(chain, tenant.mint(tenant.claims("alice"))) == 200
    assert answer_of(chain, tenant.mint(tenant.id_claims("alice", "n"))) == 401


def test_no_token_and_no_secret_is_in_a_log(chain: Chain, visitor: Person) -> None:
    visitor.sign_in("alice", "/myapp/")
    for program in (chain.router, chain.service):
        assert chain.ias.tenant.clientsecret not in program.output
        assert not TOKEN_BEGINS.search(program.output)


HASTY = {"JWT_REFRESH": "1"}
"""Tokens are renewed a minute before what the approuter takes for their end, two minutes early."""


UNABLE = "Unable to refresh the JWT"


def renewed(chain: Chain, visitor: Person) -> bool:
    """Ask for pages until the approuter has asked for another token, within some time."""
    chain.ias.tenant.token_lifetime = 185
    visitor.sign_in("alice", "/myapp/")
    chain.ias.requests.clear()
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and not chain.ias.requests[TOKEN]:
        assert visitor.get("/myapp/").status_code == 200
        time.sleep(0.5)
    return chain.ias.requests[TOKEN] > 0


@pytest.mark.slow
@pytest.mark.parametrize("token_format", ["jwt", "default"])
def test_a_session_is_renewed_only_by_tokens_that_are_no_opaque_ones(
    hana: LocalHana, authority: Authority, authority_file: Path, tmp_path: Path, token_format: str
) -> None:
    """With the usual `access-token-format` the approuter keeps the old token, and logs that it does."""
    with (
        started("ias", hana, authority, authority_file, tmp_path, **HASTY) as chain,
        Person(chain.router.port) as visitor,
    ):
        chain.ias.tenant.access_token_format = token_format
        assert renewed(chain, visitor)
        visitor.get("/myapp/")
        if token_format == "default":
            chain.router.wait_until_it_says(UNABLE)
        else:
            assert UNABLE not in chain.router.output


@pytest.mark.slow
def test_with_both_the_router_knows_scopes_of_xsuaa_and_the_service_groups_of_ias(
    hana: LocalHana, authority: Authority, authority_file: Path, tmp_path: Path
) -> None:
    with (
        started("both", hana, authority, authority_file, tmp_path) as chain,
        Person(chain.router.port) as visitor,
    ):
        assert "authType%3Dias" in visitor.get("/myapp/").text
        visitor.sign_in("bob", "/myapp/")
        user = visitor.get("/user-api/currentUser").json()
        assert user["scopes"] == ["openid", "myapp!t1.Display"]
        me = visitor.get("/myapp/me").json()
        assert me["roles"] == ["viewer"]


@pytest.mark.slow
def test_with_both_and_no_exchange_nobody_gets_in(
    hana: LocalHana, authority: Authority, authority_file: Path, tmp_path: Path
) -> None:
    with (
        started("both", hana, authority, authority_file, tmp_path) as chain,
        Person(chain.router.port) as visitor,
    ):
        chain.ias.tenant.consumers = ()
        assert visitor.sign_in("bob", "/myapp/").status_code == 500
        assert "no valid token" in chain.router.output or "Failed to exchange" in chain.router.output
