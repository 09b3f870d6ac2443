"""The real approuter, and a local XSUAA whose token endpoint fails: nobody comes in until it is healed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from localcloud import cloudfoundry
from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from localcloud.xsuaa import HttpFault, LocalXsuaa
from tests.chain.people import Person
from tests.programs import Program, needs_node, running

TOKEN = "/oauth/token"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def own(port: int) -> Iterator[LocalXsuaa]:
    """A local XSUAA that sends people back to the approuter of these tests."""
    redirect_uris = [f"http://localhost:{port}/**"]
    with LocalXsuaa(PROJECT / "xs-security.json", redirect_uris=redirect_uris) as server:
        yield server


@pytest.fixture(scope="module")
def router(own: LocalXsuaa, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The approuter; there is no service behind it."""
    needs_node()
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", own.binding())})
    environment = cloudfoundry.router_environment(port, services, free_port())
    output = tmp_path_factory.mktemp("router") / "output"
    with running(cloudfoundry.router_line(), environment, PROJECT / "web", output, port) as program:
        program.wait_until_it_answers()
        yield program


def is_in(person: Person) -> bool:
    answer = person.get("/user-api/currentUser", **{"X-Requested-With": "XMLHttpRequest"})
    return answer.status_code == 200


def sign_in(router: Program) -> tuple[requests.Response, bool]:
    """Where somebody lands who signs in, and whether they are in."""
    with Person(router.port) as person:
        return person.sign_in("alice"), is_in(person)


@pytest.mark.parametrize(
    "fault", [HttpFault.DROP, HttpFault.STATUS, HttpFault.GARBAGE, HttpFault.HTML, HttpFault.REDIRECT]
)
def test_no_token_no_entrance_and_a_page_that_says_so(
    own: LocalXsuaa, router: Program, fault: HttpFault
) -> None:
    with own.failing(TOKEN, fault):
        landed, entered = sign_in(router)
        assert own.requests[TOKEN]
    assert not entered
    assert landed.status_code >= 400
    assert "That did not work" in landed.text
    assert sign_in(router)[1]


def test_who_waits_for_a_token_is_not_let_in_before_it_comes(own: LocalXsuaa, router: Program) -> None:
    own.requests.clear()
    own.fail(TOKEN, HttpFault.HANG)
    landed: list[tuple[requests.Response, bool]] = []
    waiting = threading.Thread(target=lambda: landed.append(sign_in(router)))
    waiting.start()
    while not own.requests[TOKEN]:
        waiting.join(0.05)
    assert not landed
    own.heal()
    waiting.join()
    assert sign_in(router)[1]


def test_a_token_that_comes_late_is_as_good(own: LocalXsuaa, router: Program) -> None:
    with own.failing(TOKEN, HttpFault.SLOW, seconds=0.5):
        landed, entered = sign_in(router)
    assert (landed.status_code, entered) == (200, True)
