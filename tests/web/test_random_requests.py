"""Random requests at every route, of nobody and of somebody: the approuter lives and answers each."""

from __future__ import annotations

import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.ports import LOOPBACK, free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.programs import Program, needs_node, running
from tests.web.wire import WEB, exchange, request
from tools import landscape

CALLBACK = "/login/callback"
PATHS = [
    "/",
    "/index.html",
    "/start.js",
    "/errors/500.html",
    "/health",
    "/favicon.ico",
    "/public/tokonoma.css",
    "/user-api/currentUser",
    "/myapp/",
    "/myapp/hello",
    "/myapp/odata/WORK",
    "/myapp/odata/$batch",
    "/myapp/odata/WORK/$query",
    "/myapp/data/WORK.csv",
    "/myapp/data/WORK/1",
    "/myapp/filter/WORK",
    "/myapp/pictures/WORK",
    "/myapp/take/WORK",
    "/myapp/me",
    "/myapp/assets/pages.css",
    "/myapp/login/callback",
    CALLBACK,
    CALLBACK,
    CALLBACK,
    "/do/logout",
    "/callback/v1.0/tenants/a",
    "/callback/v1.0/dependencies",
    "/applications",
    "*",
    "http://localhost/health",
]


def words(text: str) -> list[str]:
    return text.split()


METHODS = words("GET GET GET GET GET GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND CONNECT")
ODD = words(
    """
    a 0 % %00 %0a %0d%0a %1f %2e%2e / // ../ ./ \\ %5c ; : @ [ ] [::1 { } | ^ ` ' " < > # ? & = , + ~ ! $ ( )
    %ff %c0%af %E2%82%AC %25%32%35 %2525250a %u0041 \xe9 \xff null undefined true -1 1e999 [] {} [object
    __proto__ constructor toString hasOwnProperty fetch https http javascript: data: //evil.example http:x:1
    http://x:99999999 localhost localhost:1 localhost:: 127.0.0.1 2A54482A 00 Basic Bearer YTpi s%3Aa.b j%3A{}
    eyJhbGciOiJub25lIn0.bnVsbA.AAAA eyJhbGciOiJub25lIn0.e30. gzip;q=x bytes=0-,-1 bytes=9-1 */*;q=a W/"a"
    xsuaa ias basic none XMLHttpRequest
    """
)
PARAMETERS = words(
    """
    code state error error_description authType sap_idp approuterAuthCode redirect skip-redirect
    sap-statistics __proto__ constructor hasOwnProperty toString code[] state[a] login/callback
    """
)
HEADERS = words(
    """
    x-forwarded-proto x-forwarded-host x-forwarded-path x-forwarded-query x-forwarded-for x-forwarded-port
    x-custom-host forwarded host sap-passport cookie x-csrf-token x-requested-with authorization
    x-approuter-authorization x-approuter-access-token x-approuter-ext-session-id x-correlationid
    x-correlation-id x-request-id x-vcap-request-id x-cf-true-url accept accept-encoding accept-language range
    if-range if-none-match if-modified-since content-type content-encoding origin referer via max-forwards te
    sec-fetch-storage-access sap-statistics x-application-key x-log-level x-http-method-override x-zid expect
    """
)
COOKIES = [
    *words("JSESSIONID locationAfterLogin fragmentAfterLogin signature __VCAP_ID__ ARBE __proto__ a"),
    "",
]
UPGRADE = ["Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]


class Mixer:
    """Makes requests at random, the same ones from the same seed."""

    def __init__(self, seed: str, session: str) -> None:
        self.random = Random(seed)  # noqa: S311 - not for secrets
        self._session = session

    def text(self, most: int = 3) -> str:
        parts = self.random.choices(ODD, k=self.random.randint(0, most))
        return "".join(parts) * (200 if self.random.random() < 0.02 else 1)

    def target(self) -> str:
        path = self.random.choice(PATHS)
        if self.random.random() < 0.3:
            at = self.random.randint(0, len(path))
            path = path[:at] + self.text() + path[at:]
        count = self.random.choice([0, 0, 1, 2, 3, 6])
        query = "&".join(f"{self.random.choice(PARAMETERS)}={self.text()}" for _ in range(count))
        return (f"{path}?{query}" if query else path) or "/"

    def header(self) -> str:
        name = self.random.choice(HEADERS)
        if name == "cookie":
            pairs = [f"{self.random.choice(COOKIES)}={self.text()}" for _ in range(self.random.randint(1, 4))]
            return f"Cookie: {'; '.join(pairs)}"
        if name == "expect":
            return "Expect: 100-continue"
        return f"{name}: {' '.join(self.text() for _ in range(self.random.randint(1, 2)))}"

    def request(self) -> bytes:
        headers = [self.header() for _ in range(self.random.choice([0, 1, 1, 2, 3, 8]))]
        if self.random.random() < 0.7:
            headers.append("User-Agent: Mozilla/5.0")
        if self.random.random() < 0.3:
            headers.append(f"Cookie: {self._session}")
        if self.random.random() < 0.05:
            headers += [*UPGRADE, f"Upgrade: {self.random.choice(['websocket', 'h2c', 'a'])}"]
        body = ""
        if self.random.random() < 0.2:
            body = self.random.choice(["a=b", "{", '{"a": [', "\xff" * 300])
            if self.random.random() < 0.3:
                headers.append("Transfer-Encoding: chunked")  # beside Content-Length: never to be obeyed
        host = self.random.choice(["localhost"] * 12 + ["", None, self.text()])
        version = "HTTP/1.0" if self.random.random() < 0.05 else "HTTP/1.1"
        method = self.random.choice(METHODS)
        return request(self.target(), *headers, method=method, host=host, version=version, body=body)


def is_answer(status: int, sent: bytes) -> bool:
    """Whether a status is no failure of ours; 0 is a connection that was closed without an answer."""
    if sent.startswith(b"CONNECT "):
        return status == 0 or 400 <= status < 500  # Node closes the connection
    target = sent.split(b" ", 2)[1].decode("latin-1")
    if status == 500:
        # What XSUAA says when it signs nobody in: people are shown the page of a failure.
        return target.startswith(f"{CALLBACK}?") and "error=" in target
    return 200 <= status < 500


def give_up(port: int, sent: bytes, at: int) -> None:
    """Send a part of a request and go."""
    with socket.create_connection((LOOPBACK, port), timeout=30) as connection:
        connection.sendall(sent[:at])


def throw(port: int, seed: str, session: str, seconds: float = 0, count: int = 0) -> list[str]:
    """Throw requests from four threads, for a time or for a number of each; returns those that failed."""
    failed: list[str] = []
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        mixer = Mixer(f"{seed}-{number}", session)
        thrown = 0
        while thrown < count or time.monotonic() < end:
            thrown += 1
            sent = mixer.request()
            try:
                if mixer.random.random() < 0.05:
                    give_up(port, sent, mixer.random.randint(0, len(sent)))
                    continue
                status = exchange(port, sent).status
                if not is_answer(status, sent):
                    failed.append(f"{status}: {sent!r}")
            except OSError as error:  # nothing listens any more, or the answer never ended
                failed.append(f"{error!r}: {sent!r}")
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@pytest.fixture(scope="module")
def service(
    hana: LocalHana,
    own_xsuaa: LocalXsuaa,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    port = free_port()
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", own_xsuaa.binding()),
        }
    )
    environment = cloudfoundry.python_environment(port, services, authority_file)
    output = tmp_path_factory.mktemp("service") / "output"
    line = cloudfoundry.procfile_line()
    with running(line, environment, cloudfoundry.PROJECT, output, port) as program:
        program.wait_until_it_answers()
        yield program


