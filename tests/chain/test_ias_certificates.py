"""IAS by client certificates through the real approuter, and tokens that are bound to them.

Between the approuter and the service stands what Cloud Foundry's router does on a route of `cert.cfapps`.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ias.local import LocalIas
from localcloud.listener import CONNECTION, Listener
from localcloud.ports import free_port
from tests.chain.people import Person
from tests.programs import needs_node, running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.slow

CERTIFICATE_HOST = "myapp.cert.cfapps.example.com"


class CertificateRoute:
    """Asks for a client certificate and hands it on in a header, which it takes from nobody."""

    def __init__(self, app_port: int) -> None:
        self._app = f"http://127.0.0.1:{app_port}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        headers = {name: value for name, value in request.headers if name.lower() == "authorization"}
        headers["Host"] = CERTIFICATE_HOST
        connection: Any = environ[CONNECTION]
        if shown := connection.getpeercert(binary_form=True):
            headers["X-Forwarded-Client-Cert"] = base64.b64encode(shown).decode()
        found = requests.get(f"{self._app}{request.full_path}", headers=headers, timeout=60)
        answer = Response(found.content, found.status_code, content_type=found.headers["Content-Type"])
        return answer(environ, start_response)


@pytest.fixture(scope="module")
def route(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Listener, int]]:
    """The route, and the port on which it expects the service."""
    app_port = free_port()
    context = authority.issue().ssl_context(tmp_path_factory.mktemp("route"))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=authority.certificate)
    listener = Listener(CertificateRoute(app_port), 0, context)
    listener.start()
    yield listener, app_port
    listener.stop()


@pytest.fixture(scope="module", params=[True, False], ids=["shown", "kept back"])
def chain(
    request: pytest.FixtureRequest,
    route: tuple[Listener, int],
    hana: LocalHana,
    authority: Authority,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, bool]]:
    """The approuter's port, and whether it shows its certificate to the service."""
    needs_node()
    listener, app_port = route
    port, folder = free_port(), tmp_path_factory.mktemp("chain")
    with ExitStack() as stack:
        addresses = [f"http://localhost:{port}/**"]
        ias = stack.enter_context(LocalIas(authority=authority, redirect_uris=addresses))
        pyias = ("identity", "application", ias.binding("X509_GENERATED"))
        pyhana = ("hana", "hdi-shared", hana.binding())
        services = cloudfoundry.vcap_services({"pyhana": pyhana, "pyias": pyias})
        environment = cloudfoundry.python_environment(app_port, services, authority_file)
        application = {**json.loads(environment["VCAP_APPLICATION"]), "application_uris": [CERTIFICATE_HOST]}
        environment["VCAP_APPLICATION"] = json.dumps(application)
        line = cloudfoundry.procfile_line()
        service = stack.enter_context(running(line, environment, PROJECT, folder / "service", app_port))
        service.wait_until_it_answers()
        destination = {
            "name": "myapp",
            "url": f"https://localhost:{listener.port}",
            "forwardAuthToken": True,
            "forwardAuthCertificates": request.param,
        }
        services = cloudfoundry.vcap_services({"pyias": pyias})
        environment = {
            **cloudfoundry.router_environment(port, services, app_port, authority_file),
            "destinations": json.dumps([destination]),
        }
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
