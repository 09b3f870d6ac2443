"""The net: a handler that fails costs its request an answer of 500; a fault at the start ends the process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.ports import LOOPBACK, free_port
from tests.programs import Program, needs_node, running
from tests.web.test_bad_requests import UPGRADE, WRONG
from tests.web.wire import BROWSER, WEB, exchange, node, request, start

XSUAA: dict[str, Any] = {"pyuaa": ("xsuaa", "application", {})}

SECRET = "hidden-value"
FAILURES = {
    "thrown": "throw new TypeError(secret)",
    "rejected": "return Promise.reject(new TypeError(secret))",
    "rejected later": "return new Promise((_, reject) => setTimeout(() => reject(new TypeError(secret)), 5))",
    "forgotten": "(async () => { await null; throw new TypeError(secret); })()",
    "in a timer": "setTimeout(() => { throw new TypeError(secret); }, 5)",
    "in a callback": "require('fs').stat('.', () => { throw new TypeError(secret); })",
    "behind the body": "request.resume().on('end', () => { throw new TypeError(secret); })",
    "behind another request": (
        "http.get({ port, path: '/health' }, (answer) => answer.resume().on('end', "
        "() => { throw new TypeError(secret); }))"
    ),
    "in a wrapped response": (
        "response.setHeader('x-a', secret); response.statusMessage = '\\n';"
        "response.end = response.writeHead = () => { throw new TypeError(secret); }; response.end()"
    ),
    "twice": "Promise.reject(new TypeError(secret)); throw new TypeError(secret)",
}
OTHER_KINDS = {"a text": "throw secret", "nothing": "return Promise.reject()", "null": "throw null"}
SERVER = """
const http = require("node:http");
const port = Number(process.env.PORT);
const secret = process.env.SECRET;
const handlers = { "/health": (request, response) => response.end("UP"), %s };
http.createServer((request, response) => handlers[decodeURI(request.url.split("?")[0])](request, response))
  .on("upgrade", (request, socket) => { throw new TypeError(secret); })
  .listen(port, "127.0.0.1");
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server of Node behind the net, with a path for each way to fail."""
    needs_node()
    folder = tmp_path_factory.mktemp("server")
    bodies = {
        **FAILURES,
        **OTHER_KINDS,
        "begun": "response.write('begun'); setTimeout(() => { throw new TypeError(secret); }, 50)",
        "answered": "response.end('answered'); throw new TypeError(secret)",
    }
    handlers = [
        f"{json.dumps('/' + name)}: (request, response) => {{ {body} }}" for name, body in bodies.items()
    ]
    (folder / "server.js").write_text(SERVER % ",\n".join(handlers))
    port = free_port()
    command = f"exec node --require ./preload.js {folder / 'server.js'}"
    environment = {
        "PORT": str(port),
        "SECRET": SECRET,
        "VCAP_SERVICES": cloudfoundry.vcap_services(XSUAA),
    }
    with running(command, environment, WEB, folder / "output", port) as program:
        program.wait_until_it_answers()
        yield program


def path_of(name: str) -> str:
    return "/" + name.replace(" ", "%20")


@pytest.mark.parametrize("name", [*FAILURES, *OTHER_KINDS])
def test_a_handler_that_fails_is_answered_with_the_page_of_a_failure(server: Program, name: str) -> None:
    answer = exchange(server.port, request(f"{path_of(name)}?code=abc", method="POST", body="a"))
    assert answer.status == 500
    assert answer.body == (WEB / "resources/errors/500.html").read_text()
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "x-a" not in answer.headers
    assert exchange(server.port, request("/health")).body == "UP"


def test_an_upgrade_that_fails_is_answered(server: Program) -> None:
    assert exchange(server.port, request("/", *UPGRADE)).status == 500
    assert exchange(server.port, request("/health")).body == "UP"


def test_an_answer_that_has_begun_is_broken_off(server: Program) -> None:
    with pytest.raises(http.client.IncompleteRead):
        exchange(server.port, request("/begun"))
    assert exchange(server.port, request("/health")).body == "UP"


def test_an_answer_that_was_given_stays(server: Program) -> None:
    answer = exchange(server.port, request("/answered"))
    assert (answer.status, answer.body) == (200, "answered")
    assert exchange(server.port, request("/health")).body == "UP"


def test_the_next_request_of_a_connection_is_not_blamed(server: Program) -> None:
    """Failures are told apart by request, where several are under way."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=30)
    connection.request("GET", "/health")
    assert connection.getresponse().read() == b"UP"
    assert exchange(server.port, request("/in%20a%20timer")).status == 500
    connection.request("GET", "/health")
    assert connection.getresponse().read() == b"UP"
    connection.close()


