"""IAS by client certificates through the real approuter, and tokens that are bound to them.

Between the approuter and the service stands what Cloud Foundry's router does on a route of `cert.cfapps`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from localcloud import cloudfoundry
from localcloud.certificate_route import HOST, certificate_route
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ias.local import LocalIas
from localcloud.ports import free_port
from tests.chain.people import Person
from tests.programs import needs_node, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def route(authority: Authority) -> Iterator[tuple[int, int]]:
    """The port of the route, and that on which it expects the service."""
    app_port = free_port()
    with certificate_route(authority, 0, app_port) as port:
        yield port, app_port


@pytest.fixture(scope="module", params=[True, False], ids=["shown", "kept back"])
def chain(
    request: pytest.FixtureRequest,
    route: tuple[int, int],
    hana: LocalHana,
    authority: Authority,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, bool]]:
    """The approuter's port, and whether it shows its certificate to the service."""
    needs_node()
    route_port, app_port = route
    port, folder = free_port(), tmp_path_factory.mktemp("chain")
    with ExitStack() as stack:
        addresses = [f"http://localhost:{port}/**"]
        ias = stack.enter_context(LocalIas(authority=authority, redirect_uris=addresses))
        pyias = ("identity", "application", ias.binding("X509_GENERATED"))
        pyhana = ("hana", "hdi-shared", hana.binding())
        services = cloudfoundry.vcap_services({"pyhana": pyhana, "pyias": pyias})
        environment = cloudfoundry.python_environment(app_port, services, authority_file, [HOST])
        line = cloudfoundry.procfile_line()
        service = stack.enter_context(running(line, environment, PROJECT, folder / "service", app_port))
        service.wait_until_it_answers()
        services = cloudfoundry.vcap_services({"pyias": pyias})
        environment = cloudfoundry.router_environment(port, services, app_port, authority_file, route_port)
        [destination] = json.loads(environment["destinations"])
        destination["forwardAuthCertificates"] = request.param
        environment["destinations"] = json.dumps([destination])
        line, place = cloudfoundry.router_line(), folder / "router"
        router = stack.enter_context(running(line, environment, PROJECT / "web", place, port))
        router.wait_until_it_answers()
        yield port, request.param


def test_people_sign_in_by_a_client_that_has_a_certificate_and_no_secret(chain: tuple[int, bool]) -> None:
    port, _ = chain
    with Person(port) as person:
        assert "<title>Tokonoma</title>" in person.sign_in("alice").text
        assert person.get("/user-api/currentUser").json()["email"] == "alice@example.com"


def test_a_bound_token_is_taken_only_with_its_certificate(chain: tuple[int, bool]) -> None:
    port, is_shown = chain
    with Person(port) as person:
        person.sign_in("alice")
        assert person.get("/myapp/hello").status_code == (200 if is_shown else 401)