@pytest.fixture(scope="module")
def own_xsuaa(authority: Authority, router_port: int) -> Iterator[LocalXsuaa]:
    addresses = [f"http://localhost:{router_port}/**"]
    with LocalXsuaa(landscape.DESCRIPTOR, authority=authority, redirect_uris=addresses) as server:
        yield server


@pytest.fixture(scope="module")
def router(
    service: Program, own_xsuaa: LocalXsuaa, router_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """The approuter in front of the service."""
    needs_node()
    services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", own_xsuaa.binding())})
    environment = cloudfoundry.router_environment(router_port, services, service.port)
    output = tmp_path_factory.mktemp("router") / "output"
    with running(cloudfoundry.router_line(), environment, WEB, output, router_port) as program:
        program.wait_until_it_answers()
        yield program


@pytest.fixture(scope="module")
def session(router: Program) -> str:
    """The cookies of somebody who has signed in."""
    with Person(router.port) as person:
        assert person.sign_in("alice", "/myapp/").text.startswith("Current time is: ")
        return str(person.get("/myapp/").request.headers["Cookie"])


def assert_all_is_well(router: Program, session: str, seed: str, failed: list[str]) -> None:
    assert not failed, "\n".join([f"seed {seed}", *failed])
    assert router.process.poll() is None
    assert "ERROR The approuter failed at a request" not in router.output
    alice = exchange(router.port, request("/user-api/currentUser", f"Cookie: {session}"))
    assert '"name": "alice"' in alice.body


def test_every_route_is_thrown_at() -> None:
    routes: list[dict[str, Any]] = landscape.routing(WEB)["routes"]
    assert all(any(re.search(route["source"], path) for path in PATHS) for route in routes)
    assert landscape.routing(WEB)["logout"]["logoutEndpoint"] in PATHS


def test_a_few_random_requests_are_answered(router: Program, session: str) -> None:
    failed = throw(router.port, "tokonoma", session, count=150)
    assert_all_is_well(router, session, "tokonoma", failed)


@pytest.mark.slow
def test_half_a_minute_of_random_requests_is_answered(router: Program, session: str) -> None:
    seed = secrets.token_hex(4)
    failed = throw(router.port, seed, session, seconds=30)
    assert_all_is_well(router, session, seed, failed)