def test_the_log_names_the_kind_and_the_place_and_nothing_that_was_sent(server: Program) -> None:
    exchange(server.port, request("/thrown?code=abc", "x-correlationid: 1234"))
    [line] = [line for line in server.output.splitlines() if "1234" in line]
    assert line.startswith("ERROR The approuter failed at a request: TypeError in ")
    assert line.endswith("server.js:5 (GET /thrown, 1234)")
    exchange(server.port, request(path_of("a text")))
    assert "a thrown string" in server.output
    assert SECRET not in server.output
    assert "abc" not in server.output


@pytest.mark.parametrize(
    "script",
    [
        "throw fault",
        "Promise.reject(fault)",
        "setTimeout(() => { throw fault; }, 10)",
        "http.createServer().listen(0, '127.0.0.1', () => setTimeout(() => { throw fault; }))",
        "http.createServer().listen(0, '127.0.0.1', () => { Promise.reject(fault); })",
    ],
)
def test_a_fault_of_no_request_ends_the_process(script: str) -> None:
    given = "require('./preload.js'); const http = require('http'); const fault = new TypeError('of nobody');"
    answer = node(f"{given} {script}", {"VCAP_SERVICES": cloudfoundry.vcap_services(XSUAA)})
    assert answer.returncode == 1
    assert "TypeError: of nobody" in answer.stderr


def test_an_approuter_that_cannot_start_ends() -> None:
    answer = start(**cloudfoundry.router_environment(free_port(), "{}", free_port()))
    assert answer.returncode == 1
    assert answer.stderr.startswith("Nobody can sign in: bind one XSUAA or one IAS service")


@pytest.mark.parametrize(
    "bound",
    [
        {"a": ("xsuaa", "application", {}), "b": ("xsuaa", "application", {})},
        {"a": ("hana", "hdi-shared", {})},
        {"a": ("identity", "application", {}), "b": ("identity", "application", {})},
    ],
)
def test_an_approuter_that_could_sign_nobody_in_ends(bound: dict[str, Any]) -> None:
    services = cloudfoundry.vcap_services(bound)
    answer = start(**cloudfoundry.router_environment(free_port(), services, free_port()))
    assert answer.returncode == 1
    assert "Nobody can sign in" in answer.stderr


@pytest.fixture(scope="module")
def lenient(
    run_router: Callable[..., Any], router_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """The real approuter with the net and without the refusals, as if they had overlooked something."""
    file: Path = tmp_path_factory.mktemp("lenient") / "lenient.js"
    file.write_text(f"require({json.dumps(str(WEB / 'bad_requests.js'))}).refusalOf = () => undefined;")
    line = cloudfoundry.router_line()
    command = line.replace("--require", f"--require {file} --require", 1)
    assert command != line
    with run_router(router_port, command) as program:
        yield program


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG.keys())
def test_what_the_refusals_might_overlook_does_not_end_the_approuter(lenient: Program, sent: bytes) -> None:
    assert exchange(lenient.port, sent).status >= 200
    assert exchange(lenient.port, request("/health")).status == 200


def test_the_approuters_own_failures_are_answered_and_logged_by_kind(lenient: Program) -> None:
    sent = request("/login/callback?code=hidden-value&state=c&state=d", BROWSER, "x-correlationid: 5678")
    answer = exchange(lenient.port, sent)
    assert answer.status == 500
    assert "That did not work" in answer.body
    [line] = [line for line in lenient.output.splitlines() if "5678" in line and line.startswith("ERROR")]
    assert "(GET /login/callback, 5678)" in line
    assert " in node-cache/" in line
    assert SECRET not in line
